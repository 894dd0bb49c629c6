"""How a check comes by the study's devices; a test brings others."""

from collections.abc import Callable
from dataclasses import dataclass

from collect.bundle.format import ScreenInfo
from collect.bundle.study import Study
from collect.bundle.study_devices import EyeLinkTracker, LSLTracker, MouseTracker, OpenCVCamera
from collect.devices.protocols import Camera, Clock, Screen, Tracker


def _screen(study: Study, clock: Clock) -> Screen:
    """Not yet open. It opens without sound too: sound is a check of its own."""
    from collect.devices.screen.psychopy_screen import PsychopyScreen

    wanted = study.screen
    return PsychopyScreen(
        wanted.width_px, wanted.height_px, clock,
        fullscreen=wanted.fullscreen, width_cm=wanted.width_cm, distance_cm=wanted.distance_cm, needs_sound=False,
    )  # fmt: skip


def _display_size() -> tuple[int, int] | None:
    """Pixels of the display that windows open on; None where that cannot be told."""
    try:
        import pyglet

        screen = pyglet.canvas.get_display().get_default_screen()
    except Exception:  # whatever the display's library raised, or no such library: the window will tell more
        return None
    return int(screen.width), int(screen.height)


def _camera(study: Study) -> Camera:
    from collect.devices.camera.opencv_camera import OpenCVFaceCamera

    assert isinstance(study.camera, OpenCVCamera), "no other camera is opened by a check"
    return OpenCVFaceCamera(study.camera)


def _tracker(study: Study, clock: Clock, screen: Screen) -> Tracker:
    from collect.devices.screen.psychopy_screen import PsychopyScreen

    assert isinstance(screen, PsychopyScreen), "a real tracker calibrates on a real screen"
    settings, limits = study.tracker, study.limits.calibration
    if isinstance(settings, EyeLinkTracker):
        from collect.devices.tracker.eyelink_tracker import EyeLink1000

        return EyeLink1000(settings, _screen_info(study), clock, screen, limits=limits)
    if isinstance(settings, LSLTracker):
        from collect.devices.tracker.lsl_tracker import LSLEyeTracker

        return LSLEyeTracker(settings, _screen_info(study), clock, screen, limits=limits)
    if isinstance(settings, MouseTracker):
        from collect.devices.tracker.mouse_tracker import MouseGaze

        return MouseGaze(settings, _screen_info(study), clock, screen.pointer, screen, limits=limits)
    raise AssertionError(f"no check opens a tracker of kind '{settings.kind}'")


def _screen_info(study: Study) -> ScreenInfo:
    screen = study.screen
    return ScreenInfo(
        width_px=screen.width_px, height_px=screen.height_px, width_cm=screen.width_cm, distance_cm=screen.distance_cm
    )


def _sound() -> bool:
    from collect.devices.screen.clip_sound import sound_device_exists

    return sound_device_exists()


@dataclass(frozen=True)
class DeviceOpeners:
    """Gives devices that are not yet open."""

    screen: Callable[[Study, Clock], Screen] = _screen
    display_size: Callable[[], tuple[int, int] | None] = _display_size
    camera: Callable[[Study], Camera] = _camera
    tracker: Callable[[Study, Clock, Screen], Tracker] = _tracker
    sound: Callable[[], bool] = _sound
