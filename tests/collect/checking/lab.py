"""A small lab: a study with real clips that is without fault, and devices that do as they are told."""

import hashlib
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import yaml

from collect.bundle.format import CameraInfo, ScreenInfo, TrackerInfo
from collect.checking.check import CheckReport, check_study
from collect.checking.device_openers import DeviceOpeners
from collect.checking.finding import Finding
from collect.devices.protocols import CameraPreview, CameraStatus, GazeBatch, GazeSample
from collect.errors import CollectError
from collect.stimuli.clip_file import SOUND_HZ, write_clip

SAMPLE = GazeSample(0, 0.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0)
CONSENT = (
    "We record your face and where you look while you watch short clips. Only trained members of our laboratory see "
    "the recordings, which are kept for five years. You may stop at any moment, without giving a reason."
)


def make_clip(path: Path, *, shade: int = 90, loud: float = 0.1, seconds: float = 1.0, fps: int = 10) -> None:
    """A grey picture with a tone of 1 kHz: about -20 LUFS at `loud` 0.1, as two loudspeakers play it."""
    picture = np.full((36, 64, 3), shade, np.uint8)
    tone = loud * np.sin(2 * np.pi * 1000 * np.arange(round(seconds * SOUND_HZ)) / SOUND_HZ)
    write_clip(path, [picture] * round(seconds * fps), tone.astype(np.float32), fps, 64, 36, lambda: None)


def make_study(folder: Path, **fields: object) -> Path:
    """study.yaml beside fear.mp4, anger.mp4 and a neutral wash.mp4."""
    entries = []
    for name, emotion in (("fear", "fear"), ("anger", "anger"), ("wash", "neutral")):
        make_clip(folder / f"{name}.mp4")
        entries.append(entry(folder, name, emotion))
    manifest = {"format": "duchenne-stimuli", "version": 1, "id": "lab", "title": "Lab", "clips": entries}
    (folder / "manifest.yaml").write_text(yaml.safe_dump(manifest, sort_keys=False))
    study = {
        "format": "duchenne-study", "version": 1, "id": "lab", "title": "Lab", "stimuli": "manifest.yaml",
        "clips": ["fear", "anger"], "washout": "wash", "consent": {"text": CONSENT},
        "screen": {"width_px": 1280, "height_px": 720, "width_cm": 53, "distance_cm": 65},
        "tracker": {"kind": "eyelink", "address": "192.0.2.1"}, "camera": {"kind": "opencv"},
    }  # fmt: skip
    (folder / "study.yaml").write_text(yaml.safe_dump({**study, **fields}, sort_keys=False))
    return folder / "study.yaml"


def entry(folder: Path, name: str, emotion: str) -> dict[str, object]:
    digest = hashlib.sha256((folder / f"{name}.mp4").read_bytes()).hexdigest()
    return {
        "id": name, "file": f"{name}.mp4", "sha256": digest, "emotion": emotion, "duration_s": 1.0,
        "licence": "CC0-1.0", "source": "made by this test",
    }  # fmt: skip


def replace_clip(folder: Path, name: str, **look: Any) -> None:
    """Another clip in its place, which the manifest knows."""
    make_clip(folder / f"{name}.mp4", **look)
    manifest = yaml.safe_load((folder / "manifest.yaml").read_text())
    for clip in manifest["clips"]:
        if clip["id"] == name:
            clip.update(entry(folder, name, clip["emotion"]))
    (folder / "manifest.yaml").write_text(yaml.safe_dump(manifest, sort_keys=False))


def check(study: Path, **arguments: Any) -> CheckReport:
    arguments.setdefault("free", lambda _: 10**12)
    return check_study(study, arguments.pop("destination", study.parent / "recordings"), **arguments)


def findings_of(report: CheckReport, name: str) -> list[Finding]:
    return [finding for finding in report.findings if finding.name == name]


class StillClock:
    """Waiting takes no time."""

    def __init__(self) -> None:
        self._now_ns = 0

    def now_ns(self) -> int:
        return self._now_ns

    def wait_until(self, t_ns: int) -> None:
        self._now_ns = max(self._now_ns, t_ns)


class LabDevices:
    """Openers of devices that answer well, unless told otherwise; `asked` lists what was opened and closed."""

    def __init__(
        self,
        *,
        sound: bool = True,
        fps: float = 30.0,
        refresh_hz: float | None = 60.0,
        display: tuple[int, int] = (1280, 720),
        fault: CollectError | None = None,
        faulty: str = "",
        samples: int = 0,
    ) -> None:
        self.asked: list[str] = []
        self._fault, self._faulty = fault, faulty
        screen = SimpleNamespace(
            open=self._opens("screen"), close=self._closes("screen"),
            info=ScreenInfo(width_px=1280, height_px=720, refresh_hz=refresh_hz, vsync=refresh_hz is not None),
        )  # fmt: skip
        camera = SimpleNamespace(
            prepare=self._opens("camera"), close=self._closes("camera"),
            status=lambda: CameraStatus(60, 0, None, fps),
            preview=lambda: CameraPreview(np.zeros((4, 4, 3), np.uint8), 0),
            info=CameraInfo(
                kind="opencv", model="Lab camera", width_px=1280, height_px=720, nominal_fps=30, codec="h264",
                simulated=False,
            ),
        )  # fmt: skip
        tracker = SimpleNamespace(
            open=self._opens("tracker"), close=self._closes("tracker"),
            start=lambda *_: None, stop=lambda: None, poll=lambda: GazeBatch([SAMPLE] * samples, ()),
            info=TrackerInfo(
                kind="eyelink", model="Lab tracker", rate_hz=1000, eyes="LR", pupil_unit="arbitrary area",
                simulated=False,
            ),
        )  # fmt: skip
        parts: dict[str, Any] = {
            "screen": lambda *_: screen, "camera": lambda *_: camera, "tracker": lambda *_: tracker,
            "sound": lambda: sound, "display_size": lambda: display,
        }  # fmt: skip
        self.openers = DeviceOpeners(**parts)

    def _opens(self, name: str) -> Callable[[], None]:
        def opened() -> None:
            self.asked.append(f"{name} opened")
            if self._fault is not None and self._faulty == name:
                raise self._fault

        return opened

    def _closes(self, name: str) -> Callable[..., None]:
        return lambda *_: self.asked.append(f"{name} closed")
