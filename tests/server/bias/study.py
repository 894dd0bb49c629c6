"""Lets a made-up model speak to the raters of a study that is in the database, and lets them trace."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import numpy as np
from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from annotate.scales import EMOTIONS, USUAL_POLARITY, Emotion
from server.db.predictions import ModelPrediction, PredictionRun, Serving
from server.db.ratings import Claim, RatingTask, Vote, VoteTrace
from server.db.snapshots import Snapshot
from tests.server.rows import THEN

NAMES = [emotion.value for emotion in EMOTIONS]


def let_a_model_speak(session: Session, accepts: float, share: float = 0.5, seed: int = 0) -> None:
    """Predictions of every trial, imported before anybody answered; of the places at which one is shown a share
    `accepts` of the answers that differ becomes the model's."""
    rng = np.random.default_rng(seed)
    said = _predictions(session, rng)
    votes = session.scalars(select(Vote).order_by(Vote.id)).all()
    trials = dict(session.execute(select(RatingTask.id, RatingTask.trial_id)).all())
    slots: dict[int, int] = {}
    claims: list[dict[str, Any]] = []
    corrections: list[dict[str, Any]] = []
    for vote in votes:
        slots[vote.task_id] = slots.get(vote.task_id, 0) + 1
        revealed = bool(rng.random() < share)
        claims.append(
            {
                "task_id": vote.task_id, "rater_id": vote.rater_id, "slot": slots[vote.task_id], "state": "done",
                "claimed_utc": THEN, "expires_utc": THEN + timedelta(hours=1), "arm": "reveal" if revealed else "blind",
                "position": vote.position,
            }
        )  # fmt: skip
        model = said[trials[vote.task_id], vote.instrument]
        if revealed and vote.seven != model and rng.random() < accepts:
            corrections.append(
                {
                    "task_id": vote.task_id, "instrument": vote.instrument, "rater_id": vote.rater_id, "seven": model,
                    "three": USUAL_POLARITY[Emotion(model)].value, "valence": vote.valence, "arousal": vote.arousal,
                    "intensity": vote.intensity, "prelabel_seen": True, "idempotency_key": uuid4().hex,
                    "created_utc": vote.created_utc + timedelta(seconds=1), "supersedes_id": vote.id,
                    "position": vote.position,
                }
            )  # fmt: skip
    session.execute(insert(Claim), claims)
    session.execute(insert(Vote), corrections)


def _predictions(session: Session, rng: np.random.Generator) -> dict[tuple[str, str], str]:
    snapshot = Snapshot(
        id="s" * 17, content_sha256="c" * 64, created_utc=THEN, origins="real", folds=2, trials=1, labels=1, votes=1
    )
    session.add(snapshot)
    session.flush()
    run = PredictionRun(
        model="m" * 17, snapshot_id=snapshot.id, trained_on="s" * 17, recipe="made up", simulated=True,
        created_utc="2026-01-01T00:00:00Z", imported_utc=THEN - timedelta(days=1), file_sha256="d" * 64,
    )  # fmt: skip
    session.add(run)
    session.flush()
    session.add(Serving(run_id=run.id, since_utc=run.imported_utc))
    said: dict[tuple[str, str], str] = {}
    rows = []
    for task in session.scalars(select(RatingTask).order_by(RatingTask.id)):
        place = int(rng.integers(7))
        said[task.trial_id, task.instrument] = NAMES[place]
        seven = [0.05] * 7
        seven[place] = 0.7
        rows.append(
            {
                "run_id": run.id, "trial_id": task.trial_id, "instrument": task.instrument, "seven": seven,
                "three": [0.2, 0.6, 0.2], "valence": 0.1, "arousal": 0.1,
                "intensity": 1.0 if task.instrument == "FER" else None, "uncertainty": 0.3, "held_out": True,
            }
        )  # fmt: skip
    session.execute(insert(ModelPrediction), rows)
    return said


def let_them_trace(session: Session, late_ms: dict[int, float], trials: int = 12, instrument: str = "FER") -> None:
    """Each rater in `late_ms` answers some trials and draws the same slow curve of each, so many ms late."""
    t = np.arange(0, 20_001, 200.0)
    tasks = session.scalars(
        select(RatingTask).where(RatingTask.instrument == instrument).order_by(RatingTask.id).limit(trials)
    ).all()
    for place, task in enumerate(tasks):
        for rater, late in late_ms.items():
            vote = Vote(
                task_id=task.id, instrument=instrument, rater_id=rater, seven="neutral", three="neutral", valence=0.0,
                arousal=0.0, intensity=0.0 if instrument == "FER" else None, idempotency_key=uuid4().hex,
                created_utc=THEN,
            )  # fmt: skip
            session.add(vote)
            session.flush()
            curve = 0.5 * np.sin((t - late) / (1500 + 100 * place)) + 0.3 * np.sin((t - late) / 900 + place)
            session.add(VoteTrace(vote_id=vote.id, scale="valence", t_ms=t.tolist(), values=curve.tolist()))
