"""What may be told after an answer: a simulated model's word, and what experts say of a training trial."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from server.db.accounts import Account
from server.db.predictions import ModelPrediction, PredictionRun, Serving
from server.db.ratings import RatingTask, ReferenceAnswer
from server.db.snapshots import Snapshot
from server.db.studies import Study
from tests.server.rows import THEN

#: In the order of the scale: fear, and negative.
FEAR = [0.02, 0.05, 0.61, 0.2, 0.04, 0.03, 0.05]
NEGATIVE = [0.2, 0.7, 0.1]


def let_a_model_speak(session: Session, model: str = "m" * 17) -> None:
    """At every place of the study a simulated model says fear once the rater has answered; it has its own snapshot."""
    snapshot = Snapshot(
        id="s" + model[1:],
        content_sha256=model[-1] * 64,
        created_utc=THEN,
        origins="simulated",
        folds=2,
        trials=3,
        labels=3,
        votes=3,
    )
    session.add(snapshot)
    session.flush()
    run = PredictionRun(
        model=model, snapshot_id=snapshot.id, trained_on=snapshot.id, recipe="made up", simulated=True,
        created_utc="2026-01-02T03:04:05Z", imported_utc=THEN, file_sha256=model[-1] * 64,
    )  # fmt: skip
    session.add(run)
    session.flush()
    session.add(Serving(run_id=run.id, since_utc=run.imported_utc))
    for task in session.scalars(select(RatingTask)):
        intensity = 1.7 if task.instrument == "FER" else None
        session.add(
            ModelPrediction(
                run_id=run.id, trial_id=task.trial_id, instrument=task.instrument, seven=FEAR, three=NEGATIVE,
                valence=-0.62, arousal=0.5, intensity=intensity, uncertainty=0.3, held_out=True,
            )
        )  # fmt: skip
    for study in session.scalars(select(Study)):
        study.prelabel_share = 1.0


def open_a_training(session: Session) -> None:
    """One trial becomes the FER training; to the experts it is happiness. Half of the score qualifies."""
    task = session.scalars(select(RatingTask).where(RatingTask.instrument == "FER")).first()
    account = session.scalars(select(Account)).first()
    assert task is not None
    assert account is not None
    task.purpose = "training"
    session.add(
        ReferenceAnswer(
            trial_id=task.trial_id, instrument="FER", seven="happiness", three="positive", valence=0.5, arousal=0.0,
            intensity=1.0, explanation="Both corners of the mouth rise.", by_id=account.id, created_utc=THEN,
        )
    )  # fmt: skip
    for study in session.scalars(select(Study)):
        study.qualifying_score = 0.5
