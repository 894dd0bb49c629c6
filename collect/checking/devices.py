"""Do the screen, the sound, the camera and the tracker of the study answer, and as the study wants them?"""

from collections.abc import Iterator
from contextlib import ExitStack

from collect.bundle.study import Study
from collect.bundle.study_devices import EyeLinkTracker
from collect.checking.device_openers import DeviceOpeners
from collect.checking.finding import Finding, fail, ok, warn
from collect.devices.protocols import Camera, Clock, Screen, Tracker
from collect.errors import CollectError
from collect.stimuli.measuring import ClipMeasures

#: How long the camera is watched once it runs, and the share of its frames that must come.
_WATCHED_NS = 2_000_000_000
_LEAST_RATE = 0.95


def check_devices(
    study: Study, clips: dict[str, ClipMeasures], openers: DeviceOpeners, clock: Clock, *, display: bool, tracker: bool
) -> Iterator[Finding]:
    """Opens each device and closes it again.

    :param clips: what is to be played. :param display: is there a display to open a window on?
    :param tracker: may an EyeLink be asked? Without that nothing is sent to the address that the study names.
    """
    yield from _sound(study, clips, openers)
    yield from _camera(study, openers, clock)
    with ExitStack() as at_end:
        screen = openers.screen(study, clock)
        at_end.callback(screen.close)
        opened = list(_screen(study, clips, openers, screen, display=display))
        yield from opened
        yield _tracker(study, openers, clock, screen, asked=tracker, display=display)


def _sound(study: Study, clips: dict[str, ClipMeasures], openers: DeviceOpeners) -> Iterator[Finding]:
    sounding = sum(clip.sound is not None for clip in clips.values())
    if openers.sound():
        yield ok("sound", f"this machine can play; {sounding} of {len(clips)} clips have sound")
    elif not sounding:
        yield ok("sound", "no sound device, and no clip has sound")
    elif study.needs_sound:
        todo = "Plug in or enable a sound card, or say needs_sound: false to play the clips mute."
        yield fail("sound", f"no sound device, and {sounding} clips have sound", todo)
    else:
        yield warn("sound", f"no sound device: {sounding} clips will be mute", "Plug one in if they are to be heard.")


def _screen(
    study: Study, clips: dict[str, ClipMeasures], openers: DeviceOpeners, screen: Screen, *, display: bool
) -> Iterator[Finding]:
    wanted = study.screen
    if wanted.width_cm is None or wanted.distance_cm is None:
        todo = "Measure the picture and the distance of the eyes, and write screen.width_cm and screen.distance_cm."
        yield warn("visual angle", "the study does not say how large and how far the screen is", todo)
    if not display:
        yield warn("screen", "not looked at: no display here", "Check again from the lab PC's desktop session.")
        return
    there = openers.display_size()
    if there is not None and _too_small(there, study):
        found = f"the screen has {there[0]} × {there[1]} pixels, the study wants {wanted.width_px} × {wanted.height_px}"
        yield fail("screen", found, "Set the screen's resolution, or correct screen.width_px and screen.height_px.")
        return
    try:
        screen.open()
    except CollectError as error:
        yield _told("screen", error)
        return
    info = screen.info
    size = f"{info.width_px} × {info.height_px}"
    if not info.vsync or info.refresh_hz is None:
        found = f"{size}, no vertical blank: frames are paced by software"
        yield warn("screen", found, "Let the graphics driver wait for it; else the times of frames are guessed.")
        return
    fastest = max((clip.fps for clip in clips.values()), default=0.0)
    if fastest > info.refresh_hz * 1.01:
        found = f"{size} at {info.refresh_hz:.1f} Hz, and a clip has {fastest:g} frames a second"
        yield fail("screen", found, "Set a higher refresh rate, or export the clip at a lower rate.")
    else:
        yield ok("screen", f"{size} at {info.refresh_hz:.1f} Hz, waiting for the vertical blank")


def _too_small(there: tuple[int, int], study: Study) -> bool:
    """Full screen must fit exactly; a window need only find its place."""
    wanted = (study.screen.width_px, study.screen.height_px)
    if study.screen.fullscreen:
        return there != wanted
    return there[0] < wanted[0] or there[1] < wanted[1]


def _camera(study: Study, openers: DeviceOpeners, clock: Clock) -> Iterator[Finding]:
    settings = study.camera
    if settings.kind == "simulated":
        yield warn("camera", "simulated: nobody is filmed", "Name the camera in the study: kind: opencv, device: 0.")
        return
    camera = openers.camera(study)
    try:
        camera.prepare()
        clock.wait_until(clock.now_ns() + _WATCHED_NS)
        yield _rate(camera)
    except CollectError as error:
        yield _told("camera", error)
    finally:
        camera.close()


def _rate(camera: Camera) -> Finding:
    info, status = camera.info, camera.status()
    if status.failure is not None:
        return fail("camera", status.failure, "Check its cable, and that no other program uses it.")
    if camera.preview() is None:
        return fail("camera", f"{info.model} is open and gives no picture", "Check its cable, lid and privacy switch.")
    found = f"{info.model}: {info.width_px} × {info.height_px}, {status.fps:.1f} of {info.nominal_fps:g} frames/s"
    found += f", {info.codec}"
    if info.simulated:
        return warn("camera", f"{found}; counts as simulated", "Name the camera in the study: device: 0.")
    if status.fps < _LEAST_RATE * info.nominal_fps:
        todo = "Give it more light and a port of its own, or name a rate in camera.fps that it can keep."
        return fail("camera", found, todo)
    return ok("camera", found)


def _tracker(
    study: Study, openers: DeviceOpeners, clock: Clock, screen: Screen, *, asked: bool, display: bool
) -> Finding:
    settings = study.tracker
    if settings.kind == "simulated":
        return warn("tracker", "simulated: nobody's gaze is recorded", "Name the tracker in the study.")
    if isinstance(settings, EyeLinkTracker) and not asked:
        found = f"EyeLink at {settings.address}: not asked, since nothing is sent to a network unless you say so"
        return warn("tracker", found, "Switch the Host PC on and check again with --tracker.")
    if settings.kind == "mouse" and not display:
        return warn("tracker", "the mouse needs a display", "Check again from the lab PC's desktop session.")
    tracker = openers.tracker(study, clock, screen)
    try:
        tracker.open()
        came = _samples_a_second(tracker, clock) if settings.kind == "lsl" else None
    except CollectError as error:
        return _told("tracker", error)
    finally:
        tracker.close(None)
    info = tracker.info
    found = f"{info.model}: {info.rate_hz:g} samples/s, eyes {info.eyes}"
    if came is not None and came < _LEAST_RATE * info.rate_hz:
        found = f"{info.model}: {came:.0f} of {info.rate_hz:g} samples/s came"
        return fail("tracker", found, "Start the tracker's program, or correct tracker.rate_hz.")
    if info.simulated:
        return warn("tracker", f"{found}; counts as simulated", "Good for piloting; then name the tracker.")
    return ok("tracker", found)


def _samples_a_second(tracker: Tracker, clock: Clock) -> float:
    """Of a stream, whose sender may be there and send nothing."""
    tracker.start(1, "check")
    clock.wait_until(clock.now_ns() + _WATCHED_NS)
    samples = len(tracker.poll().samples)
    tracker.stop()
    return samples / (_WATCHED_NS / 1e9)


def _told(name: str, error: CollectError) -> Finding:
    """Our errors say what is wrong in their first sentence, and what to do in those after it."""
    found, _, todo = str(error).partition(". ")
    return fail(name, found, todo)
