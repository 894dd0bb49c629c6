"""What comes before a study's trials, and between them: the training set, and gold trials.

A study with a qualifying score has each rater answer its training trials first, each once. Who reaches the score is
qualified for good; to who does not, the study's trials stay closed until the researcher opens the training anew
(server.db.training). A study without training trials under an instrument asks for none, whatever its score.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from statistics import fmean
from typing import Any

from sqlalchemy import Row, Select, and_, exists, select
from sqlalchemy.orm import Session, aliased

from annotate.scales import Instrument
from annotate.scales import Vote as Answer
from annotate.training import is_qualified, score
from server.db.ratings import Claim, Qualification, RatingTask, ReferenceAnswer, Vote
from server.db.studies import Study
from server.db.trials import Recording, Trial
from server.rating.messages import Feedback, RightAnswer
from server.rating.queue import Candidate, is_open_to
from server.rating.sequence import Walk, walk_of

_FIELDS = ("instrument", "seven", "three", "valence", "arousal", "intensity")


@dataclass(frozen=True)
class StudyRules:
    """What a study says of its rating, and whether this rater is qualified for it under this instrument."""

    id: str
    prelabel_share: float
    gold_share: float
    qualifying_score: float
    break_after_min: int
    qualified: bool


@dataclass(frozen=True)
class TrainingSet:
    """One study's training for one rater.

    `of` trials are in it, those answered have their `scores`; `next` are those that can be given now (not those that
    the rater holds), in the rater's order. `qualified` is None until all are answered.
    """

    of: int
    scores: Sequence[float]
    next: Sequence[Candidate]
    qualified: bool | None


@dataclass(frozen=True)
class Training:
    """All that is asked of a rater under an instrument, by study."""

    sets: Mapping[str, TrainingSet] = field(default_factory=dict)

    @property
    def next(self) -> list[Candidate]:
        return [candidate for one in self.sets.values() for candidate in one.next]

    @property
    def left(self) -> int:
        """How many trials of them are not answered."""
        return sum(one.of - len(one.scores) for one in self.sets.values())

    @property
    def barred(self) -> set[str]:
        """Studies whose trials are closed to the rater now."""
        return {study for study, one in self.sets.items() if not one.qualified}

    @property
    def failed(self) -> bool:
        """Whether a score was not reached."""
        return any(one.qualified is False for one in self.sets.values())


def study_rules(session: Session, rater_id: int, instrument: Instrument) -> dict[str, StudyRules]:
    """Every study by its id."""
    passed = exists().where(
        Qualification.study_id == Study.id,
        Qualification.rater_id == rater_id,
        Qualification.instrument == instrument.value,
    )
    rows = session.execute(
        select(
            Study.id,
            Study.prelabel_share,
            Study.gold_share,
            Study.qualifying_score,
            Study.break_after_min,
            passed.label("qualified"),
        ).order_by(Study.id)
    )
    return {row.id: StudyRules(*row) for row in rows}


def ask_training(
    session: Session, rater_id: int, instrument: Instrument, studies: Mapping[str, StudyRules], now: datetime
) -> Training:
    """The training of those studies that ask for one and that the rater is not qualified for."""
    asking = [study for study in studies.values() if study.qualifying_score > 0 and not study.qualified]
    if not asking:
        return Training()
    rows: dict[str, list[Row[Any]]] = defaultdict(list)
    for row in session.execute(_training_trials(rater_id, instrument, [study.id for study in asking], now)):
        if row.answered or row.is_open:
            rows[row.study_id].append(row)
    return Training(
        {study.id: _set_of(study, rows[study.id], rater_id, instrument) for study in asking if rows[study.id]}
    )


def gold_trials(
    session: Session, rater_id: int, instrument: Instrument, study_id: str, now: datetime
) -> list[Candidate]:
    """The study's gold trials that this rater has never had, in the rater's order."""
    had = exists().where(Claim.task_id == RatingTask.id, Claim.rater_id == rater_id)
    rows = session.execute(
        _tasks_of("gold", instrument, [study_id])
        .with_only_columns(RatingTask.id, RatingTask.trial_id, RatingTask.order_key)
        .where(~had, is_open_to(RatingTask, rater_id, instrument, now))
    )
    walk = walk_of(rater_id, instrument)
    return sorted((Candidate(*row) for row in rows), key=lambda one: walk.steps_to(one.order_key))


def feedback(session: Session, rater_id: int, vote_id: int, task_id: int, now: datetime) -> Feedback | None:
    """What is told after this answer to a training trial; None where the trial is none (any more).

    What came later than this answer is left out, so that the same answer sent again is told the same.
    """
    study = session.execute(
        select(RatingTask.instrument, Study.id, Study.qualifying_score)
        .join(Trial, Trial.id == RatingTask.trial_id)
        .join(Recording, Recording.id == Trial.recording_id)
        .join(Study, Study.id == Recording.study_id)
        .where(RatingTask.id == task_id, RatingTask.purpose == "training")
    ).one_or_none()
    if study is None:
        return None
    found = session.execute(_training_trials(rater_id, Instrument(study.instrument), [study.id], now)).all()
    trials = [row for row in found if row.answered or row.is_open]
    own = next((row for row in trials if row.vote_id == vote_id), None)
    if own is None:
        return None
    scores = [_score(row) for row in trials if row.answered and row.vote_id <= vote_id]
    return Feedback(
        answer=RightAnswer.model_validate(_right(own), from_attributes=True),
        explanation=own.explanation,
        score=_score(own),
        done=len(scores),
        of=len(trials),
        qualified=is_qualified(scores, len(trials), study.qualifying_score),
    )


def qualify(session: Session, rater_id: int, instrument: Instrument, now: datetime) -> None:
    """Enter the rater's qualification for each study whose training is answered well enough."""
    studies = study_rules(session, rater_id, instrument)
    for study, one in ask_training(session, rater_id, instrument, studies, now).sets.items():
        if one.qualified:
            session.add(
                Qualification(
                    rater_id=rater_id,
                    study_id=study,
                    instrument=instrument.value,
                    score=fmean(one.scores),
                    trials=one.of,
                    passed_utc=now,
                )
            )
    session.flush()


def _set_of(study: StudyRules, rows: Sequence[Row[Any]], walk: Walk) -> TrainingSet:
    scores = [_score(row) for row in rows if row.answered]
    following = [Candidate(row.id, row.trial_id, row.order_key) for row in rows if not (row.answered or row.is_held)]
    return TrainingSet(
        of=len(rows),
        scores=scores,
        next=sorted(following, key=lambda one: walk.steps_to(one.order_key)),
        qualified=is_qualified(scores, len(rows), study.qualifying_score),
    )


def _tasks_of(purpose: str, instrument: Instrument, studies: Sequence[str]) -> Select[Any]:
    return (
        select(RatingTask)
        .join(Trial, Trial.id == RatingTask.trial_id)
        .join(Recording, Recording.id == Trial.recording_id)
        .where(
            RatingTask.state != "withdrawn",
            RatingTask.instrument == instrument.value,
            RatingTask.purpose == purpose,
            Recording.study_id.in_(studies),
        )
    )


def _training_trials(rater_id: int, instrument: Instrument, studies: Sequence[str], now: datetime) -> Select[Any]:
    """Training trials with what experts say, the rater's place and the rater's answer as it stands."""
    newer = aliased(Vote)
    newest = ~select(newer.id).where(newer.supersedes_id == Vote.id).exists()
    return (
        _tasks_of("training", instrument, studies)
        .with_only_columns(
            RatingTask.id,
            RatingTask.trial_id,
            RatingTask.order_key,
            Recording.study_id,
            is_open_to(RatingTask, rater_id, instrument, now).label("is_open"),
            and_(Claim.id.is_not(None), Claim.state == "done").label("answered"),
            and_(Claim.id.is_not(None), Claim.state == "leased", Claim.expires_utc > now).label("is_held"),
            Vote.id.label("vote_id"),
            *(getattr(Vote, name).label(f"own_{name}") for name in _FIELDS),
            *(getattr(ReferenceAnswer, name).label(f"right_{name}") for name in _FIELDS),
            ReferenceAnswer.explanation,
        )
        .join(
            ReferenceAnswer,
            and_(ReferenceAnswer.trial_id == RatingTask.trial_id, ReferenceAnswer.instrument == RatingTask.instrument),
        )
        .outerjoin(Claim, and_(Claim.task_id == RatingTask.id, Claim.rater_id == rater_id))
        .outerjoin(Vote, and_(Vote.task_id == RatingTask.id, Vote.rater_id == rater_id, newest))
        .order_by(RatingTask.id)
    )


def _score(row: Row[Any]) -> float:
    return score(_answer(row, "own"), _right(row))


def _right(row: Row[Any]) -> Answer:
    return _answer(row, "right")


def _answer(row: Row[Any], whose: str) -> Answer:
    return Answer.model_validate({name: getattr(row, f"{whose}_{name}") for name in _FIELDS})
