"""A whole session: consent, setup, calibration, one presentation after another, and a sealed bundle at the end.

What happens in between decides how the bundle is left: a stop that a person asked for is an end like any other and is
sealed; a failure is not, so that the session can be resumed; who withdraws leaves a tombstone.
"""

import contextlib
import hashlib
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal
from uuid import uuid4

from collect.bundle.errors import BundleExistsError, BundleWriteError
from collect.bundle.format import (
    BundleHeader,
    Consent,
    ConsentScope,
    Origin,
    SessionStarted,
    SetupChecked,
    SimulationTruth,
    TrialEnded,
    Warned,
)
from collect.bundle.study import Study
from collect.bundle.tombstone import read_tombstone
from collect.bundle.writer import BundleWriter
from collect.devices.errors import SoundUnavailableError
from collect.devices.protocols import StopRequested
from collect.errors import CollectError
from collect.installed import installed_versions
from collect.language.words import Words, words_for
from collect.operator.protocol import Operator
from collect.operator.silent import SilentOperator
from collect.plan.session_plan import session_plan
from collect.session import pages
from collect.session.course import Course, Progress
from collect.session.desk import Desk
from collect.session.devices import Devices
from collect.session.ending import Ending, close_and_seal, close_devices, farewell, tell_participant_to_wait
from collect.session.errors import ConsentDeclinedError, DeviceFailedError, StoppedInSetupError
from collect.session.interrupts import ended_in_order
from collect.session.presentations import PlannedTrials, planned_trials
from collect.session.setup_check import SetupLook
from collect.session.states import SessionProgress, SessionState
from collect.study import LoadedStudy

Outcome = Literal["completed", "stopped by participant", "stopped by experimenter", "withdrawn"]
_SOFTWARE = ("duchenne", "psychopy-lib", "sr-research-pylink", "pylsl", "av", "opencv-python-headless", "numpy")


def _now_utc() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class SessionResult:
    """`trials`: how each presentation of this run ended. `withdrawn`: nothing but a tombstone is left.

    `notes`: what the experimenter should know of the bundle, in words.
    """

    bundle: Path
    outcome: Outcome
    trials: tuple[TrialEnded, ...]
    notes: tuple[str, ...] = ()


def bundle_folder(destination: Path, study: LoadedStudy, participant: str, session: int) -> Path:
    """Where the bundle of this session is made."""
    return destination / f"{study.study.id}_{participant}_{session:02d}"


def run_session(
    study: LoadedStudy,
    participant: str,
    session: int,
    devices: Devices,
    destination: Path,
    origin: Origin,
    simulation: SimulationTruth | None = None,
    progress: Progress | None = None,
    utc: Callable[[], datetime] = _now_utc,
    *,
    operator: Operator | None = None,
    needs_sound: bool | None = None,
) -> SessionResult:
    """Run one session and leave its bundle in `destination`.

    participant: a pseudonym. session: this participant's n-th of the study, from 1. progress: (presentations done,
    planned). operator: the experimenter's view; the caller closes it. needs_sound: None: as the study says.
    Raises BundleExistsError before anything is shown; ConsentDeclinedError, StoppedInSetupError and
    SoundUnavailableError before anything is recorded; and what the devices raise; the bundle is then left unsealed and
    `resume_session` goes on with it.
    """
    folder = bundle_folder(destination, study, participant, session)
    _refuse_twice(folder, participant, session)
    plan = session_plan(study.study, study.manifest, participant)
    trials = planned_trials(study.study, study.manifest, plan, study.clip_files)
    words = words_for(study.study.language)
    desk = Desk(operator or SilentOperator(), devices, f"{study.study.id}, {participant}, session {session}", folder)
    with ExitStack() as at_end:
        at_end.enter_context(ended_in_order())
        at_end.callback(devices.screen.close)
        devices.screen.open()
        consent = _ask_consent(study.study, words, devices, desk, utc)
        at_end.callback(devices.tracker.close, None)
        devices.tracker.open()
        at_end.callback(devices.camera.close)
        devices.camera.prepare()
        checked = check_setup(trials, words, devices, desk, folder, needs_sound=needs_sound)
        header = BundleHeader(
            bundle_id=uuid4().hex, origin=origin, study_id=study.study.id, study_sha256=study.sha256,
            participant=participant, session=session, created_utc=utc().isoformat(timespec="seconds"),
            created_ns=devices.clock.now_ns(), screen=devices.screen.info, tracker=devices.tracker.info,
            camera=devices.camera.info, consent=consent, planned_clips=tuple(planned.clip for planned in plan),
            plan=plan, software=installed_versions(_SOFTWARE),
        )  # fmt: skip
        writer = BundleWriter.create(
            folder, header, study.raw, study.manifest_raw,
            {planned.clip: study.clip_files[planned.clip] for planned in plan}, simulation, devices.clock.now_ns,
        )  # fmt: skip
        writer.journal(SessionStarted(t_ns=header.created_ns))
        return record(trials, devices, writer, SessionProgress(), desk, words, checked, progress, utc)


def check_setup(
    plan: PlannedTrials, words: Words, devices: Devices, desk: Desk, folder: Path, *, needs_sound: bool | None
) -> SetupChecked:
    """The setup page, until the experimenter goes on. Raises StoppedInSetupError, SoundUnavailableError."""
    study = plan.study
    desk.planned(plan.presentations, plan.total, len(study.self_report), study.fixation_s + study.rest_s)
    desk.now(SessionState.SETUP)
    look = SetupLook(study, devices, words, desk, folder)
    try:
        devices.screen.show_setup(look, (pages.ON,))
        checked = look.checked()
        if (study.needs_sound if needs_sound is None else needs_sound) and not devices.screen.has_sound:
            devices.screen.show_text(words.pages.sound_needed, (pages.ON,), desk.poll)
            raise SoundUnavailableError(
                "This machine has no sound output, and the study needs sound. Plug in or enable a sound card; or say "
                "'needs_sound: false' in the study, and clips are played mute. Nothing was recorded."
            )
    except (StopRequested, KeyboardInterrupt):
        raise StoppedInSetupError("The session was stopped in its setup. Nothing was recorded.") from None
    return checked


def record(
    plan: PlannedTrials,
    devices: Devices,
    writer: BundleWriter,
    states: SessionProgress,
    desk: Desk,
    words: Words,
    checked: SetupChecked,
    progress: Progress | None,
    utc: Callable[[], datetime],
) -> SessionResult:
    """From the setup page to the end of the session; new sessions and resumed ones alike."""
    course = Course(plan, devices, writer, states, desk, words)
    outcome: Ending = "completed"
    with ExitStack() as at_end:
        at_end.callback(writer.close)
        try:
            writer.journal(checked.model_copy(update={"t_ns": devices.clock.now_ns()}))
            devices.camera.open(writer.folder)
            desk.recording(writer)
            course.run(progress)
        except StopRequested as stop:
            outcome = "stopped by participant" if stop.by == "participant" else "stopped by experimenter"
        except KeyboardInterrupt:
            outcome = "stopped by experimenter"
        except Exception as failure:
            raise _failed(failure, devices, writer, desk, words) from failure
        states.go(SessionState.CLOSING)
        desk.now(SessionState.CLOSING)
        notes = close_and_seal(devices, writer, desk, words, outcome)
    withdrawn = farewell(devices, words, writer, outcome, utc)
    return SessionResult(writer.folder, "withdrawn" if withdrawn else outcome, tuple(course.ended), notes)


def _failed(failure: Exception, devices: Devices, writer: BundleWriter, desk: Desk, words: Words) -> Exception:
    """Tell everybody at once, keep what there is, and return what is to be raised: told in words where it can be."""
    desk.now("failed")
    with contextlib.suppress(BundleWriteError):
        desk.warn(f"{type(failure).__name__}: {failure}")
    wrong: list[str] = []
    tell_participant_to_wait(devices, words, desk, lambda: wrong.extend(close_devices(devices, writer)))
    with contextlib.suppress(BundleWriteError):  # a file that stayed on the tracker's host is fetched by these words
        for text in wrong:
            writer.journal(Warned(t_ns=devices.clock.now_ns(), text=text))
    if not isinstance(failure, CollectError):
        return failure
    also = "".join(f" Besides: {text}" for text in wrong if text not in str(failure))
    if isinstance(failure, BundleWriteError):
        return BundleWriteError(f"{failure}{also} Go on: duchenne collect resume {writer.folder}")
    return DeviceFailedError(
        f"{failure}{also} What was recorded until now is kept in {writer.folder}. "
        f"When this is mended, go on: duchenne collect resume {writer.folder}"
    )


def _refuse_twice(folder: Path, participant: str, session: int) -> None:
    if not folder.exists():
        return
    if read_tombstone(folder) is not None:
        raise BundleExistsError(
            f"{folder}: {participant} withdrew session {session}, and it stays withdrawn. If they take part again, "
            "give another number."
        )
    raise BundleExistsError(
        f"{folder}: there is a recording of {participant}'s session {session} already. If it broke off, resume it; "
        f"for another session, give another number."
    )


def _ask_consent(study: Study, words: Words, devices: Devices, desk: Desk, utc: Callable[[], datetime]) -> Consent:
    """Shown before anything is recorded or written. The digest is of the study's own words, as they were shown."""
    desk.now("consent")
    show = devices.screen.show_text
    try:
        if show(pages.consent_page(words, study.consent.text), (pages.YES, pages.NO), desk.poll) != pages.YES:
            show(words.consent.declined, (pages.ON,), desk.poll)
            raise ConsentDeclinedError("The participant declined. Nothing was recorded.")
        scopes: list[ConsentScope] = list(study.consent.required)
        scopes += [
            scope
            for scope in study.consent.offered
            if show(pages.scope_page(words, scope), (pages.YES, pages.NO), desk.poll) == pages.YES
        ]
    except (StopRequested, KeyboardInterrupt):
        raise ConsentDeclinedError("The session was stopped before consent was given. Nothing was recorded.") from None
    return Consent(
        scopes=tuple(scopes),
        text_sha256=hashlib.sha256(study.consent.text.encode("utf-8")).hexdigest(),
        given_utc=utc().isoformat(timespec="seconds"),
    )
