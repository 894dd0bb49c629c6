"""A bundle's rows: study, participant, stimuli, recording, trials, self-reports, and what there is to rate."""

import hashlib
import secrets
from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from annotate.scales import Instrument
from collect.bundle import trials as bundle_trials
from collect.bundle.format import BundleHeader
from collect.bundle.reader import Bundle
from server.db.ratings import CIRCLE, RatingTask, band_of
from server.db.studies import Participant, Stimulus, Study
from server.db.trials import Recording, SelfReport, Trial
from server.sessions.errors import ParticipantWithdrawnError
from server.sessions.trial_media import TrialMedia, count_eyes

#: Until a model has said something of a trial: server.predictions gives a trial of which nothing is known the same.
NEW_PRIORITY = 0.4
NEW_REASON = "new, no prediction yet"


def trial_id(bundle_id: str, number: int) -> str:
    """A trial's public id (32 hex): the same wherever and whenever its bundle is ingested."""
    return hashlib.sha256(f"{bundle_id}/{number}".encode()).hexdigest()[:32]


def find_study(session: Session, bundle: Bundle, raters: int) -> tuple[Study, tuple[str, ...]]:
    """The bundle's study, made if it is new, and notes on where the bundle's study file says otherwise."""
    said = bundle.study
    study = session.get(Study, said.id)
    if study is None:
        study = Study(
            id=said.id,
            title=said.title[:200],
            raters_per_instrument=raters,
            er_shows_self_report=said.er_shows_self_report,
            fer_sound=said.fer_sound,
        )
        session.add(study)
        session.flush()
    notes = tuple(
        f"study {said.id}: the bundle's study file says {field} {str(getattr(said, field)).lower()}, the database "
        f"{str(getattr(study, field)).lower()}; the database's is kept, so that all trials are rated alike"
        for field in ("er_shows_self_report", "fer_sound")
        if getattr(said, field) != getattr(study, field)
    )
    return study, notes


def find_participant(session: Session, header: BundleHeader) -> Participant:
    """The participant, made if new. Raises ParticipantWithdrawnError."""
    whose = {"study_id": header.study_id, "pseudonym": header.participant}
    person = session.scalar(select(Participant).filter_by(**whose).with_for_update())  # a withdrawal waits, or has been
    refuse_withdrawn(session, header)
    if person is None:
        session.add(person := Participant(**whose))
        session.flush()
    return person


def refuse_withdrawn(session: Session, header: BundleHeader) -> None:
    """Raises ParticipantWithdrawnError where whoever was recorded has withdrawn."""
    person = select(Participant.withdrawn_utc).filter_by(study_id=header.study_id, pseudonym=header.participant)
    withdrawn_utc = session.scalar(person)
    if withdrawn_utc is not None:
        raise ParticipantWithdrawnError(
            f"participant {header.participant} of study {header.study_id}: withdrew on {withdrawn_utc:%Y-%m-%d}, so "
            "nothing of theirs is taken; delete the bundle with `duchenne collect withdraw`"
        )


def add_recording(session: Session, bundle: Bundle, digest: str, participant: Participant, now: datetime) -> Recording:
    header = bundle.header
    counts = count_eyes(bundle.gaze_samples(), bundle.eye_events(), bundle.gaze_messages())
    recording = Recording(
        id=header.bundle_id,
        digest_sha256=digest,
        study_id=header.study_id,
        study_sha256=header.study_sha256,
        participant_id=participant.id,
        session=header.session,
        origin=header.origin,
        state="sealed" if bundle.state == "sealed" else "aborted",
        outcome=bundle.outcome or "",
        recorded_utc=header.created_utc,
        ingested_utc=now,
        consent_rating="rating" in header.consent.scopes,
        consent_training="training" in header.consent.scopes,
        consent_publication="publication" in header.consent.scopes,
        consent_text_sha256=header.consent.text_sha256,
        tracker_kind=header.tracker.kind,
        tracker_model=header.tracker.model,
        tracker_rate_hz=header.tracker.rate_hz,
        tracker_eyes=header.tracker.eyes,
        tracker_pupil_unit=header.tracker.pupil_unit,
        tracker_simulated=header.tracker.simulated,
        camera_kind=header.camera.kind,
        camera_model=header.camera.model,
        camera_simulated=header.camera.simulated,
        screen_width_px=header.screen.width_px,
        screen_height_px=header.screen.height_px,
        screen_vsync=header.screen.vsync,
        **vars(counts),
    )
    session.add(recording)
    session.flush()
    return recording


def add_trials(session: Session, bundle: Bundle, media: Mapping[int, TrialMedia]) -> list[Trial]:
    """The trials with their stimuli and self-reports, in order."""
    rows = []
    for trial in bundle.main_trials:
        stored = media[trial.number]
        stimulus = _find_stimulus(session, bundle, trial.clip, stored.clip_sha256)
        rows.append(_trial_row(bundle, trial, stimulus, stored))
        session.add(rows[-1])
    session.flush()
    session.add_all(row for trial in bundle.main_trials if (row := _self_report_row(bundle, trial)) is not None)
    session.flush()
    return rows


def add_tasks(session: Session, trials: list[Trial], places: int, now: datetime) -> dict[Instrument, int]:
    """What there is to rate of the valid ones: ER of each, FER where there is a face. Returns how many of each."""
    made = dict.fromkeys(Instrument, 0)
    for trial in trials:
        for instrument in Instrument:
            if not trial.valid or (instrument is Instrument.FER and trial.face_sha256 is None):
                continue
            session.add(
                RatingTask(
                    trial_id=trial.id,
                    instrument=instrument.value,
                    media_id=secrets.token_hex(16),
                    places=places,
                    priority=NEW_PRIORITY,
                    band=band_of(NEW_PRIORITY),
                    order_key=secrets.randbelow(CIRCLE),
                    priority_reason=NEW_REASON,
                    created_utc=now,
                )
            )
            made[instrument] += 1
    session.flush()
    return made


def forget_aborted(session: Session, recording_id: str) -> None:
    """Take an aborted recording out, to make way for its sealed self. Nothing of it was ever given to a rater."""
    trials = select(Trial.id).where(Trial.recording_id == recording_id)
    session.execute(delete(SelfReport).where(SelfReport.trial_id.in_(trials)))
    session.execute(delete(Trial).where(Trial.recording_id == recording_id))
    session.execute(delete(Recording).where(Recording.id == recording_id))


def _find_stimulus(session: Session, bundle: Bundle, clip_id: str, sha256: str | None) -> Stimulus:
    study_id = bundle.header.study_id
    stimulus = session.scalar(select(Stimulus).filter_by(study_id=study_id, clip=clip_id, media_sha256=sha256))
    if stimulus is None:
        clip = bundle.manifest.clip(clip_id)
        assert clip is not None, "the reader has compared journal and manifest"
        stimulus = Stimulus(
            study_id=study_id,
            clip=clip_id,
            emotion=clip.emotion,
            media_sha256=sha256,
            duration_ms=None if clip.duration_s is None else clip.duration_s * 1000,
            placeholder=clip.placeholder,
        )
        session.add(stimulus)
        session.flush()
    return stimulus


def _trial_row(bundle: Bundle, trial: bundle_trials.Trial, stimulus: Stimulus, stored: TrialMedia) -> Trial:
    started, ended = trial.clip_started_ns, trial.clip_ended_ns
    return Trial(
        id=trial_id(bundle.header.bundle_id, trial.number),
        recording_id=bundle.header.bundle_id,
        position=trial.number,
        stimulus_id=stimulus.id,
        duration_ms=0.0 if started is None or ended is None else (ended - started) / 1e6,
        valid=trial.valid,
        invalid_reason="" if trial.valid else trial.reason or "no reason was given",
        face_sha256=stored.face_sha256,
        face_offset_ms=stored.face_offset_ms,
        gaze_sha256=stored.gaze_sha256,
        eye_events_sha256=stored.eye_events_sha256,
        frames_in_clip=trial.frames_in_clip or 0,
        frames_shown=trial.frames_shown or 0,
        frames_late=trial.frames_late or 0,
        **vars(stored.counts),
    )


def _self_report_row(bundle: Bundle, trial: bundle_trials.Trial) -> SelfReport | None:
    said = trial.self_report
    if said is None:
        return None
    values = said.model_dump(exclude={"event", "t_ns", "trial", "text"})  # their own words may name people
    return SelfReport(trial_id=trial_id(bundle.header.bundle_id, trial.number), **values)
