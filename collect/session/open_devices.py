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
from typing import Literal

from collect.bundle.format import JOURNAL_FILE, Origin, ScreenInfo, SimulationTruth
from collect.bundle.manifest import StimulusManifest
from collect.bundle.study import Study
from collect.bundle.study_devices import (
    EyeLinkTracker,
    LSLTracker,
    MouseTracker,
    OpenCVCamera,
    SimulatedCamera,
    SimulatedTracker,
    StudyScreen,
)
from collect.bundle.tracker_faults import TrackerFaults
from collect.devices.camera.simulated_camera import CameraFaults, CameraSettings, VirtualTimeCamera
from collect.devices.camera.simulated_camera import SimulatedCamera as CameraSimulation
from collect.devices.errors import ScreenUnavailableError
from collect.devices.host_clock import HostClock
from collect.devices.protocols import Camera, Clock, Tracker
from collect.devices.screen.psychopy_screen import WINDOW_TITLE, PsychopyScreen
from collect.devices.tracker.simulated_tracker import SimulatedTracker as TrackerSimulation
from collect.language.words import words_for
from collect.operator.choose import OperatorKind, operator_for
from collect.operator.protocol import Operator
from collect.plan.session_plan import session_plan
from collect.session.course import Progress
from collect.session.devices import Devices
from collect.session.resume import finish_session, needs_no_device, readable_for_resume, resume_session
from collect.session.run import SessionResult, bundle_folder, run_session
from collect.session.scripted_answers import answer_keys
from collect.session.virtual_display import virtual_display
from collect.simulation.gaze import ScreenGeometry
from collect.simulation.participant import SimulatedParticipant
from collect.simulation.virtual_clock import VirtualClock
from collect.simulation.virtual_screen import VirtualScreen
from collect.study import load_study

OperatorChoice = Literal["study"] | OperatorKind
NO_CAMERA_FAULTS = CameraFaults()
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
    operator: OperatorChoice = "none",
) -> SessionResult:
    """Run a session in real time in a real window, with the study's devices or, to `simulate`, simulated ones.

    Simulated: a virtual display is started where there is none, and a scripted participant presses real keys. A bundle
    with any simulated device counts as simulated. picture_folder: a PNG of each kind of page is saved there.
    operator: the experimenter's view; 'study' is the one that the study names.
    """
    study = load_study(study_path)
    chosen = _simulated(study.study) if simulate else study.study
    plan = session_plan(study.study, study.manifest, participant)
    order = tuple(planned.clip for planned in plan)
    person = _participant_for(chosen, study.manifest, order, participant, seed)
    with ExitStack() as at_end:
        view = _operator(operator, study.study, at_end)
        devices = _real_time_devices(chosen, person, at_end, simulate=simulate, picture_folder=picture_folder)
        if simulate and person is not None:
            folder = bundle_folder(destination, study, participant, session)
            at_end.enter_context(_scripted_participant(folder, person, chosen))
        return run_session(
            study, participant, session, devices, destination, _origin(chosen), _truth(chosen, person), progress,
            operator=view, needs_sound=False if simulate else None,
        )  # fmt: skip


def resume_study(
    folder: Path,
    *,
    picture_folder: Path | None = None,
    progress: Progress | None = None,
    operator: OperatorChoice = "none",
) -> SessionResult:
    """Go on with a session that broke off, with the same kinds of devices; a simulated one with its own participant."""
    bundle = readable_for_resume(folder)
    if needs_no_device(bundle):
        with ExitStack() as at_end:
            return finish_session(folder, HostClock(), operator=_operator(operator, bundle.study, at_end))
    header, simulation = bundle.header, bundle.simulation
    everything = header.tracker.kind == header.camera.kind == "simulated"
    chosen = _simulated(bundle.study) if everything else bundle.study
    seed = DEFAULT_SEED if simulation is None else simulation.seed
    person = _participant_for(chosen, bundle.manifest, header.planned_clips, header.participant, seed)
    with ExitStack() as at_end:
        view = _operator(operator, bundle.study, at_end)
        devices = _real_time_devices(chosen, person, at_end, simulate=everything, picture_folder=picture_folder)
        if everything and person is not None:
            at_end.enter_context(_scripted_participant(folder, person, chosen))
        return resume_session(
            folder, devices, progress, operator=view, needs_sound=False if everything else None
        )  # fmt: skip


def record_virtually(
    study_path: Path,
    participant: str,
    destination: Path,
    *,
    session: int = 1,
    seed: int = DEFAULT_SEED,
    progress: Progress | None = None,
    camera_faults: CameraFaults = NO_CAMERA_FAULTS,
    tracker_faults: TrackerFaults | None = None,
) -> SessionResult:
    """The same session on a virtual clock: faster than real time, no window, everything simulated, same files.

    tracker_faults: in the place of those that the study names.
    """
    study = load_study(study_path)
    chosen = _simulated(study.study)
    order = tuple(planned.clip for planned in session_plan(study.study, study.manifest, participant))
    person = _participant_for(chosen, study.manifest, order, participant, seed)
    assert person is not None, "simulated devices have a simulated participant"
    clock = VirtualClock()
    screen = VirtualScreen(person, clock, _screen_info(chosen))
    tracker = _simulated_tracker(chosen, person, clock, tracker_faults)
    camera = VirtualTimeCamera(person, clock, _camera_settings(chosen, camera_faults))
    devices = Devices(screen, tracker, camera, clock)
    return run_session(study, participant, session, devices, destination, "simulated", person.truth(), progress)


# --- choosing ---


def _simulated(study: Study) -> Study:
    """The study with simulated devices in the place of real ones, at the tracker's own rate."""
    tracker, camera = study.tracker, study.camera
    if not isinstance(tracker, SimulatedTracker):
        eyes = "LR" if isinstance(tracker, MouseTracker) else tracker.eyes
        rate_hz = min(2000, max(30, round(tracker.rate_hz)))  # what a simulated tracker can do
        tracker = SimulatedTracker(kind="simulated", rate_hz=rate_hz, eyes=eyes)
    if not isinstance(camera, SimulatedCamera):
        camera = SimulatedCamera(kind="simulated")
    return study.model_copy(update={"tracker": tracker, "camera": camera})


def _participant_for(
    study: Study, manifest: StimulusManifest, order: tuple[str, ...], participant: str, seed: int
) -> SimulatedParticipant | None:
    """The simulated participant, if any device measures one."""
    if not isinstance(study.tracker, SimulatedTracker) and not isinstance(study.camera, SimulatedCamera):
        return None
    emotions = {clip.id: clip.emotion for clip in manifest.clips if clip.emotion is not None}
    return SimulatedParticipant(participant, seed, emotions, order, clip_after_s=study.fixation_s)


def _origin(study: Study) -> Origin:
    """Simulated as soon as one device is: a mouse in the place of the eyes is one, whoever moves it."""
    simulated = isinstance(study.tracker, SimulatedTracker | MouseTracker) or isinstance(study.camera, SimulatedCamera)
    return "simulated" if simulated else "real"


def _truth(study: Study, person: SimulatedParticipant | None) -> SimulationTruth | None:
    if person is not None:
        return person.truth()
    if _origin(study) == "simulated":
        return SimulationTruth(note="simulated: the mouse stood in for the eyes", seed=0, gap_share=0.0, trials=())
    return None


def _operator(choice: OperatorChoice, study: Study, at_end: ExitStack) -> Operator:
    operator = operator_for(study.operator if choice == "study" else choice)
    at_end.callback(operator.close)
    return operator


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
        needs_sound=False,  # the setup says whether there is any, and the session whether it goes on
        picture_folder=picture_folder, words=words_for(study.language),
    )  # fmt: skip
    return Devices(screen, _tracker(study, person, clock, screen), _camera(study, person), clock)


def _screen_info(study: Study) -> ScreenInfo:
    screen = study.screen
    return ScreenInfo(
        width_px=screen.width_px, height_px=screen.height_px, width_cm=screen.width_cm, distance_cm=screen.distance_cm
    )


def _tracker(study: Study, person: SimulatedParticipant | None, clock: Clock, screen: PsychopyScreen) -> Tracker:
    limits = study.limits.calibration
    if isinstance(study.tracker, EyeLinkTracker):
        from collect.devices.tracker.eyelink_tracker import EyeLink1000

        return EyeLink1000(study.tracker, _screen_info(study), clock, screen, limits=limits)
    if isinstance(study.tracker, LSLTracker):
        from collect.devices.tracker.lsl_tracker import LSLEyeTracker

        return LSLEyeTracker(study.tracker, _screen_info(study), clock, screen, limits=limits)
    if isinstance(study.tracker, MouseTracker):
        from collect.devices.tracker.mouse_tracker import MouseGaze

        return MouseGaze(study.tracker, _screen_info(study), clock, screen.pointer, screen, limits=limits)
    assert person is not None, "a simulated tracker measures a simulated participant"
    return _simulated_tracker(study, person, clock, None, screen)


def _simulated_tracker(
    study: Study,
    person: SimulatedParticipant,
    clock: Clock,
    faults: TrackerFaults | None,
    screen: PsychopyScreen | None = None,
) -> TrackerSimulation:
    """`faults`: None for those that the study names. `screen`: where its targets are seen."""
    tracker = study.tracker
    assert isinstance(tracker, SimulatedTracker), "chosen so"
    return TrackerSimulation(
        person, clock, _geometry(study.screen), tracker.rate_hz, tracker.eyes,
        tracker.faults if faults is None else faults, study.limits.calibration, screen,
    )  # fmt: skip


def _geometry(screen: StudyScreen) -> ScreenGeometry:
    """Pixels to a degree in the middle of the screen; the usual number where the study does not say how large it is."""
    if screen.width_cm is None or screen.distance_cm is None:
        return ScreenGeometry(screen.width_px, screen.height_px)
    degree_cm = 2 * screen.distance_cm * math.tan(math.radians(0.5))
    return ScreenGeometry(screen.width_px, screen.height_px, degree_cm * screen.width_px / screen.width_cm)


def _camera(study: Study, person: SimulatedParticipant | None) -> Camera:
    if isinstance(study.camera, OpenCVCamera):
        from collect.devices.camera.opencv_camera import OpenCVFaceCamera

        return OpenCVFaceCamera(study.camera)
    assert person is not None, "a simulated camera films a simulated participant"
    return CameraSimulation(person, _camera_settings(study))


def _camera_settings(study: Study, faults: CameraFaults = NO_CAMERA_FAULTS) -> CameraSettings:
    camera = study.camera
    return CameraSettings(camera.width, camera.height, camera.fps, faults)


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
