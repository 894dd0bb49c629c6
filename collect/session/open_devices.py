"""From a study to a recorded session: chooses the devices that the study names, or simulated ones in their place."""

import json
import math
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from collect.bundle.format import JOURNAL_FILE, Origin, ScreenInfo
from collect.bundle.manifest import StimulusManifest
from collect.bundle.study import EyeLinkTracker, OpenCVCamera, SimulatedCamera, SimulatedTracker, Study, StudyScreen
from collect.devices.errors import ScreenUnavailableError
from collect.devices.host_clock import HostClock
from collect.devices.protocols import Camera, Clock, Tracker
from collect.devices.psychopy_screen import WINDOW_TITLE, PsychopyScreen
from collect.devices.simulated_camera import CameraSettings, VirtualTimeCamera
from collect.devices.simulated_camera import SimulatedCamera as CameraSimulation
from collect.devices.simulated_tracker import SimulatedTracker as TrackerSimulation
from collect.session.resume import finish_session, readable_for_resume, resume_session, trials_left
from collect.session.run import Progress, SessionResult, bundle_folder, run_session
from collect.session.scripted_answers import answer_keys
from collect.session.trial import Devices
from collect.session.virtual_display import virtual_display
from collect.simulation.gaze import ScreenGeometry
from collect.simulation.participant import SimulatedParticipant
from collect.simulation.virtual_clock import VirtualClock
from collect.simulation.virtual_screen import VirtualScreen
from collect.study import clip_order, load_study

#: Seed of a simulated participant where the caller names none.
DEFAULT_SEED = 1


def run_study(
    study_path: Path,
    participant: str,
    session: int,
    destination: Path,
    *,
    simulate: bool = False,
    picture_folder: Path | None = None,
    seed: int = DEFAULT_SEED,
    progress: Progress | None = None,
) -> SessionResult:
    """Run a session in real time in a real window, with the study's devices or, to `simulate`, simulated ones.

    Simulated: a virtual display is started where there is none, and a scripted participant presses real keys. A bundle
    with any simulated device counts as simulated. picture_folder: a PNG of each kind of page is saved there.
    """
    study = load_study(study_path)
    chosen = _simulated(study.study) if simulate else study.study
    order = clip_order(study.study, study.manifest, participant)
    person = _participant_for(chosen, study.manifest, order, participant, seed)
    with ExitStack() as at_end:
        devices = _real_time_devices(chosen, person, at_end, simulate=simulate, picture_folder=picture_folder)
        if simulate and person is not None:
            folder = bundle_folder(destination, study, participant, session)
            at_end.enter_context(_scripted_participant(folder, person, chosen))
        return run_session(
            study, participant, session, devices, destination, _origin(person),
            None if person is None else person.truth(), progress,
        )  # fmt: skip


def resume_study(
    folder: Path, *, picture_folder: Path | None = None, progress: Progress | None = None
) -> SessionResult:
    """Go on with a session that broke off, with the same kinds of devices; a simulated one with its own participant."""
    bundle = readable_for_resume(folder)
    if not trials_left(bundle).clips:
        return finish_session(folder, HostClock())
    header, simulation = bundle.header, bundle.simulation
    everything = header.tracker.simulated and header.camera.simulated
    chosen = _simulated(bundle.study) if everything else bundle.study
    seed = DEFAULT_SEED if simulation is None else simulation.seed
    person = _participant_for(chosen, bundle.manifest, header.planned_clips, header.participant, seed)
    with ExitStack() as at_end:
        devices = _real_time_devices(chosen, person, at_end, simulate=everything, picture_folder=picture_folder)
        if everything and person is not None:
            at_end.enter_context(_scripted_participant(folder, person, chosen))
        return resume_session(folder, devices, progress)


def record_virtually(
    study_path: Path,
    participant: str,
    destination: Path,
    *,
    session: int = 1,
    seed: int = DEFAULT_SEED,
    progress: Progress | None = None,
) -> SessionResult:
    """The same session on a virtual clock: faster than real time, no window, everything simulated, same files."""
    study = load_study(study_path)
    chosen = _simulated(study.study)
    order = clip_order(study.study, study.manifest, participant)
    person = _participant_for(chosen, study.manifest, order, participant, seed)
    assert person is not None, "simulated devices have a simulated participant"
    clock = VirtualClock()
    screen = VirtualScreen(person, clock, _screen_info(chosen))
    tracker = _tracker(chosen, person, clock, None)
    camera = VirtualTimeCamera(person, clock, _camera_settings(chosen))
    devices = Devices(screen, tracker, camera, clock)
    return run_session(study, participant, session, devices, destination, "simulated", person.truth(), progress)


# --- choosing ---


def _simulated(study: Study) -> Study:
    """The study with simulated devices in the place of real ones, at the tracker's own rate."""
    tracker, camera = study.tracker, study.camera
    if not isinstance(tracker, SimulatedTracker):
        tracker = SimulatedTracker(kind="simulated", rate_hz=round(tracker.rate_hz), eyes=tracker.eyes)
    if not isinstance(camera, SimulatedCamera):
        camera = SimulatedCamera(kind="simulated")
    return study.model_copy(update={"tracker": tracker, "camera": camera})


def _participant_for(
    study: Study, manifest: StimulusManifest, order: tuple[str, ...], participant: str, seed: int
) -> SimulatedParticipant | None:
    """The simulated participant, if any device is simulated."""
    if isinstance(study.tracker, EyeLinkTracker) and isinstance(study.camera, OpenCVCamera):
        return None
    emotions = {clip.id: clip.emotion for clip in manifest.clips if clip.emotion is not None}
    return SimulatedParticipant(participant, seed, emotions, order, clip_after_s=study.fixation_s)


def _origin(person: SimulatedParticipant | None) -> Origin:
    return "real" if person is None else "simulated"


def _real_time_devices(
    study: Study, person: SimulatedParticipant | None, at_end: ExitStack, *, simulate: bool, picture_folder: Path | None
) -> Devices:
    if not os.environ.get("DISPLAY") and sys.platform.startswith("linux"):
        if not simulate:
            raise ScreenUnavailableError(
                "There is no display (DISPLAY is not set). Start from the lab PC's desktop session; "
                "to try the program without one, add --simulate."
            )
        at_end.enter_context(virtual_display(study.screen.width_px, study.screen.height_px))
    clock = HostClock()
    screen = PsychopyScreen(
        study.screen.width_px, study.screen.height_px, clock,
        fullscreen=study.screen.fullscreen, width_cm=study.screen.width_cm, distance_cm=study.screen.distance_cm,
        needs_sound=study.needs_sound and not simulate, picture_folder=picture_folder,
    )  # fmt: skip
    return Devices(screen, _tracker(study, person, clock, screen), _camera(study, person), clock)


def _screen_info(study: Study) -> ScreenInfo:
    screen = study.screen
    return ScreenInfo(
        width_px=screen.width_px, height_px=screen.height_px, width_cm=screen.width_cm, distance_cm=screen.distance_cm
    )


def _tracker(study: Study, person: SimulatedParticipant | None, clock: Clock, screen: PsychopyScreen | None) -> Tracker:
    if isinstance(study.tracker, EyeLinkTracker):
        from collect.devices.eyelink_tracker import EyeLink1000

        assert screen is not None, "a real tracker calibrates on a real screen"
        return EyeLink1000(study.tracker, _screen_info(study), clock, screen)

    assert person is not None, "a simulated tracker measures a simulated participant"
    return TrackerSimulation(person, clock, _geometry(study.screen), study.tracker.rate_hz, study.tracker.eyes)


def _geometry(screen: StudyScreen) -> ScreenGeometry:
    """Pixels to a degree in the middle of the screen; the usual number where the study does not say how large it is."""
    if screen.width_cm is None or screen.distance_cm is None:
        return ScreenGeometry(screen.width_px, screen.height_px)
    degree_cm = 2 * screen.distance_cm * math.tan(math.radians(0.5))
    return ScreenGeometry(screen.width_px, screen.height_px, degree_cm * screen.width_px / screen.width_cm)


def _camera(study: Study, person: SimulatedParticipant | None) -> Camera:
    if isinstance(study.camera, OpenCVCamera):
        from collect.devices.opencv_camera import OpenCVFaceCamera

        return OpenCVFaceCamera(study.camera)
    assert person is not None, "a simulated camera films a simulated participant"
    return CameraSimulation(person, _camera_settings(study))


def _camera_settings(study: Study) -> CameraSettings:
    camera = study.camera
    return CameraSettings(camera.width, camera.height, camera.fps)


@contextmanager
def _scripted_participant(folder: Path, person: SimulatedParticipant, study: Study) -> Iterator[None]:
    """A process that presses the keys of `person`; ended on leaving."""
    keys = answer_keys(
        {(plan.trial, item): person.answer(plan.trial, item) for plan in person.plans for item in study.self_report}
    )
    with tempfile.TemporaryDirectory(prefix="duchenne-answers-") as temporary:
        answers = Path(temporary) / "answers.json"
        answers.write_text(json.dumps(keys), encoding="utf-8")
        process = subprocess.Popen(
            [
                sys.executable, "-m", "collect.session.scripted_answers",
                str(folder / JOURNAL_FILE), str(answers), str(person.seed), WINDOW_TITLE,
            ],
            stdin=subprocess.DEVNULL,
            start_new_session=True,  # a Ctrl-C is for the session, which ends this one
        )  # fmt: skip
        try:
            yield
        finally:
            process.terminate()
            process.wait()
