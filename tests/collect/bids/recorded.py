"""Small sealed sessions, written as a session writes them, for tests of their export."""

import hashlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import yaml

from collect.bundle import rows
from collect.bundle.format import (
    CAMERA_FRAME_COLUMNS,
    BundleHeader,
    Calibrated,
    CameraInfo,
    ClipEnded,
    ClipStarted,
    Consent,
    ConsentScope,
    Continued,
    DriftChecked,
    Origin,
    Paused,
    ScreenInfo,
    SelfReport,
    SelfReportShown,
    SessionEnded,
    SessionResumed,
    SessionStarted,
    SimulationTruth,
    TrackerInfo,
    TrialEnded,
    TrialStarted,
    ValidationPoint,
)
from collect.bundle.writer import BundleWriter
from collect.devices.protocols import EyeEvent, GazeSample
from tests.golden.make_bundle import write_video

MS = 1_000_000
NAN = float("nan")
ALL_SCOPES: tuple[ConsentScope, ...] = ("recording", "rating", "training", "publication")


@dataclass
class Recorded:
    """What kind of session; `shade` is another clip under the same name. `reboots`: resumed so many times."""

    participant: str = "P01"
    session: int = 1
    study_id: str = "gap-study"
    origin: Origin = "real"
    eyes: Literal["L", "R", "LR"] = "LR"
    scopes: tuple[ConsentScope, ...] = ALL_SCOPES
    screen: ScreenInfo = field(
        default_factory=lambda: ScreenInfo(
            width_px=640, height_px=480, refresh_hz=60.0, width_cm=40.0, distance_cm=60.0, vsync=True
        )
    )
    shade: int = 5
    sealed: bool = True
    reboots: int = 0
    gaze: bool = True
    device_clock: bool = True


def record(folder: Path, kind: Recorded) -> Path:
    """A session of one trial and one more for each reboot, with everything that a journal can tell of them."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    clip = folder.with_name(f"{folder.name}-clip.mp4")
    write_video(clip, kind.shade)
    line = folder.with_name("luminance") / "grey.csv"
    line.parent.mkdir(exist_ok=True)
    line.write_text("pts_ms,luminance\n0.000,0.021000\n")
    study = _study(kind).encode()
    header = _header(kind, study)
    truth = SimulationTruth(seed=1, gap_share=0.0, trials=()) if kind.origin == "simulated" else None
    manifest = yaml.safe_dump(_manifest(clip, line)).encode()
    writer = BundleWriter.create(folder, header, study, manifest, {"grey": clip}, truth)
    write_video(folder / "camera/face.mkv", 2)
    times = (_part_start(0) + 50 * MS, _part_start(0) + 90 * MS)
    lines = [rows.camera_frame_line(place, 40.0 * place, None, time) for place, time in enumerate(times)]
    (folder / "camera/frames.csv").write_text(rows.header_line(CAMERA_FRAME_COLUMNS) + "".join(lines))
    writer.journal(SessionStarted(t_ns=_part_start(0)))
    for part in range(kind.reboots + 1):
        if part:
            writer.close()
            writer = BundleWriter.reopen(folder)
            writer.journal(SessionResumed(t_ns=_part_start(part), reboot=True))
        _record_part(writer, kind, part)
    writer.journal(SessionEnded(t_ns=_part_start(kind.reboots) + 2000 * MS, outcome="completed"))
    if kind.sealed:
        writer.seal()
    writer.close()
    return folder


def _part_start(part: int) -> int:
    """A machine that was started again counts from anew: later parts have the smaller times."""
    return (900_000 if part == 0 else 100_000 + part) * 1000 * MS


def _record_part(writer: BundleWriter, kind: Recorded, part: int) -> None:
    start, number = _part_start(part), part + 1
    points = tuple(
        ValidationPoint(eye=eye, target_x=x, target_y=240.0, x=x + 3, y=240.0, error_deg=0.3)
        for eye in ("L", "R")
        for x in (100.0, 540.0)
    )
    writer.journal(
        Calibrated(t_ns=start + 1 * MS, eye="LR", mean_error_deg=3.4, max_error_deg=5.9, accepted=False, points=points)
    )
    writer.journal(
        Calibrated(t_ns=start + 5 * MS, eye="LR", mean_error_deg=0.4, max_error_deg=0.9, accepted=True, points=points)
    )
    writer.journal(DriftChecked(t_ns=start + 10 * MS, before_trial=number, error_deg=0.25, accepted=True))
    if kind.gaze:
        writer.gaze(_samples(kind, start + 20 * MS), _events(start + 20 * MS))
        writer.gaze_message(start + 21 * MS, NAN, 'TRIALID "1",\tdone')
    writer.journal(TrialStarted(t_ns=start + 20 * MS, trial=number, clip="grey", block="first"))
    writer.journal(ClipStarted(t_ns=start + 120 * MS, trial=number, sound_ns=start + 125 * MS))
    writer.journal(ClipEnded(t_ns=start + 320 * MS, trial=number, frames_in_clip=5, frames_shown=4, frames_late=1))
    writer.journal(SelfReportShown(t_ns=start + 400 * MS, trial=number, item="seven"))
    writer.journal(SelfReportShown(t_ns=start + 650 * MS, trial=number, item="valence"))
    writer.journal(
        SelfReport(
            t_ns=start + 900 * MS, trial=number, seven="sadness", three="negative", valence=-0.5, valence_step=3,
            familiarity_step=1, liking_step=7, text="It was like my brother Tom",
        )
    )  # fmt: skip
    writer.journal(TrialEnded(t_ns=start + 950 * MS, trial=number, valid=True, devices=("screen", "tracker", "camera")))
    writer.journal(Paused(t_ns=start + 1000 * MS, by="participant"))
    writer.journal(Continued(t_ns=start + 1500 * MS))


def _samples(kind: Recorded, start: int) -> list[GazeSample]:
    """125 samples at 250 Hz; the tracker's clock runs 100 ppm fast, and the right eye is lost for a while."""
    return [
        GazeSample(
            start + place * 4 * MS,
            5000.0 + place * 4.0004 if kind.device_clock else NAN,
            100.5 + place, 200.25, 1000.0 + place,
            NAN if 10 <= place < 20 else 101.5 + place, 201.0, NAN if 10 <= place < 20 else 990.0,
        )
        for place in range(125)
    ]  # fmt: skip


def _events(start: int) -> list[EyeEvent]:
    return [
        EyeEvent("fixation", "L", start, start + 100 * MS, 5000.0, 5100.01, 120.0, 200.0, NAN, NAN, 1010.0, "tracker"),
        EyeEvent(
            "blink", "L", start + 120 * MS, start + 160 * MS, 5120.012, 5160.016, NAN, NAN, NAN, NAN, NAN, "tracker"
        ),
        EyeEvent(
            "saccade", "L", start + 110 * MS, start + 170 * MS, NAN, NAN, 120.0, 200.0, 300.0, 210.0, NAN, "tracker"
        ),
        EyeEvent(
            "saccade",
            "R",
            start + 200 * MS,
            start + 240 * MS,
            5200.0,
            5240.0,
            120.0,
            200.0,
            300.0,
            210.0,
            NAN,
            "tracker",
        ),
    ]


def _header(kind: Recorded, study: bytes) -> BundleHeader:
    simulated = kind.origin == "simulated"
    return BundleHeader(
        bundle_id=hashlib.md5(repr(kind).encode(), usedforsecurity=False).hexdigest(),
        origin=kind.origin,
        study_id=kind.study_id,
        study_sha256=hashlib.sha256(study).hexdigest(),
        participant=kind.participant,
        session=kind.session,
        created_utc="2026-01-02T03:04:05+00:00",
        created_ns=_part_start(0),
        screen=kind.screen,
        tracker=TrackerInfo(
            kind="eyelink", model="EyeLink 1000 Plus", rate_hz=250, eyes=kind.eyes, pupil_unit="arbitrary area",
            simulated=simulated,
        ),
        camera=CameraInfo(
            kind="opencv", model="a camera", width_px=64, height_px=48, nominal_fps=25, codec="h264",
            simulated=simulated,
        ),
        consent=Consent(
            scopes=kind.scopes, text_sha256=hashlib.sha256(b"I agree.").hexdigest(),
            given_utc="2026-01-02T03:04:05+00:00",
        ),
        planned_clips=("grey",) * (kind.reboots + 1),
        software={"duchenne": "0.1.0", "psychopy-lib": "2026.2.5"},
    )  # fmt: skip


def _study(kind: Recorded) -> str:
    return yaml.safe_dump({
        "format": "duchenne-study", "version": 1, "id": kind.study_id, "title": "The gap",
        "stimuli": "stimuli/manifest.yaml", "order": "fixed", "consent": {"text": "I agree."},
        "screen": {"width_px": 640, "height_px": 480}, "tracker": {"kind": "simulated", "rate_hz": 250},
        "camera": {"kind": "simulated", "width": 64, "height": 48, "fps": 25},
    })  # fmt: skip


def _manifest(clip: Path, line: Path) -> dict[str, object]:
    grey = {
        "id": "grey", "file": clip.name, "sha256": hashlib.sha256(clip.read_bytes()).hexdigest(), "emotion": "sadness",
        "duration_s": 0.2, "licence": "CC0-1.0", "source": "made by a test", "mean_luminance": 0.021,
        "luminance": "luminance/grey.csv", "luminance_sha256": hashlib.sha256(line.read_bytes()).hexdigest(),
    }  # fmt: skip
    return {"format": "duchenne-stimuli", "version": 1, "id": "set", "title": "A set", "clips": [grey]}
