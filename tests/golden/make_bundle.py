"""Makes tests/golden/bundle-v1, the example of the bundle format, version 1.

Run it only when a new version of the format is born: `python -m tests.golden.make_bundle FOLDER`. The golden test
holds the values that must be read from it.
"""

import hashlib
import math
import sys
from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory

import av
import numpy as np

from collect.bundle import rows
from collect.bundle.format import (
    CAMERA_FRAME_COLUMNS,
    BundleHeader,
    Calibrated,
    CameraInfo,
    ClipEnded,
    ClipStarted,
    Consent,
    PlantedTrial,
    PresentationRole,
    ScreenInfo,
    SelfReport,
    SelfReportShown,
    SessionEnded,
    SessionStarted,
    SimulationTruth,
    TrackerInfo,
    TrialEnded,
    TrialStarted,
)
from collect.bundle.writer import BundleWriter
from collect.devices.protocols import EyeEvent, Flip, GazeSample

MS = 1_000_000
START_NS = 5_000_000_000_000_000_123  # far above 2^53: a float64 would lose the last digits
NAN = math.nan
CONSENT_TEXT = "I agree to be recorded."

STUDY = f"""\
format: duchenne-study
version: 1
id: golden
title: The example
stimuli: stimuli/manifest.yaml
order: fixed
consent:
  text: {CONSENT_TEXT}
  required: [recording]
  offered: [rating, training]
screen: {{width_px: 640, height_px: 480}}
tracker: {{kind: simulated, rate_hz: 250, eyes: LR}}
camera: {{kind: simulated, width: 64, height: 48, fps: 25}}
"""

MANIFEST = """\
format: duchenne-stimuli
version: 1
id: golden-set
title: One grey clip
clips:
  - id: grey
    file: grey.mp4
    sha256: {sha256}
    emotion: neutral
    duration_s: 0.2
    licence: CC0-1.0
    source: made by tests/golden/make_bundle.py
    placeholder: true
"""


def write_video(path: Path, frames: int) -> None:
    """A few grey frames of 64×48 at 25 fps, each brighter than the one before."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=25, options={"preset": "ultrafast", "x264-params": "threads=1"})
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        stream.codec_context.time_base = Fraction(1, 1000)
        for index in range(frames):
            frame = av.VideoFrame.from_ndarray(np.full((48, 64, 3), 40 + 10 * index, np.uint8), "rgb24")
            frame.pts, frame.time_base = index * 40, Fraction(1, 1000)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())


def header(study: str, trials: int = 1) -> BundleHeader:
    return BundleHeader(
        bundle_id="0123456789abcdef0123456789abcdef",
        origin="simulated",
        study_id="golden",
        study_sha256=hashlib.sha256(study.encode()).hexdigest(),
        participant="P01",
        session=1,
        created_utc="2026-01-02T03:04:05+00:00",
        created_ns=START_NS,
        screen=ScreenInfo(width_px=640, height_px=480, refresh_hz=60.0),
        tracker=TrackerInfo(
            kind="simulated", model="golden", rate_hz=250, eyes="LR", pupil_unit="arbitrary area", simulated=True
        ),
        camera=CameraInfo(
            kind="simulated", model="golden", width_px=64, height_px=48, nominal_fps=25, codec="h264", simulated=True
        ),
        consent=Consent(
            scopes=("recording", "rating"),
            text_sha256=hashlib.sha256(CONSENT_TEXT.encode()).hexdigest(),
            given_utc="2026-01-02T03:04:05+00:00",
        ),
        planned_clips=("grey",) * trials,
        software={"duchenne": "0.1.0"},
    )


def truth(trials: int = 1) -> SimulationTruth:
    planted = (PlantedTrial(trial=n + 1, felt="sadness", shown="happiness", intensity=1.5) for n in range(trials))
    return SimulationTruth(seed=7, gap_share=1.0, trials=tuple(planted))


def begin(folder: Path, trials: int = 1) -> BundleWriter:
    """An open bundle of that many planned trials of the grey clip, with a face video of five frames a trial."""
    with TemporaryDirectory() as scratch:
        clip = Path(scratch) / "grey.mp4"
        write_video(clip, 5)
        manifest = MANIFEST.format(sha256=hashlib.sha256(clip.read_bytes()).hexdigest())
        writer = BundleWriter.create(
            folder, header(STUDY, trials), STUDY.encode(), manifest.encode(), {"grey": clip}, truth(trials)
        )
    write_video(folder / "camera/face.mkv", 5 * trials)
    lines = [rows.header_line(CAMERA_FRAME_COLUMNS)]
    for index in range(5 * trials):
        trial, frame = divmod(index, 5)
        host_ns = START_NS + trial * 1000 * MS + (100 + 40 * frame) * MS
        lines.append(rows.camera_frame_line(index, 40.0 * index, None if index == 2 else 7 + index, host_ns))
    (folder / "camera/frames.csv").write_text("".join(lines), encoding="utf-8")
    writer.journal(SessionStarted(t_ns=START_NS))
    writer.journal(Calibrated(t_ns=START_NS, eye="LR", mean_error_deg=0.4, max_error_deg=0.9, accepted=True))
    return writer


def record_trial(writer: BundleWriter, number: int, role: PresentationRole = "trial") -> None:
    """One trial of the grey clip: a missing right eye, one event of each kind, a message with a comma in it."""
    t_ns = START_NS + (number - 1) * 1000 * MS
    writer.journal(TrialStarted(t_ns=t_ns, trial=number, clip="grey", role=role))
    writer.journal(ClipStarted(t_ns=t_ns + 100 * MS, trial=number, sound_ns=None))
    for frame in range(5):
        writer.flip(number, Flip(frame, 40.0 * frame, t_ns + (100 + 40 * frame) * MS))
    samples = [
        GazeSample(t_ns + k * 4 * MS, 1000.5 + k * 4, 320.1 + k, 240.7, 900.0, NAN, NAN, NAN) for k in range(100)
    ]
    ns, ms = t_ns + 120 * MS, 1120.5
    events = [
        EyeEvent("fixation", "L", ns, ns + 80 * MS, ms, ms + 80, 320.4, 240.7, NAN, NAN, 900.0, "tracker"),
        EyeEvent(
            "saccade", "L", ns + 80 * MS, ns + 100 * MS, ms + 80, ms + 100, 320.4, 240.7, 400.0, 1.5, NAN, "tracker"
        ),
        EyeEvent("blink", "R", ns + 300 * MS, ns + 400 * MS, ms + 300, ms + 400, NAN, NAN, NAN, NAN, NAN, "tracker"),
    ]
    writer.gaze(samples, events)
    writer.gaze_message(t_ns, 1000.5, f'TRIALID {number}, "grey" – é')
    writer.journal(ClipEnded(t_ns=t_ns + 300 * MS, trial=number, frames_in_clip=5, frames_shown=5, frames_late=1))
    writer.journal(SelfReportShown(t_ns=t_ns + 310 * MS, trial=number, item="seven"))
    writer.journal(
        SelfReport(
            t_ns=t_ns + 350 * MS, trial=number, seven="sadness", three="negative",
            valence=-0.5, arousal=0.25, valence_step=3, arousal_step=6,
        )
    )  # fmt: skip
    writer.journal(TrialEnded(t_ns=t_ns + 390 * MS, trial=number, valid=True, devices=("tracker", "camera", "screen")))


def make(folder: Path, trials: int = 1) -> Path:
    """A whole sealed bundle."""
    with begin(folder, trials) as writer:
        for number in range(1, trials + 1):
            record_trial(writer, number)
        writer.journal(SessionEnded(t_ns=START_NS + trials * 1000 * MS, outcome="completed"))
        writer.seal()
    return folder


if __name__ == "__main__":
    print(make(Path(sys.argv[1])))
