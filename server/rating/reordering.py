"""A task's place in the queue after an answer: the next rater already sees whether the last ones disagreed."""

from typing import Any

from sqlalchemy import Connection, bindparam, select, update

from annotate.priority import priority
from server.db.predictions import ModelPrediction, Serving
from server.db.prepared import Prepared
from server.db.ratings import RatingTask, Vote, band_of
from server.rating.holding import OwnClaim

_TASK: Any = RatingTask.__table__
_VOTE: Any = Vote.__table__
_SAID: Any = ModelPrediction.__table__
_SERVING: Any = Serving.__table__

_NEWER: Any = _VOTE.alias("newer")
#: The seven-class answers to one task as they stand, each beside what the run in service says of the trial.
_ANSWERS = Prepared(
    select(
        _VOTE.c.seven,
        select(_SAID.c.uncertainty)
        .join(_SERVING, _SERVING.c.run_id == _SAID.c.run_id)
        .where(_SAID.c.trial_id == bindparam("trial"), _SAID.c.instrument == bindparam("instrument"))
        .order_by(_SERVING.c.id.desc())
        .limit(1)
        .scalar_subquery()
        .label("uncertainty"),
    ).where(
        _VOTE.c.task_id == bindparam("task"),
        ~select(_NEWER.c.id).where(_NEWER.c.supersedes_id == _VOTE.c.id).exists(),
    )
)
_THIS = update(_TASK).where(_TASK.c.id == bindparam("task"))
_DONE = Prepared(_THIS.values(state="done"))
_REORDER = Prepared(_THIS.values({name: bindparam(f"new_{name}") for name in ("priority", "band", "priority_reason")}))


def settle(connection: Connection, claim: OwnClaim) -> None:
    """The task of an answer just given: done where every place is answered, else at the priority of its answers."""
    asked = {"task": claim.task_id, "trial": claim.trial_id, "instrument": claim.instrument}
    answers = _ANSWERS.all(connection, asked)
    if len(answers) >= claim.places:
        _DONE.run(connection, {"task": claim.task_id})
        return
    found = priority(answers[0].uncertainty, [answer.seven for answer in answers], claim.places)
    new = {"new_priority": found.value, "new_band": band_of(found.value), "new_priority_reason": found.reason}
    _REORDER.run(connection, {"task": claim.task_id} | new)
