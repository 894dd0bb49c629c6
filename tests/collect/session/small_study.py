"""A study of three clips of one second, small enough to be played through in a test."""

import hashlib
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import yaml

from collect.bundle.format import Emotion
from collect.devices.camera.simulated_camera import CameraSettings, VirtualTimeCamera
from collect.devices.tracker.simulated_tracker import SimulatedTracker, TrackerFaults
from collect.plan.session_plan import session_plan
from collect.session.devices import Devices
from collect.simulation.participant import SimulatedParticipant
from collect.simulation.virtual_clock import VirtualClock
from collect.simulation.virtual_screen import VirtualScreen
from collect.study import LoadedStudy, load_study

EMOTIONS: tuple[Emotion, ...] = ("happiness", "sadness", "fear")
NO_FAULTS = TrackerFaults()
CAMERA = CameraSettings(width=160, height=120, fps=10.0)


def write_clip(
    path: Path, seconds: float = 1.0, fps: int = 20, size: tuple[int, int] = (160, 90), tone: bool = False
) -> None:
    """A grey that brightens; `tone` adds a sine of 440 Hz."""
    with av.open(str(path), "w") as container:
        video = container.add_stream("libx264", rate=fps, options={"preset": "ultrafast"})
        video.width, video.height, video.pix_fmt = *size, "yuv420p"
        sound = container.add_stream("aac", rate=48_000) if tone else None
        for number in range(round(seconds * fps)):
            shade = np.full((size[1], size[0], 3), 20 + 200 * number / (seconds * fps), np.uint8)
            container.mux(video.encode(av.VideoFrame.from_ndarray(shade, format="rgb24")))
        container.mux(video.encode(None))
        if sound is not None:
            wave = np.sin(2 * np.pi * 440 * np.arange(round(seconds * 48_000)) / 48_000).astype(np.float32)
            frame = av.AudioFrame.from_ndarray(0.5 * wave[None, :], format="fltp", layout="mono")
            frame.sample_rate, frame.pts, frame.time_base = 48_000, 0, Fraction(1, 48_000)
            container.mux(sound.encode(frame))
            container.mux(sound.encode(None))


def write_study(
    folder: Path, *, clips: int = 3, seconds: float = 1.0, clips_of_trials: list[str] | None = None, **changes: object
) -> Path:
    """study.yaml with its manifest and clips in `folder`; `changes` are fields of the study."""
    if clips_of_trials is not None:
        changes["clips"] = clips_of_trials
    folder.mkdir(parents=True, exist_ok=True)
    entries = []
    for emotion in EMOTIONS[:clips]:
        path = folder / f"{emotion}.mp4"
        write_clip(path, seconds, tone=emotion == "happiness")
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        entries.append({
            "id": emotion, "file": path.name, "sha256": digest, "emotion": emotion, "duration_s": seconds,
            "licence": "CC0-1.0", "source": "made by this test", "placeholder": True,
        })  # fmt: skip
    manifest = {"format": "duchenne-stimuli", "version": 1, "id": "small", "title": "Small", "clips": entries}
    (folder / "manifest.yaml").write_text(yaml.safe_dump(manifest))
    study = {
        "format": "duchenne-study", "version": 1, "id": "small", "title": "Small", "stimuli": "manifest.yaml",
        "order": "fixed", "no_emotion_twice": False, "fixation_s": 0.2, "drift_check_every": 0,
        "needs_sound": False, "consent": {"text": "We film your face.\n\nYou may stop at any time."},
        "screen": {"width_px": 640, "height_px": 360, "fullscreen": False},
        "tracker": {"kind": "simulated", "rate_hz": 250},
        "camera": {"kind": "simulated", "width": 160, "height": 120, "fps": 10},
    }  # fmt: skip
    path = folder / "study.yaml"
    path.write_text(yaml.safe_dump({**study, **changes}))
    return path


def load(path: Path) -> tuple[LoadedStudy, SimulatedParticipant]:
    study = load_study(path)
    order = tuple(planned.clip for planned in session_plan(study.study, study.manifest, "P01"))
    emotions = {clip.id: clip.emotion for clip in study.manifest.clips if clip.emotion is not None}
    return study, SimulatedParticipant("P01", 7, emotions, order)


def virtual_devices(
    person: SimulatedParticipant,
    *,
    camera: CameraSettings = CAMERA,
    tracker_faults: TrackerFaults = NO_FAULTS,
    screen: VirtualScreen | None = None,
    clock: VirtualClock | None = None,
) -> Devices:
    """All on one clock; a screen that is given must come with its clock."""
    clock = clock or VirtualClock()
    return Devices(
        screen or VirtualScreen(person, clock),
        SimulatedTracker(person, clock, rate_hz=250, faults=tracker_faults),
        VirtualTimeCamera(person, clock, camera),
        clock,
    )
