"""What comes before a study's trials, and between them: the training set, and gold trials.

A study with a qualifying score has each rater answer its training trials first, each once. Who reaches the score is
qualified for good; to who does not, the study's trials stay closed until the researcher opens the training anew
(server.db.training). A study without training trials under an instrument asks for none, whatever its score.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from statistics import fmean
from typing import Any

from sqlalchemy import Connection, Select, and_, bindparam, exists, func, insert, select

from annotate.scales import Instrument
from annotate.scales import Vote as Answer
from annotate.training import is_qualified, score
from server.db.prepared import Prepared
from server.db.ratings import Claim, Qualification, RatingTask, ReferenceAnswer, Vote
from server.db.studies import Study
from server.db.trials import Recording, Trial
from server.rating.messages import Feedback, RightAnswer
from server.rating.queue import NOW, RATER, Candidate, is_open_to, known
from server.rating.sequence import Walk, walk_of

_FIELDS = ("instrument", "seven", "three", "valence", "arousal", "intensity")

_STUDY: Any = Study.__table__
_PASSED: Any = Qualification.__table__
_TASK: Any = RatingTask.__table__
_TRIAL: Any = Trial.__table__
_RECORDING: Any = Recording.__table__
_CLAIM: Any = Claim.__table__
_VOTE: Any = Vote.__table__
_RIGHT: Any = ReferenceAnswer.__table__

_STUDIES = Prepared(
    select(
        _STUDY.c.id,
        _STUDY.c.prelabel_share,
        _STUDY.c.gold_share,
        _STUDY.c.qualifying_score,
        _STUDY.c.break_after_min,
        exists()
        .where(
            _PASSED.c.study_id == _STUDY.c.id,
            _PASSED.c.rater_id == bindparam("rater"),
            _PASSED.c.instrument == bindparam("instrument"),
        )
        .label("qualified"),
    ).order_by(_STUDY.c.id)
)


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


def study_rules(connection: Connection, rater_id: int, instrument: Instrument) -> dict[str, StudyRules]:
    """Every study by its id."""
    rows = _STUDIES.all(connection, {"rater": rater_id, "instrument": instrument.value})
    return {row.id: StudyRules(*row) for row in rows}


def ask_training(
    connection: Connection, rater_id: int, instrument: Instrument, studies: Mapping[str, StudyRules], now: datetime
) -> Training:
    """The training of those studies that ask for one and that the rater is not qualified for."""
    asking = [study for study in studies.values() if study.qualifying_score > 0 and not study.qualified]
    if not asking:
        return Training()
    rows: dict[str, list[Any]] = defaultdict(list)
    for row in _training_trials(connection, rater_id, instrument, [study.id for study in asking], now):
        rows[row.study_id].append(row)
    walk = walk_of(rater_id, instrument)
    return Training({study.id: _set_of(study, rows[study.id], walk) for study in asking if rows[study.id]})


def gold_trials(
    connection: Connection, rater_id: int, instrument: Instrument, study_id: str, now: datetime
) -> list[Candidate]:
    """The study's gold trials that this rater has never had, in the rater's order."""
    had = exists().where(_CLAIM.c.task_id == _TASK.c.id, _CLAIM.c.rater_id == RATER)
    query = _tasks_of("gold", instrument, [study_id]).add_columns(
        _TASK.c.id, _TASK.c.trial_id, _TASK.c.order_key, _TASK.c.places, _TASK.c.purpose
    )
    rows = connection.execute(query.where(~had, is_open_to(_TASK.c, instrument)), known(rater_id, now))
    return _in_order((Candidate(*row) for row in rows), walk_of(rater_id, instrument))


def feedback(connection: Connection, rater_id: int, vote_id: int, task_id: int, now: datetime) -> Feedback | None:
    """What is told after this answer to a training trial; None where the trial is none (any more).

    What came later than this answer is left out, so that the same answer sent again is told the same.
    """
    study = connection.execute(
        select(_TASK.c.instrument, _STUDY.c.id, _STUDY.c.qualifying_score)
        .select_from(_TASK)
        .join(_TRIAL, _TRIAL.c.id == _TASK.c.trial_id)
        .join(_RECORDING, _RECORDING.c.id == _TRIAL.c.recording_id)
        .join(_STUDY, _STUDY.c.id == _RECORDING.c.study_id)
        .where(_TASK.c.id == task_id, _TASK.c.purpose == "training")
    ).one_or_none()
    if study is None:
        return None
    trials = _training_trials(connection, rater_id, Instrument(study.instrument), [study.id], now)
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


def qualify(connection: Connection, rater_id: int, instrument: Instrument, now: datetime) -> None:
    """Enter the rater's qualification for each study whose training is answered well enough."""
    studies = study_rules(connection, rater_id, instrument)
    for study, one in ask_training(connection, rater_id, instrument, studies, now).sets.items():
        if one.qualified:
            passed = {"score": fmean(one.scores), "trials": one.of, "passed_utc": now}
            whose = {"rater_id": rater_id, "study_id": study, "instrument": instrument.value}
            connection.execute(insert(_PASSED), whose | passed)


def _set_of(study: StudyRules, rows: Sequence[Any], walk: Walk) -> TrainingSet:
    scores = [_score(row) for row in rows if row.answered]
    following = (
        Candidate(row.id, row.trial_id, row.order_key, row.places, "training")
        for row in rows
        if not (row.answered or row.is_held)
    )
    qualified = is_qualified(scores, len(rows), study.qualifying_score)
    return TrainingSet(of=len(rows), scores=scores, next=_in_order(following, walk), qualified=qualified)


def _in_order(candidates: Iterable[Candidate], walk: Walk) -> list[Candidate]:
    return sorted(candidates, key=lambda one: walk.steps_to(one.order_key))


def _tasks_of(purpose: str, instrument: Instrument, studies: Sequence[str]) -> Select[Any]:
    return (
        select()
        .select_from(_TASK)
        .join(_TRIAL, _TRIAL.c.id == _TASK.c.trial_id)
        .join(_RECORDING, _RECORDING.c.id == _TRIAL.c.recording_id)
        .where(
            _TASK.c.state != "withdrawn",
            _TASK.c.instrument == instrument.value,
            _TASK.c.purpose == purpose,
            _RECORDING.c.study_id.in_(studies),
        )
    )


def _training_trials(
    connection: Connection, rater_id: int, instrument: Instrument, studies: Sequence[str], now: datetime
) -> Sequence[Any]:
    """Training trials that this rater has answered or may be given: with what experts say, place and answer."""
    newer = _VOTE.alias("newer")
    newest = ~select(newer.c.id).where(newer.c.supersedes_id == _VOTE.c.id).exists()
    query = (
        _tasks_of("training", instrument, studies)
        .add_columns(
            _TASK.c.id,
            _TASK.c.trial_id,
            _TASK.c.order_key,
            _TASK.c.places,
            _RECORDING.c.study_id,
            is_open_to(_TASK.c, instrument).label("is_open"),
            func.coalesce(_CLAIM.c.state == "done", False).label("answered"),
            func.coalesce(and_(_CLAIM.c.state == "leased", _CLAIM.c.expires_utc > NOW), False).label("is_held"),
            _VOTE.c.id.label("vote_id"),
            *(_VOTE.c[name].label(f"own_{name}") for name in _FIELDS),
            *(_RIGHT.c[name].label(f"right_{name}") for name in _FIELDS),
            _RIGHT.c.explanation,
        )
        .join(_RIGHT, and_(_RIGHT.c.trial_id == _TASK.c.trial_id, _RIGHT.c.instrument == _TASK.c.instrument))
        .outerjoin(_CLAIM, and_(_CLAIM.c.task_id == _TASK.c.id, _CLAIM.c.rater_id == RATER))
        .outerjoin(_VOTE, and_(_VOTE.c.task_id == _TASK.c.id, _VOTE.c.rater_id == RATER, newest))
        .order_by(_TASK.c.id)
    )
    rows = connection.execute(query, known(rater_id, now))
    return [row for row in rows if row.answered or row.is_open]


def _score(row: Any) -> float:
    return score(_answer(row, "own"), _right(row))


def _right(row: Any) -> Answer:
    return _answer(row, "right")


def _answer(row: Any, whose: str) -> Answer:
    return Answer.model_validate({name: getattr(row, f"{whose}_{name}") for name in _FIELDS})
