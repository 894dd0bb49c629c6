"""The whole check: a screen that shows the true clip, and a camera that sees it and writes true files."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import pytest
from click.testing import CliRunner

from collect.bundle.format import CameraInfo, ScreenInfo
from collect.devices.camera.face_video import FaceVideoWriter
from collect.devices.errors import CameraUnavailableError
from collect.devices.protocols import CameraPreview, CameraStatus, Flip, Playback, SetupView, StopRequested
from collect.latency.check import LatencyCheck, watch_flashes
from collect.latency.errors import LatencyNotMeasurableError
from collect.simulation.virtual_clock import VirtualClock
from duchenne.commands.collect.latency import latency
from tests.collect.session.small_study import write_study

WIDTH, HEIGHT, FPS = 320, 240, 30.0
LATENCY_MS = 71.0
#: Where the mirror shows the screen: rows, columns.
MIRROR = (slice(40, 110), slice(180, 290))


class FlashingScreen:
    """Shows each frame of the clip in its time; `light` tells what it showed when."""

    info = ScreenInfo(width_px=640, height_px=360)
    has_sound = False

    def __init__(self, clock: VirtualClock, stops_at: int | None = None) -> None:
        self.clock, self.stops_at = clock, stops_at
        self.shown: list[tuple[int, float]] = []
        self.said = ""
        self.is_open = False

    def open(self) -> None:
        self.is_open = True

    def close(self) -> None:
        self.is_open = False

    def show_setup(self, look: Callable[[], SetupView], keys: tuple[str, ...]) -> str:
        view = look()
        self.said = view.checks[0].said
        assert view.picture is not None
        return keys[0]

    def play(self, clip: Path, on_flip: Callable[[Flip], None], poll: Callable[[], None]) -> Playback:
        start_ns = self.clock.now_ns()
        with av.open(str(clip)) as container:
            for number, frame in enumerate(container.decode(video=0)):
                if number == self.stops_at:
                    raise StopRequested("experimenter")
                if number % 50 == 49:
                    continue  # a frame that could not be shown in time
                self.clock.wait_until(start_ns + round(number * 1e9 / 30))
                self.shown.append((self.clock.now_ns(), float(frame.to_ndarray(format="gray").mean())))
                on_flip(Flip(number, number * 1000 / 30, self.clock.now_ns()))
                poll()
        return Playback(number + 1, len(self.shown), 0, None)

    def grey_at(self, t_ns: float) -> float:
        earlier = [grey for shown_ns, grey in self.shown if shown_ns <= t_ns]
        return earlier[-1] if earlier else 50.0


class CameraAtAMirror:
    """Sees the screen in a part of its picture, writes its files at the end, and stamps late by LATENCY_MS."""

    info = CameraInfo(
        kind="simulated", model="at a mirror", width_px=WIDTH, height_px=HEIGHT, nominal_fps=FPS, codec="h264",
        simulated=True,
    )  # fmt: skip

    def __init__(self, screen: FlashingScreen, *, sees: bool = True, fails: bool = False) -> None:
        self.screen, self.sees, self.fails = screen, sees, fails
        self.random = np.random.default_rng(4)
        self.bundle: Path | None = None
        self.begun_ns = 0

    def prepare(self) -> None:
        if self.fails:
            raise CameraUnavailableError("Camera 0: it cannot be opened.")

    def preview(self) -> CameraPreview:
        return CameraPreview(np.zeros((HEIGHT, WIDTH, 3), np.uint8), 1)

    def open(self, bundle: Path) -> None:
        self.bundle, self.begun_ns = bundle, self.screen.clock.now_ns()

    def status(self) -> CameraStatus:
        return CameraStatus(0, 0, None)

    def close(self) -> None:
        if self.bundle is None:
            return
        with FaceVideoWriter(self.bundle, WIDTH, HEIGHT, FPS, durable=False) as writer:
            room = self.random.normal(90, 3, (HEIGHT, WIDTH)).astype(np.uint8)
            at_ns = float(self.begun_ns)
            while at_ns < self.screen.clock.now_ns():
                picture = np.full((HEIGHT * 3 // 2, WIDTH), 128, np.uint8)  # I420, without colours
                picture[:HEIGHT] = np.roll(room, int(self.random.integers(WIDTH)), axis=1)
                if self.sees:
                    seen = [self.screen.grey_at(at_ns + part * 1e6) for part in (-4, 0, 4)]
                    picture[MIRROR] = round(float(np.mean(seen)))
                writer.write(picture, None, round(at_ns + LATENCY_MS * 1e6))
                at_ns += 1e9 / 29.5
        self.bundle = None


def check(screen: Any, camera: Any, clock: VirtualClock, picture: Path | None = None) -> LatencyCheck:
    return watch_flashes(screen, camera, clock, 12.0, np.random.default_rng(3), picture)


def test_the_latency_is_measured_through_true_files(tmp_path: Path) -> None:
    clock = VirtualClock()
    screen = FlashingScreen(clock)
    found = check(screen, CameraAtAMirror(screen), clock, tmp_path / "seen.png")
    assert found.estimate.good, found.estimate
    assert found.estimate.median_ms == pytest.approx(LATENCY_MS, abs=8)
    assert "mirror" in screen.said
    assert not screen.is_open
    # The picture frames what lies in the mirror.
    framed = cv2.imread(str(tmp_path / "seen.png"))
    assert framed is not None
    yellow = np.argwhere((framed == (0, 200, 255)).all(axis=2))
    assert len(yellow) > 0
    top, left = yellow.min(axis=0)
    bottom, right = yellow.max(axis=0)
    assert 25 <= top <= 55
    assert 95 <= bottom <= 125
    assert 165 <= left <= 195
    assert 275 <= right <= 305


def test_without_a_mirror_it_says_so() -> None:
    clock = VirtualClock()
    screen = FlashingScreen(clock)
    found = check(screen, CameraAtAMirror(screen, sees=False), clock)
    assert "hardly follows the screen" in found.estimate.reason


def test_everything_is_closed_where_the_camera_fails_or_somebody_stops() -> None:
    clock = VirtualClock()
    screen = FlashingScreen(clock)
    with pytest.raises(CameraUnavailableError):
        check(screen, CameraAtAMirror(screen, fails=True), clock)
    assert not screen.is_open
    screen = FlashingScreen(clock, stops_at=40)
    with pytest.raises(LatencyNotMeasurableError, match="stopped before its end"):
        check(screen, CameraAtAMirror(screen), clock)
    assert not screen.is_open


def test_the_command_refuses_a_camera_that_cannot_see(tmp_path: Path) -> None:
    study = write_study(tmp_path / "study")
    result = CliRunner().invoke(latency, [str(study)])
    assert isinstance(result.exception, LatencyNotMeasurableError)
    assert "study.yaml: field 'camera' has kind 'simulated'" in str(result.exception)
