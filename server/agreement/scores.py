"""How near raters' answers to gold and training trials come to the experts'."""

from collections import defaultdict
from dataclasses import dataclass, field
from statistics import fmean
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from annotate.scales import Emotion, Instrument, Polarity
from annotate.scales import Vote as Answer
from annotate.training import score
from server.agreement.documents import Qualified, Score
from server.agreement.filters import Filters
from server.db.answers import current_answers
from server.db.ratings import Qualification, RatingTask, ReferenceAnswer, Vote
from server.db.trials import Recording

RaterUnder = tuple[int, Instrument]


@dataclass
class Scores:
    """By account id and instrument."""

    gold: dict[RaterUnder, Score] = field(default_factory=dict)
    training: dict[RaterUnder, Score] = field(default_factory=dict)
    qualified: dict[RaterUnder, list[Qualified]] = field(default_factory=lambda: defaultdict(list))


def read_scores(session: Session, filters: Filters) -> Scores:
    """Scores of gold and training answers under the filters, and who is qualified for the study (or any)."""
    found = Scores()
    points: dict[tuple[str, int, Instrument], list[float]] = defaultdict(list)
    for row in session.execute(_scored(filters)):
        instrument = Instrument(row.Vote.instrument)
        points[row.purpose, row.Vote.rater_id, instrument].append(
            score(_answer(row.Vote), _answer(row.ReferenceAnswer))
        )
    for (purpose, rater, instrument), reached in points.items():
        into = found.gold if purpose == "gold" else found.training
        into[rater, instrument] = Score(mean=fmean(reached), answers=len(reached))
    query = select(Qualification).order_by(Qualification.study_id)
    if filters.study:
        query = query.where(Qualification.study_id == filters.study)
    for one in session.scalars(query):
        found.qualified[one.rater_id, Instrument(one.instrument)].append(
            Qualified(study=one.study_id, score=one.score, trials=one.trials)
        )
    return found


def _scored(filters: Filters) -> Any:
    query = (
        current_answers(with_training=True, blind=True)
        .join(
            ReferenceAnswer,
            (ReferenceAnswer.trial_id == RatingTask.trial_id) & (ReferenceAnswer.instrument == RatingTask.instrument),
        )
        .with_only_columns(Vote, ReferenceAnswer, RatingTask.purpose)
        .where(RatingTask.purpose.in_(("gold", "training")), Recording.origin.in_(sorted(filters.origins)))
    )
    return query.where(Recording.study_id == filters.study) if filters.study else query


def _answer(row: Vote | ReferenceAnswer) -> Answer:
    return Answer(
        instrument=Instrument(row.instrument),
        seven=Emotion(row.seven),
        three=Polarity(row.three),
        valence=row.valence,
        arousal=row.arousal,
        intensity=row.intensity,
    )
