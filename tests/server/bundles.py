"""Small real bundles, written by the writer that sessions use, with a face video whose key frames lie apart.

Trial n's clip is on the screen from 100 to 300 ms after its start at (n - 1) s. Frame k of the face video was seen
40 k - 310 ms after the session's start, and every twelfth is a key frame.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import av
import numpy as np

from collect.bundle import rows
from collect.bundle.format import (
    CAMERA_FRAME_COLUMNS,
    CAMERA_FRAMES_FILE,
    FACE_VIDEO_FILE,
    BundleHeader,
    ConsentScope,
    Origin,
    PresentationRole,
    SessionEnded,
    SessionStarted,
    TrialEnded,
    TrialStarted,
)
from collect.bundle.writer import BundleWriter
from tests.golden.make_bundle import MANIFEST, MS, START_NS, STUDY, header, record_trial, truth, write_video

FRAMES_A_TRIAL = 25
KEY_FRAME_EVERY = 12
ALL_SCOPES: tuple[ConsentScope, ...] = ("recording", "rating", "training")


@dataclass(frozen=True)
class Plan:
    """What a test wants of a bundle."""

    participant: str = "P01"
    session: int = 1
    origin: Origin = "real"
    scopes: tuple[ConsentScope, ...] = ALL_SCOPES
    trials: int = 2
    #: Trials that were broken off before the clip.
    invalid: tuple[int, ...] = ()
    #: What the presentations are there for, where they are not trials.
    roles: Mapping[int, PresentationRole] = field(default_factory=dict)
    face: bool = True
    codec: str = "libx264"
    study: str = STUDY
    #: When the first frame of the face video was seen, after the session's start.
    first_frame_ms: int = -310

    @property
    def header(self) -> BundleHeader:
        simulated = self.origin == "simulated"
        plain = header(self.study, self.trials)
        return plain.model_copy(
            update={
                "bundle_id": hashlib.sha256(f"{self.participant} {self.session}".encode()).hexdigest()[:32],
                "origin": self.origin,
                "participant": self.participant,
                "session": self.session,
                "tracker": plain.tracker.model_copy(update={"simulated": simulated}),
                "camera": plain.camera.model_copy(update={"simulated": simulated}),
                "consent": plain.consent.model_copy(update={"scopes": self.scopes}),
            }
        )


def record(folder: Path, plan: Plan = Plan(), *, seal: bool = True) -> Path:
    """Write the bundle; without `seal` it stays as a power cut leaves it after the last trial."""
    with _begin(folder, plan) as writer:
        if plan.face:
            _record_face(folder, plan)
        writer.journal(SessionStarted(t_ns=START_NS))
        for number in range(1, plan.trials + 1):
            if number in plan.invalid:
                t_ns = START_NS + (number - 1) * 1000 * MS
                writer.journal(TrialStarted(t_ns=t_ns, trial=number, clip="grey"))
                writer.journal(TrialEnded(t_ns=t_ns + MS, trial=number, valid=False, devices=(), reason="tracker lost"))
            else:
                record_trial(writer, number, plan.roles.get(number, "trial"))
        if seal:
            writer.journal(SessionEnded(t_ns=START_NS + plan.trials * 1000 * MS, outcome="completed"))
            writer.seal()
    return folder


def finish(folder: Path, plan: Plan) -> Path:
    """Seal a bundle that was left unsealed."""
    with BundleWriter.reopen(folder) as writer:
        writer.journal(SessionEnded(t_ns=START_NS + plan.trials * 1000 * MS, outcome="completed"))
        writer.seal()
    return folder


def _begin(folder: Path, plan: Plan) -> BundleWriter:
    with TemporaryDirectory() as scratch:
        clip = Path(scratch) / "grey.mp4"
        write_video(clip, 5)
        manifest = MANIFEST.format(sha256=hashlib.sha256(clip.read_bytes()).hexdigest()).encode()
        planted = truth(plan.trials) if plan.origin == "simulated" else None
        return BundleWriter.create(folder, plan.header, plan.study.encode(), manifest, {"grey": clip}, planted)


def _record_face(folder: Path, plan: Plan) -> None:
    count = FRAMES_A_TRIAL * plan.trials + 10
    options = {"x264-params": f"keyint={KEY_FRAME_EVERY}:min-keyint={KEY_FRAME_EVERY}:scenecut=0:bframes=2:threads=1"}
    with av.open(str(folder / FACE_VIDEO_FILE), "w") as container:
        container.metadata["title"] = "a participant's name"
        stream = container.add_stream(plan.codec, rate=25, options=options if plan.codec == "libx264" else {})
        assert isinstance(stream, av.VideoStream)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for index in range(count):
            frame = av.VideoFrame.from_ndarray(np.full((48, 64, 3), 20 + 2 * index, np.uint8), "rgb24")
            frame.pts = index
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    lines = [rows.header_line(CAMERA_FRAME_COLUMNS)]
    lines += [
        rows.camera_frame_line(index, 40.0 * index, None, START_NS + (40 * index + plan.first_frame_ms) * MS)
        for index in range(count)
    ]
    (folder / CAMERA_FRAMES_FILE).write_text("".join(lines), encoding="utf-8")
