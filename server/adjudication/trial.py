"""One disputed trial as an adjudicator sees it: first the recording, then, asked for, what raters said."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session, aliased

from annotate.adjudication import MIN_ANSWERS, Reason, lettered
from annotate.assignment import Seen
from annotate.scales import Emotion, Flag, Instrument, Polarity
from server.adjudication.errors import NoSuchDisputeError, OwnTrialError, TooFewAnswersError
from server.adjudication.messages import (
    Decision,
    DisputedTrial,
    Given,
    Media,
    RaterAnswer,
    Reported,
    Screen,
    Votes,
)
from server.adjudication.queue import cursor, rated_by
from server.db.accounts import Account
from server.db.disagreements import Disagreement
from server.db.exposures import note_exposure
from server.db.ratings import Adjudication, Exposure, RatingTask, Vote
from server.db.studies import Participant, Stimulus, Study
from server.db.trials import Recording, SelfReport, Trial


@dataclass(frozen=True)
class Found:
    """A trial that this adjudicator may decide on, with all that its page shows."""

    task: RatingTask
    trial: Trial
    recording: Recording
    study: Study
    has_clip: bool
    self_report: SelfReport | None
    answers: int


def found(session: Session, adjudicator_id: int, trial_id: str, instrument: Instrument, *, lock: bool = False) -> Found:
    """The trial under this instrument; `lock` lets one decision at a time be taken on it.

    Raises NoSuchDisputeError, OwnTrialError, TooFewAnswersError.
    """
    answers = select(func.count()).where(Vote.task_id == RatingTask.id, Vote.supersedes_id.is_(None)).scalar_subquery()
    query = (
        select(
            RatingTask,
            Trial,
            Recording,
            Study,
            Stimulus.media_sha256.label("clip"),
            SelfReport,
            answers.label("answers"),
            rated_by(adjudicator_id).label("own"),
        )
        .join(Trial, Trial.id == RatingTask.trial_id)
        .join(Recording, Recording.id == Trial.recording_id)
        .join(Participant, Participant.id == Recording.participant_id)
        .join(Study, Study.id == Recording.study_id)
        .join(Stimulus, Stimulus.id == Trial.stimulus_id)
        .outerjoin(SelfReport, SelfReport.trial_id == Trial.id)
        .where(
            RatingTask.trial_id == trial_id,
            RatingTask.instrument == instrument.value,
            RatingTask.state != "withdrawn",
            Recording.consent_rating,
            Participant.withdrawn_utc.is_(None),
        )
    )
    row = session.execute(query.with_for_update(of=RatingTask) if lock else query).one_or_none()
    if row is None:
        raise NoSuchDisputeError(
            f"There is no trial {trial_id} to decide on under {instrument.value}: it is not known, or its participant "
            "does not, or no longer, let people look at it. Go back to the queue"
        )
    if row.own:
        raise OwnTrialError("You have rated this trial yourself, so somebody else decides on it. Take the next one")
    if row.answers < MIN_ANSWERS:
        number = "one answer" if row.answers == 1 else "no answer"
        raise TooFewAnswersError(
            f"This trial has {number} under {instrument.value} so far; there is something to decide from "
            f"{MIN_ANSWERS} on. Take the next one"
        )
    return Found(row.RatingTask, row.Trial, row.Recording, row.Study, row.clip is not None, row.SelfReport, row.answers)


def disputed_trial(
    session: Session, adjudicator_id: int, trial_id: str, instrument: Instrument, now: datetime
) -> DisputedTrial:
    """What the page begins with; the votes are in it where this adjudicator has seen them before.

    Notes that the self-report is seen, where it is shown. Raises as `found` does.
    """
    it = found(session, adjudicator_id, trial_id, instrument)
    reported = it.self_report if instrument is Instrument.ER and it.study.er_shows_self_report else None
    if reported is not None:
        note_exposure(session, adjudicator_id, trial_id, [Seen.SELF_REPORT], now, detail="adjudication")
    counted = session.get(Disagreement, it.task.id)
    score, reasons = (counted.score, counted.reasons) if counted else (0.0, "")
    address = f"/media/trials/{trial_id}"
    return DisputedTrial(
        trial=trial_id,
        instrument=instrument,
        study=it.study.id,
        simulated=it.recording.origin == "simulated",
        duration_ms=it.trial.duration_ms,
        face_offset_ms=it.trial.face_offset_ms or 0.0,
        media=Media(
            face=f"{address}/face" if it.trial.face_sha256 else None,
            stimulus=f"{address}/stimulus" if it.has_clip else None,
            gaze=f"{address}/gaze" if it.trial.gaze_sha256 else None,
        ),
        sound=it.study.fer_sound,
        screen=Screen(width_px=it.recording.screen_width_px, height_px=it.recording.screen_height_px),
        pupil_unit=it.recording.tracker_pupil_unit,
        self_report=_reported(reported) if reported else None,
        answers=it.answers,
        places=it.task.places,
        reasons=[Reason(reason) for reason in reasons.split(",") if reason],
        current=current_decision(session, trial_id, instrument),
        cursor=cursor(score, it.task.id),
        votes=votes_of(session, adjudicator_id, it.task) if has_seen_votes(session, adjudicator_id, trial_id) else None,
    )


def reveal(session: Session, adjudicator_id: int, trial_id: str, instrument: Instrument, now: datetime) -> Votes:
    """The raters' answers and earlier decisions; that they were seen is noted. Raises as `found` does."""
    it = found(session, adjudicator_id, trial_id, instrument)
    note_exposure(session, adjudicator_id, trial_id, [Seen.OTHER_LABEL], now, detail="adjudication")
    return votes_of(session, adjudicator_id, it.task)


def current_decision(session: Session, trial_id: str, instrument: Instrument) -> int | None:
    """The number of the decision that stands."""
    newer = aliased(Adjudication)
    return session.scalar(
        select(Adjudication.id).where(
            Adjudication.trial_id == trial_id,
            Adjudication.instrument == instrument.value,
            ~exists().where(newer.supersedes_id == Adjudication.id),
        )
    )


def votes_of(session: Session, adjudicator_id: int, task: RatingTask) -> Votes:
    """The current votes under letters, in the letters' order, and the decisions in the order in which they fell."""
    newer = aliased(Vote)
    votes = list(
        session.scalars(select(Vote).where(Vote.task_id == task.id, ~exists().where(newer.supersedes_id == Vote.id)))
    )
    letter = lettered((vote.rater_id for vote in votes), adjudicator_id, f"{task.trial_id}/{task.instrument}")
    answers = [
        RaterAnswer(rater=letter[vote.rater_id], note=vote.note, prelabel_seen=vote.prelabel_seen, **_values(vote))
        for vote in votes
    ]
    decisions = session.execute(
        select(Adjudication, Account.name)
        .join(Account, Account.id == Adjudication.by_id)
        .where(Adjudication.trial_id == task.trial_id, Adjudication.instrument == task.instrument)
        .order_by(Adjudication.id)
    )
    history = [
        Decision(
            id=row.Adjudication.id,
            by=row.name,
            created_utc=row.Adjudication.created_utc,
            reason=row.Adjudication.reason,
            supersedes=row.Adjudication.supersedes_id,
            blind_answer=Given.model_validate(row.Adjudication.blind_answer) if row.Adjudication.blind_answer else None,
            **_values(row.Adjudication),
        )
        for row in decisions
    ]
    return Votes(answers=sorted(answers, key=lambda answer: (len(answer.rater), answer.rater)), history=history)


def _values(row: Vote | Adjudication) -> dict[str, object]:
    flags = [Flag(flag) for flag in row.flags.split(",")] if row.flags else []
    names = ("seven", "three", "valence", "arousal", "intensity")
    return {name: getattr(row, name) for name in names} | {"flags": flags}


def has_seen_votes(session: Session, adjudicator_id: int, trial_id: str) -> bool:
    """Whether this person has seen what others say of the trial, here or elsewhere."""
    return bool(
        session.scalar(
            select(
                exists().where(
                    Exposure.rater_id == adjudicator_id,
                    Exposure.trial_id == trial_id,
                    Exposure.what == Seen.OTHER_LABEL.value,
                )
            )
        )
    )


def _reported(report: SelfReport) -> Reported:
    return Reported(
        seven=Emotion(report.seven) if report.seven else None,
        three=Polarity(report.three) if report.three else None,
        valence=report.valence,
        arousal=report.arousal,
    )
