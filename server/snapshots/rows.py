"""The rows of a snapshot, read in one transaction that sees one state of the database."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from annotate.aggregation.cast import Cast, Decisions, Question
from annotate.aggregation.policies import decisions_counted, labels
from annotate.scales import Emotion, Flag, Instrument, Polarity
from annotate.scales import Vote as Answer
from annotate.snapshot.format import LabelPolicy, SnapshotFilters
from server.db.accounts import Account
from server.db.answers import current_answers
from server.db.ratings import Adjudication, RatingTask, Vote
from server.db.studies import Participant, Stimulus, Study
from server.db.trials import Recording, SelfReport, Trial

Row = dict[str, Any]


@dataclass(frozen=True)
class Rows:
    """All but the folds. `trials` lack `fold`; `classes` gives each participant's ER classes, to stratify by.

    `adjudicated`: how many of the labels are an adjudicator's.
    """

    trials: list[Row]
    labels: list[Row]
    votes: list[Row]
    self_reports: list[Row]
    classes: dict[str, list[str]]
    adjudicated: int = 0


def read_rows(session: Session, filters: SnapshotFilters, policy: LabelPolicy) -> Rows:
    """The valid trials that the filters let in, with what people said of them.

    Let in are trials of sealed recordings, of the origins and studies asked for, whose participant agreed to training
    and has not withdrawn; labelled or not. Participants of the same pseudonym in two studies count as one person: if
    they are one, no fold may part them, and if they are not, nothing is lost. Answers to gold trials count as any
    other; answers to training trials never do.
    """
    trials = [_trial_row(row) for row in session.execute(_trials(filters))]
    let_in = {row["trial"]: row["participant"] for row in trials}
    # Plain rows and all at once: as objects of the session, tens of thousands of answers take three times as long.
    found = session.connection().execute(_current_votes()).fetchall()
    votes = [vote for vote in map(_Said._make, found) if vote.trial in let_in]
    decisions = _decisions(session)
    made = labels(policy, _by_question(votes), decisions)
    classes: dict[str, list[str]] = {participant: [] for participant in let_in.values()}
    for label in made:
        if label["instrument"] == Instrument.ER.value and label["seven"] is not None:
            classes[let_in[str(label["trial"])]].append(str(label["seven"]))
    reports = [report for report in session.scalars(select(SelfReport)) if report.trial_id in let_in]
    return Rows(
        trials,
        made,
        [vote._asdict() for vote in votes],
        [_report_row(each) for each in reports],
        classes,
        decisions_counted(policy, made, decisions),
    )


def count_by_origin(session: Session, filters: SnapshotFilters) -> dict[str, int]:
    """How many trials each origin would let in, whatever origins the filters name."""
    everything = filters.model_copy(update={"origins": ("real", "imported", "simulated")})
    per_origin = _trials(everything).with_only_columns(Recording.origin, func.count()).order_by(None)
    return {row[0]: row[1] for row in session.execute(per_origin.group_by(Recording.origin))}


def unknown_studies(session: Session, studies: Sequence[str]) -> tuple[list[str], list[str]]:
    """Those of `studies` that the database does not know, and all that it knows."""
    known = sorted(session.scalars(select(Study.id)))
    return [study for study in studies if study not in known], known


def _trials(filters: SnapshotFilters) -> Any:
    query = (
        select(Trial, Recording, Participant.pseudonym, Stimulus)
        .join(Recording, Recording.id == Trial.recording_id)
        .join(Participant, Participant.id == Recording.participant_id)
        .join(Stimulus, Stimulus.id == Trial.stimulus_id)
        .where(
            Trial.valid,
            Recording.state == "sealed",
            Recording.origin.in_(filters.origins),
            Recording.consent_training,
            Participant.withdrawn_utc.is_(None),
        )
        .order_by(Trial.id)
    )
    return query.where(Recording.study_id.in_(filters.studies)) if filters.studies else query


class _Said(NamedTuple):
    """A vote as the snapshot's table has it."""

    trial: str
    rater: str
    instrument: str
    seven: str
    three: str
    valence: float
    arousal: float
    intensity: float | None
    flags: str
    prelabel_seen: bool


def _current_votes() -> Any:
    return current_answers().with_only_columns(
        RatingTask.trial_id, Account.pseudonym, Vote.instrument, Vote.seven, Vote.three, Vote.valence, Vote.arousal,
        Vote.intensity, Vote.flags, Vote.prelabel_seen,
    )  # fmt: skip


def _trial_row(row: Any) -> Row:
    trial, recording, stimulus = row.Trial, row.Recording, row.Stimulus
    return {
        "trial": trial.id,
        "participant": row.pseudonym,
        "study": recording.study_id,
        "session": recording.id,
        "position": trial.position,
        "origin": recording.origin,
        "clip": stimulus.clip,
        "clip_emotion": stimulus.emotion,
        "duration_ms": trial.duration_ms,
        "face_sha256": trial.face_sha256,
        "face_offset_ms": trial.face_offset_ms,
        "gaze_sha256": trial.gaze_sha256,
        "eye_events_sha256": trial.eye_events_sha256,
        "clip_sha256": stimulus.media_sha256,
        "screen_width_px": recording.screen_width_px,
        "screen_height_px": recording.screen_height_px,
    }


def _by_question(votes: Sequence[_Said]) -> dict[Question, list[Cast]]:
    cast: dict[Question, list[Cast]] = defaultdict(list)
    for vote in votes:
        cast[vote.trial, Instrument(vote.instrument)].append(Cast(_answer(vote), vote.prelabel_seen, vote.rater))
    return cast


def _decisions(session: Session) -> Decisions:
    later = aliased(Adjudication)
    standing = select(Adjudication).where(~select(later.id).where(later.supersedes_id == Adjudication.id).exists())
    return {(row.trial_id, Instrument(row.instrument)): _answer(row) for row in session.scalars(standing)}


def _answer(answer: _Said | Adjudication) -> Answer:
    return Answer(
        instrument=Instrument(answer.instrument),
        seven=Emotion(answer.seven),
        three=Polarity(answer.three),
        valence=answer.valence,
        arousal=answer.arousal,
        intensity=answer.intensity,
        flags=tuple(Flag(flag) for flag in answer.flags.split(",") if flag),
    )


def _report_row(report: SelfReport) -> Row:
    values = {name: getattr(report, name) for name in ("seven", "three", "valence", "arousal")}
    return {"trial": report.trial_id, **values}
