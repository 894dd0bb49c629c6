"""The check itself: the screen flashes, the camera sees it in a mirror, and the two times are compared."""

import itertools
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from collect.bundle.disk import write_whole
from collect.bundle.study_devices import OpenCVCamera
from collect.devices.protocols import Camera, Clock, Flip, Screen, SetupCheck, SetupView, StopRequested
from collect.latency.errors import LatencyNotMeasurableError
from collect.latency.estimate import LatencyEstimate, estimate_latency
from collect.latency.flashes import flash_states, write_flashes
from collect.latency.watched_video import marked, watched
from collect.study import load_study

GO_ON_KEY = "space"
#: The camera goes on so long after the last flash: its frames of it are yet to come.
_AFTER_S = 1.0
_STATUS_EVERY_NS = 500_000_000


@dataclass(frozen=True)
class LatencyCheck:
    """`vsync`: did the flips wait for the screen? Without, the screen's part is not known to a refresh."""

    camera: str
    vsync: bool
    estimate: LatencyEstimate


def check_latency(
    study_path: Path, seconds: float, seed: int, picture: Path | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> LatencyCheck:  # fmt: skip
    """Flash the study's screen for so long and watch it with the study's camera.

    :param picture: the camera's picture is saved there as PNG, with the part framed that saw the screen.
    :raises LatencyNotMeasurableError: the study names no real camera. :raises CollectError: a device refuses.
    """
    study = load_study(study_path).study
    if not isinstance(study.camera, OpenCVCamera):
        raise LatencyNotMeasurableError(
            f"{study_path}: field 'camera' has kind '{study.camera.kind}', which sees no screen. Name the real camera"
            " (kind: opencv) to measure its latency."
        )
    from collect.devices.camera.opencv_camera import OpenCVFaceCamera
    from collect.devices.host_clock import HostClock
    from collect.devices.screen.psychopy_screen import PsychopyScreen

    clock, wanted = HostClock(), study.screen
    screen = PsychopyScreen(
        wanted.width_px, wanted.height_px, clock, fullscreen=wanted.fullscreen, width_cm=wanted.width_cm,
        distance_cm=wanted.distance_cm, needs_sound=False,
    )  # fmt: skip
    camera = OpenCVFaceCamera(study.camera)
    return watch_flashes(screen, camera, clock, seconds, np.random.default_rng(seed), picture, progress)


def watch_flashes(
    screen: Screen, camera: Camera, clock: Clock, seconds: float, random: Generator, picture: Path | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> LatencyCheck:  # fmt: skip
    """As `check_latency`, with these devices; both are opened and closed here."""
    states = flash_states(seconds, random)
    flips: list[Flip] = []
    with tempfile.TemporaryDirectory(prefix="duchenne-latency-") as temporary:
        folder = Path(temporary)
        write_flashes(folder / "flashes.mp4", states)
        try:
            screen.open()
            camera.prepare()
            screen.show_setup(lambda: _aiming(camera), (GO_ON_KEY,))
            camera.open(folder)
            _play(screen, camera, clock, folder / "flashes.mp4", flips, len(states), progress)
            clock.wait_until(clock.now_ns() + round(_AFTER_S * 1e9))
            vsync, name = screen.info.vsync, camera.info.model
        except StopRequested:
            raise LatencyNotMeasurableError("The check was stopped before its end; nothing was measured.") from None
        finally:
            camera.close()
            screen.close()
        host_ns, brightness, last = watched(folder)
    change_ns, light = screen_changes(flips, states)
    estimate = estimate_latency(change_ns, light, host_ns, brightness)
    if picture is not None:
        write_whole(picture, marked(last, estimate.cells))
    return LatencyCheck(name, vsync, estimate)


def _aiming(camera: Camera) -> SetupView:
    preview = camera.preview()
    said = "Put a mirror so that the camera sees this screen in it. The screen will then flash about once a second."
    return SetupView(None if preview is None else preview.image, (), (SetupCheck("mirror", said, ok=True),))


def _play(
    screen: Screen, camera: Camera, clock: Clock, clip: Path, flips: list[Flip], frames: int,
    progress: Callable[[int, int], None] | None,
) -> None:  # fmt: skip
    next_look_ns = 0

    def look() -> None:
        nonlocal next_look_ns
        if clock.now_ns() < next_look_ns:
            return
        next_look_ns = clock.now_ns() + _STATUS_EVERY_NS
        if failure := camera.status().failure:
            raise LatencyNotMeasurableError(failure)
        if progress is not None and flips:
            progress(flips[-1].frame, frames)

    screen.play(clip, flips.append, look)


def screen_changes(flips: list[Flip], states: list[bool]) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """When the screen truly changed, by the flips of the frames that were shown, and whether to light."""
    found = [
        (flip.flip_ns, states[flip.frame])
        for before, flip in itertools.pairwise(flips)
        if states[flip.frame] != states[before.frame]
    ]
    return np.array([t_ns for t_ns, _ in found], np.int64), np.array([light for _, light in found], np.bool_)
