"""A whole session: consent, calibration, one trial after another, and a sealed bundle at the end.

What happens in between decides how the bundle is left: a stop that a person asked for is an end like any other and is
sealed; a failure is not, so that the session can be resumed.
"""

import hashlib
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Literal
from uuid import uuid4

from collect.bundle.errors import BundleExistsError, BundleWriteError
from collect.bundle.format import (
    BundleHeader,
    Calibrated,
    Consent,
    ConsentScope,
    Origin,
    SessionEnded,
    SessionStarted,
    SimulationTruth,
    TrialEnded,
    Warned,
)
from collect.bundle.study import Study
from collect.bundle.writer import BundleWriter
from collect.devices.errors import CameraUnavailableError
from collect.devices.protocols import StopRequested
from collect.errors import CollectError
from collect.session import texts
from collect.session.errors import ConsentDeclinedError, DeviceFailedError
from collect.session.states import SessionProgress, SessionState
from collect.session.trial import Devices, TrialRun
from collect.study import LoadedStudy, clip_order

Outcome = Literal["completed", "stopped by participant", "stopped by experimenter"]
Progress = Callable[[int, int], None]
_SOFTWARE = ("duchenne", "psychopy-lib", "sr-research-pylink", "av", "opencv-python-headless", "numpy")


@dataclass(frozen=True)
class SessionResult:
    """`trials`: how each trial of this run ended."""

    bundle: Path
    outcome: Outcome
    trials: tuple[TrialEnded, ...]


@dataclass(frozen=True)
class PlannedTrials:
    """The clips still to be played, with their files; the first of them is trial `first`."""

    study: Study
    clips: tuple[tuple[str, Path], ...]
    first: int = 1


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
    utc: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> SessionResult:
    """Run one session and leave its bundle in `destination`.

    participant: a pseudonym. session: this participant's n-th of the study, from 1. progress: (trials done, planned).
    Raises BundleExistsError before anything is shown, ConsentDeclinedError before anything is recorded, and what the
    devices raise; the bundle is then left unsealed and `resume_session` goes on with it.
    """
    folder = bundle_folder(destination, study, participant, session)
    if folder.exists():
        raise BundleExistsError(
            f"{folder}: there is a recording of {participant}'s session {session} already. If it broke off, resume it; "
            f"for another session, give another number."
        )
    order = clip_order(study.study, study.manifest, participant)
    states = SessionProgress()
    with ExitStack() as at_end:
        at_end.callback(devices.screen.close)
        devices.screen.open()
        consent = _ask_consent(study.study, devices, utc)
        at_end.callback(devices.tracker.close, None)
        devices.tracker.open()
        header = BundleHeader(
            bundle_id=uuid4().hex, origin=origin, study_id=study.study.id, study_sha256=study.sha256,
            participant=participant, session=session, created_utc=utc().isoformat(timespec="seconds"),
            created_ns=devices.clock.now_ns(), screen=devices.screen.info, tracker=devices.tracker.info,
            camera=devices.camera.info, consent=consent, planned_clips=order, software=_software(),
        )  # fmt: skip
        writer = BundleWriter.create(
            folder, header, study.raw, study.manifest_raw,
            {clip: study.clip_files[clip] for clip in order}, simulation, devices.clock.now_ns,
        )  # fmt: skip
        writer.journal(SessionStarted(t_ns=header.created_ns))
        plan = PlannedTrials(study.study, tuple((clip, study.clip_files[clip]) for clip in order))
        return record(plan, devices, writer, states, progress)


def record(
    plan: PlannedTrials, devices: Devices, writer: BundleWriter, states: SessionProgress, progress: Progress | None
) -> SessionResult:
    """From the open screen and tracker to the end of the session; new sessions and resumed ones alike."""
    ended: list[TrialEnded] = []
    outcome: Outcome = "completed"
    with ExitStack() as at_end:
        # Run last to first, each even if another one fails: the tracker's file is fetched before the writer closes.
        at_end.callback(writer.close)
        at_end.callback(devices.camera.close)
        at_end.callback(devices.tracker.close, writer.folder / "gaze" / "original")
        try:
            devices.camera.open(writer.folder)
            devices.screen.show_text(texts.instruction_page(len(plan.clips), plan.study.self_report), [texts.ON])
            states.go(SessionState.CALIBRATION)
            _calibrate(devices, writer)
            _run_trials(plan, devices, writer, states, ended, progress)
        except StopRequested as stop:
            outcome = "stopped by participant" if stop.by == "participant" else "stopped by experimenter"
        except KeyboardInterrupt:
            outcome = "stopped by experimenter"
        except Exception as failure:
            _warn(devices, writer, f"{type(failure).__name__}: {failure}")
            if isinstance(failure, CollectError) and not isinstance(failure, BundleWriteError):
                raise DeviceFailedError(
                    f"{failure} What was recorded until now is kept in {writer.folder}. "
                    f"When this is mended, go on: duchenne collect resume {writer.folder}"
                ) from failure
            raise
        states.go(SessionState.CLOSING)
        writer.journal(SessionEnded(t_ns=devices.clock.now_ns(), outcome=outcome))
        _close_in_order(devices, writer)
    _say_goodbye(devices, outcome)
    return SessionResult(writer.folder, outcome, tuple(ended))


def _run_trials(
    plan: PlannedTrials,
    devices: Devices,
    writer: BundleWriter,
    states: SessionProgress,
    ended: list[TrialEnded],
    progress: Progress | None,
) -> None:
    muted: set[str] = set()
    for done, (clip, file) in enumerate(plan.clips):
        if progress is not None:
            progress(done, len(plan.clips))
        trial = TrialRun(devices, writer, states.begin_trial(), clip, file)
        end, playback = trial.run(plan.study.fixation_s, plan.study.self_report)
        ended.append(end)
        if playback.sound_ns is None and not muted and _has_sound(file):
            muted.add(clip)
            _warn(devices, writer, "The clips have sound, but this machine has no sound output: they were played mute.")
        if not end.valid:
            _warn(devices, writer, f"Trial {end.trial} is not valid: {end.reason}")
        failure = devices.camera.status().failure
        if failure is not None:
            raise CameraUnavailableError(f"Trial {end.trial}: {failure}")
    if progress is not None:
        progress(len(plan.clips), len(plan.clips))


def _ask_consent(study: Study, devices: Devices, utc: Callable[[], datetime]) -> Consent:
    """Shown before anything is recorded or written. The digest is of the study's own words, as they were shown."""
    text = study.consent.text
    try:
        if devices.screen.show_text(texts.consent_page(text), [texts.YES, texts.NO]) != texts.YES:
            raise ConsentDeclinedError("The participant declined. Nothing was recorded.")
        scopes: list[ConsentScope] = list(study.consent.required)
        scopes += [
            scope
            for scope in study.consent.offered
            if devices.screen.show_text(texts.scope_page(scope), [texts.YES, texts.NO]) == texts.YES
        ]
    except (StopRequested, KeyboardInterrupt):
        raise ConsentDeclinedError("The session was stopped before consent was given. Nothing was recorded.") from None
    return Consent(
        scopes=tuple(scopes),
        text_sha256=hashlib.sha256(text.encode("utf-8")).hexdigest(),
        given_utc=utc().isoformat(timespec="seconds"),
    )


def _calibrate(devices: Devices, writer: BundleWriter) -> None:
    """Until the calibration is accepted, or somebody decides to go on with a poor one."""
    while True:
        result = devices.tracker.calibrate()
        writer.journal(
            Calibrated(
                t_ns=devices.clock.now_ns(), eye=result.eye, mean_error_deg=result.mean_error_deg,
                max_error_deg=result.max_error_deg, accepted=result.accepted,
            )
        )  # fmt: skip
        if result.accepted:
            return
        page = texts.CALIBRATION_POOR.format(mean=result.mean_error_deg, greatest=result.max_error_deg)
        if devices.screen.show_text(page, [texts.AGAIN, texts.ANYWAY]) == texts.ANYWAY:
            _warn(devices, writer, "The session goes on with a calibration that was not accepted.")
            return


def _close_in_order(devices: Devices, writer: BundleWriter) -> None:
    """Every file is complete before the seal. `close` may be called twice, so the clean-up list stays as it is."""
    devices.camera.close()
    devices.tracker.close(writer.folder / "gaze" / "original")
    writer.seal()


def _say_goodbye(devices: Devices, outcome: Outcome) -> None:
    """After sealing: nobody's patience decides whether a recording is whole."""
    try:
        devices.screen.show_text(texts.THANKS if outcome == "completed" else texts.STOPPED, [texts.ON])
    except (StopRequested, KeyboardInterrupt):
        return


def _warn(devices: Devices, writer: BundleWriter, text: str) -> None:
    writer.journal(Warned(t_ns=devices.clock.now_ns(), text=text))


def _has_sound(clip: Path) -> bool:
    from collect.devices.clip_frames import has_sound

    return has_sound(clip)


def _software() -> dict[str, str]:
    """What was installed when this was recorded."""
    found: dict[str, str] = {}
    for package in _SOFTWARE:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found
