"""Giving every open task its priority anew."""

from collections import defaultdict

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session, aliased

from annotate.priority import priority
from server.db.predictions import ModelPrediction, Serving, last_servings
from server.db.ratings import RatingTask, Vote, band_of


def reorder_queue(session: Session) -> int:
    """Set priority and reason of every open task by the prediction in service and the current votes.

    Returns how many changed. Reads people's votes; writes none.
    """
    uncertainty = _uncertainties_in_service(session)
    votes = _current_votes(session)
    changed = []
    for task in session.execute(
        select(
            RatingTask.id,
            RatingTask.trial_id,
            RatingTask.instrument,
            RatingTask.places,
            RatingTask.priority,
            RatingTask.priority_reason,
        )
        .where(RatingTask.state == "open")
        .order_by(RatingTask.id)
    ):
        new = priority(uncertainty.get((task.trial_id, task.instrument)), votes[task.id], task.places)
        if (new.value, new.reason) != (task.priority, task.priority_reason):
            changed.append(
                {
                    "id": task.id,
                    "priority": new.value,
                    "band": band_of(new.value),
                    "priority_reason": new.reason,
                }
            )
    if changed:
        session.execute(update(RatingTask), changed)
    return len(changed)


def _uncertainties_in_service(session: Session) -> dict[tuple[str, str], float]:
    """By trial and instrument: what the run says that was put in service last of those that speak of it."""
    servings = last_servings()
    latest = (
        select(ModelPrediction.trial_id, ModelPrediction.instrument, func.max(servings.c.last).label("serving_id"))
        .join(servings, servings.c.run_id == ModelPrediction.run_id)
        .group_by(ModelPrediction.trial_id, ModelPrediction.instrument)
        .subquery()
    )
    query = (
        select(ModelPrediction.trial_id, ModelPrediction.instrument, ModelPrediction.uncertainty)
        .select_from(latest)
        .join(Serving, Serving.id == latest.c.serving_id)
        .join(
            ModelPrediction,
            (ModelPrediction.run_id == Serving.run_id)
            & (ModelPrediction.trial_id == latest.c.trial_id)
            & (ModelPrediction.instrument == latest.c.instrument),
        )
    )
    return {(row.trial_id, row.instrument): row.uncertainty for row in session.execute(query)}


def _current_votes(session: Session) -> dict[int, list[str]]:
    """By task: the seven-class answers as they stand, corrections in the place of what they correct."""
    newer = aliased(Vote)
    query = (
        select(Vote.task_id, Vote.seven)
        .join(RatingTask, RatingTask.id == Vote.task_id)
        .where(RatingTask.state == "open", ~select(newer.id).where(newer.supersedes_id == Vote.id).exists())
    )
    votes: dict[int, list[str]] = defaultdict(list)
    for task_id, seven in session.execute(query):
        votes[task_id].append(seven)
    return votes
