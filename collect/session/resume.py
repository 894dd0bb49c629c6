"""Going on with a session that broke off: the same bundle, the same order, from the trial after the broken one."""

from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

from collect.bundle.format import BundleHeader, SessionEnded, SessionResumed, TrialEnded
from collect.bundle.reader import Bundle, read_bundle
from collect.bundle.writer import BundleWriter
from collect.devices.protocols import Clock
from collect.session.errors import ResumeRefusedError
from collect.session.run import PlannedTrials, Progress, SessionResult, record
from collect.session.states import SessionProgress
from collect.session.trial import Devices

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
    """The clips that were never begun. One that broke off is not repeated: it would not be new to the participant."""
    begun = max((trial.number for trial in bundle.trials), default=0)
    files = {clip.id: bundle.folder / "stimuli" / clip.file for clip in bundle.manifest.clips if clip.file is not None}
    left = bundle.header.planned_clips[begun:]
    return PlannedTrials(bundle.study, tuple((clip, files[clip]) for clip in left), begun + 1)


def resume_session(
    folder: Path,
    devices: Devices,
    progress: Progress | None = None,
    utc: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> SessionResult:
    """Go on with the unsealed bundle in `folder` and seal it at the end.

    Consent was given when the session began and is not asked again; the tracker is calibrated anew. Raises
    ResumeRefusedError, BundleError, and what the devices raise (the bundle can then be resumed once more).
    """
    bundle = readable_for_resume(folder)
    with ExitStack() as at_end:
        at_end.callback(devices.screen.close)
        devices.screen.open()
        at_end.callback(devices.tracker.close, None)
        devices.tracker.open()
        _mend_face_video(bundle)
        writer = BundleWriter.reopen(folder, devices.clock.now_ns)
        _go_on(bundle, devices.clock, writer, utc)
        plan = trials_left(bundle)
        return record(plan, devices, writer, SessionProgress(plan.first), progress)


def finish_session(
    folder: Path, clock: Clock, utc: Callable[[], datetime] = lambda: datetime.now(UTC)
) -> SessionResult:
    """Seal a session that broke off after its last clip had begun: no device is needed for that."""
    bundle = readable_for_resume(folder)
    _mend_face_video(bundle)
    with BundleWriter.reopen(folder, clock.now_ns) as writer:
        ended = _go_on(bundle, clock, writer, utc)
        if bundle.outcome is None:
            writer.journal(SessionEnded(t_ns=clock.now_ns(), outcome="completed"))
        writer.seal()
    return SessionResult(folder, "completed", ended)


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
    from collect.devices.face_video import FaceVideoWriter

    camera = bundle.header.camera
    FaceVideoWriter(bundle.folder, camera.width_px, camera.height_px, camera.nominal_fps).close()


def _rebooted(header: BundleHeader, clock: Clock, utc: Callable[[], datetime]) -> bool:
    """Both times of one moment tell when the machine was started; if the two answers differ, it was started again."""
    began = datetime.fromisoformat(header.created_utc).timestamp() - header.created_ns / 1e9
    begins = utc().timestamp() - clock.now_ns() / 1e9
    return abs(begins - began) > _SAME_START_S
