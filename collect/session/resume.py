"""Going on with a session that broke off: the same bundle and plan, from the presentation after the broken one."""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from collect.bundle.format import BundleHeader, SessionEnded, SessionResumed, TrialEnded, Warned
from collect.bundle.reader import Bundle, read_bundle
from collect.bundle.writer import BundleWriter
from collect.devices.protocols import Clock
from collect.language.words import words_for
from collect.operator.protocol import Operator, OperatorStatus
from collect.operator.silent import SilentOperator
from collect.session.course import Progress
from collect.session.desk import Desk
from collect.session.devices import Devices
from collect.session.errors import ResumeRefusedError
from collect.session.eye_events import add_eye_events, wait_in_words
from collect.session.interrupts import ended_in_order, uninterrupted
from collect.session.presentations import PlannedTrials, planned_trials
from collect.session.run import SessionResult, check_setup, record
from collect.session.states import SessionProgress, SessionState

#: A machine whose estimated time of start differs by more than this was started again (or slept in between).
_SAME_START_S = 60.0


def readable_for_resume(folder: Path) -> Bundle:
    """The bundle, if it can be gone on with. Raises ResumeRefusedError, BundleError."""
    bundle = read_bundle(folder)
    if bundle.state == "sealed":
        raise ResumeRefusedError(
            f"{folder}: this session has ended ({bundle.outcome}) and is sealed. Start the participant's next session."
        )
    return bundle


def trials_left(bundle: Bundle) -> PlannedTrials:
    """What was never begun. A presentation that broke off is not repeated: it would not be new to the participant."""
    begun = max((trial.number for trial in bundle.trials), default=0)
    files = {clip.id: bundle.folder / "stimuli" / clip.file for clip in bundle.manifest.clips if clip.file is not None}
    return planned_trials(bundle.study, bundle.manifest, bundle.header.presentations, files, begun)


def resume_session(
    folder: Path,
    devices: Devices,
    progress: Progress | None = None,
    utc: Callable[[], datetime] = lambda: datetime.now(UTC),
    *,
    operator: Operator | None = None,
    needs_sound: bool | None = None,
) -> SessionResult:
    """Go on with the unsealed bundle in `folder` and seal it at the end.

    Consent was given when the session began and is not asked again; the camera is prepared and the tracker calibrated
    anew. Raises ResumeRefusedError, BundleError, and what the devices raise (the bundle can then be resumed once more).
    """
    bundle = readable_for_resume(folder)
    plan, words = trials_left(bundle), words_for(bundle.study.language)
    desk = Desk(operator or SilentOperator(), devices, _title(bundle), folder)
    with ExitStack() as at_end:
        at_end.enter_context(ended_in_order())
        at_end.callback(devices.screen.close)
        devices.screen.open()
        at_end.callback(devices.tracker.close, None)
        devices.tracker.open()
        at_end.callback(devices.camera.close)
        devices.camera.prepare()
        checked = check_setup(plan, words, devices, desk, folder, needs_sound=needs_sound)
        _mend_face_video(bundle)
        writer = BundleWriter.reopen(folder, devices.clock.now_ns)
        _go_on(bundle, devices.clock, writer, utc)
        return record(plan, devices, writer, SessionProgress(plan.first), desk, words, checked, progress, utc)


def needs_no_device(bundle: Bundle) -> bool:
    """Had the session ended, or its last clip begun, before it broke off? Then it only waits for its seal."""
    return bundle.outcome is not None or not trials_left(bundle).presentations


def finish_session(
    folder: Path,
    clock: Clock,
    utc: Callable[[], datetime] = lambda: datetime.now(UTC),
    *,
    operator: Operator | None = None,
) -> SessionResult:
    """Seal a session that only waits for it: no device is needed for that. What was said of its end stays said.

    operator: sees how far the search for eye events is, where the tracker told none; the caller closes it.
    """
    bundle = readable_for_resume(folder)
    _mend_face_video(bundle)
    view, begun = operator or SilentOperator(), len(bundle.trials)
    status = OperatorStatus(_title(bundle), SessionState.CLOSING, begun, len(bundle.header.presentations))
    with uninterrupted() as impatient, BundleWriter.reopen(folder, clock.now_ns) as writer:

        def warn(text: str) -> None:
            view.show(replace(status, warning=text))
            writer.journal(Warned(t_ns=clock.now_ns(), text=text))

        ended = _go_on(bundle, clock, writer, utc)
        if bundle.outcome is None:
            writer.journal(SessionEnded(t_ns=clock.now_ns(), outcome="completed"))
        wait = wait_in_words(
            lambda state: view.show(replace(status, state=state)), lambda: impatient() or "stop" in view.requests()
        )
        notes = add_eye_events(writer, wait, warn)
        writer.seal()
    return SessionResult(folder, bundle.outcome or "completed", ended, notes)


def _title(bundle: Bundle) -> str:
    header = bundle.header
    return f"{header.study_id}, {header.participant}, session {header.session}, resumed"


def _go_on(bundle: Bundle, clock: Clock, writer: BundleWriter, utc: Callable[[], datetime]) -> tuple[TrialEnded, ...]:
    """Tell the journal that the session goes on, and that the trial in which it broke off is over."""
    writer.journal(SessionResumed(t_ns=clock.now_ns(), reboot=_rebooted(bundle.header, clock, utc)))
    if not bundle.trials or bundle.trials[-1].ended_ns is not None:
        return ()
    broken = TrialEnded(
        t_ns=clock.now_ns(), trial=bundle.trials[-1].number, valid=False, devices=(),
        reason="the session broke off within this trial",
    )  # fmt: skip
    writer.journal(broken)
    return (broken,)


def _mend_face_video(bundle: Bundle) -> None:
    """Let the video and its list of frames agree before the writer counts their lines."""
    if bundle.face_video is None:
        return
    from collect.devices.camera.face_video import FaceVideoWriter

    camera = bundle.header.camera
    FaceVideoWriter(bundle.folder, camera.width_px, camera.height_px, camera.nominal_fps).close()


def _rebooted(header: BundleHeader, clock: Clock, utc: Callable[[], datetime]) -> bool:
    """Both times of one moment tell when the machine was started; if the two answers differ, it was started again."""
    began = datetime.fromisoformat(header.created_utc).timestamp() - header.created_ns / 1e9
    begins = utc().timestamp() - clock.now_ns() / 1e9
    return abs(begins - began) > _SAME_START_S
