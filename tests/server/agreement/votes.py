"""A small study with raters of known worth. Simulated answers, written down as rows."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import numpy as np
from sqlalchemy import inspect as sa_inspect
from sqlalchemy.orm import Session

from annotate.scales import EMOTIONS, USUAL_POLARITY
from server.db.accounts import Account
from server.db.ratings import RatingTask, Vote
from server.db.trials import Trial
from tests.server.rows import add_account, add_recording, add_trial

#: A Wednesday.
NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)


def vote_of(task: RatingTask, rater: int, seven: str, **changes: Any) -> Vote:
    emotion = next(one for one in EMOTIONS if one == seven)
    values: dict[str, Any] = {
        "three": str(USUAL_POLARITY[emotion]), "valence": 0.0, "arousal": 0.0,
        "intensity": 1.0 if task.instrument == "FER" else None, "created_utc": NOW, "looked_ms": 9000,
        "idempotency_key": f"{task.id} {rater} {changes.get('supersedes_id')}",
    }  # fmt: skip
    return Vote(task_id=task.id, instrument=task.instrument, rater_id=rater, seven=seven, **(values | changes))


def add_vote(session: Session, task: RatingTask, rater: int, seven: str, **changes: Any) -> Vote:
    session.add(vote := vote_of(task, rater, seven, **changes))
    session.flush()
    return vote


def add_rated(
    session: Session,
    names: Sequence[str] = ("ada", "bela", "cleo"),
    *,
    instrument: str = "ER",
    people: int = 8,
    trials: int = 5,
    seed: int = 0,
    study: str = "smiles",
    origin: str = "real",
    weeks: int = 3,
    guesses: str = "cleo",
) -> tuple[list[Account], np.ndarray, np.ndarray]:
    """`people` × `trials` trials rated by all; whoever `guesses` does so. Gives the raters, and seven and valence.

    Arrays (trials, raters), and (trials,) of participants, in the order of the rows.
    """
    random = np.random.default_rng(seed)
    simulated = {"tracker_simulated": True, "camera_simulated": True} if origin == "simulated" else {}
    known = {one.name: one for one in session.query(Account)}
    raters = [known.get(name) or add_account(session, name) for name in names]
    tasks = []
    for person in range(people):
        recording = add_recording(session, participant=f"P{person:02d}", study=study, origin=origin, **simulated)
        first = add_trial(session, recording)
        own = [first, *(_like(first, position) for position in range(2, trials + 1))]
        tasks += [_task(trial, instrument) for trial in own]
        session.add_all(own)
    session.flush()
    session.add_all(tasks)
    session.flush()
    sevens, valences, votes = [], [], []
    for number, task in enumerate(tasks):
        truth, level = int(random.integers(7)), float(random.uniform(-0.7, 0.7))
        steady = [rater.name != guesses and random.random() < 0.8 for rater in raters]
        sevens.append([truth if sure else int(random.integers(7)) for sure in steady])
        valences.append([round(level + float(random.normal(0, 0.1)), 3) for _ in raters])
        votes += [
            vote_of(
                task, rater.id, str(EMOTIONS[seven]), valence=valence, arousal=round(float(random.uniform(-1, 1)), 2),
                created_utc=NOW - timedelta(weeks=weeks - 1 - number % weeks),
            )
            for rater, seven, valence in zip(raters, sevens[-1], valences[-1], strict=True)
        ]  # fmt: skip
    session.add_all(votes)
    session.flush()
    return raters, np.array(sevens, dtype=float), np.array(valences)


def _like(trial: Trial, position: int) -> Trial:
    """Another trial of the same recording and clip."""
    same = {column.key: getattr(trial, column.key) for column in sa_inspect(Trial).columns}
    return Trial(**(same | {"id": uuid4().hex, "position": position}))


def _task(trial: Trial, instrument: str) -> RatingTask:
    return RatingTask(trial_id=trial.id, instrument=instrument, media_id=uuid4().hex, places=3, created_utc=NOW)
