"""What a model says: told to who was drawn for it, after the blind answer, and marked for good."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from annotate.assignment import Chance
from annotate.scales import Instrument
from server.db.engine import Database
from server.db.predictions import ModelPrediction, PredictionRun, Serving
from server.db.ratings import Claim, Exposure, RatingTask, Vote
from server.db.snapshots import Snapshot
from server.db.studies import Study
from server.rating.voting import Sent, submit_vote
from tests.server.rating.answers import ER, FER, NOW, always, claimed, never, sent, vote
from tests.server.rows import THEN, add_account, add_task, add_trial

SEVEN = [0.1, 0.05, 0.6, 0.05, 0.1, 0.05, 0.05]


@pytest.fixture
def rater(database: Database) -> int:
    """A rater of a study that reveals a tenth, with two trials under both instruments."""
    with database.transaction() as session:
        for _ in range(2):
            trial = add_trial(session)
            for instrument in ("FER", "ER"):
                add_task(session, trial, instrument)
        session.get_one(Study, "smiles").prelabel_share = 0.1
        return add_account(session, "rater").id


def predict(database: Database, model: str, imported: datetime = THEN, valence: float = -0.25) -> None:
    """One model says the same of every trial under both instruments."""
    with database.transaction() as session:
        if session.get(Snapshot, "s" + "0" * 16) is None:
            session.add(
                Snapshot(
                    id="s" + "0" * 16, content_sha256="0" * 64, created_utc=THEN, origins="real", folds=2, trials=1,
                    labels=1, votes=1,
                )
            )  # fmt: skip
            session.flush()
        run = PredictionRun(
            model=model, snapshot_id="s" + "0" * 16, trained_on="s" + "0" * 16, recipe="small", simulated=False,
            created_utc="2026-01-01T00:00:00Z", imported_utc=imported, file_sha256="1" * 64,
        )  # fmt: skip
        session.add(run)
        session.flush()
        session.add(Serving(run_id=run.id, since_utc=imported))
        for task in session.scalars(select(RatingTask)):
            session.add(
                ModelPrediction(
                    run_id=run.id, trial_id=task.trial_id, instrument=task.instrument, seven=SEVEN,
                    three=[0.2, 0.7, 0.1], valence=valence, arousal=0.5,
                    intensity=1.75 if task.instrument == "FER" else None, uncertainty=0.7, held_out=True,
                )
            )  # fmt: skip


MODEL = "m" + "a" * 16
LATER_MODEL = "m" + "b" * 16


def serve_again(database: Database, model: str, since: datetime) -> None:
    with database.transaction() as session:
        run = session.scalars(select(PredictionRun).filter_by(model=model)).one()
        session.add(Serving(run_id=run.id, since_utc=since))


def place(database: Database, rater: int, chance: Chance = always, instrument: Instrument = FER) -> int:
    found = claimed(database, rater, instrument, chance=chance)
    assert found is not None
    return found[0]


def exposures(database: Database) -> list[tuple[str, str]]:
    with database.reading() as session:
        return [(row.what, row.detail) for row in session.scalars(select(Exposure).order_by(Exposure.id))]


def test_the_latest_models_label_is_told_after_the_answer_and_the_ledger_says_so(
    database: Database, rater: int
) -> None:
    predict(database, MODEL)
    predict(database, LATER_MODEL, valence=-0.5)
    claim = place(database, rater)
    assert exposures(database) == []  # blind until the answer
    reveal = sent(database, rater, claim).reveal
    assert reveal is not None
    assert (reveal.seven, reveal.three, reveal.valence, reveal.intensity) == ("fear", "negative", -0.5, 1.75)
    assert list(reveal.probabilities.values()) == SEVEN
    assert exposures(database) == [("prelabel", LATER_MODEL)]
    with database.reading() as session:
        assert [row.prelabel_seen for row in session.scalars(select(Vote))] == [False]


def test_a_blind_place_is_told_nothing_whatever_a_model_says(database: Database, rater: int) -> None:
    predict(database, MODEL)
    taken = sent(database, rater, place(database, rater, never))
    assert (taken.reveal, exposures(database)) == (None, [])


def test_nothing_is_told_where_no_model_has_spoken(database: Database, rater: int) -> None:
    taken = sent(database, rater, place(database, rater))
    assert (taken.reveal, exposures(database)) == (None, [])


def test_the_same_answer_again_is_told_the_same_though_a_new_model_has_spoken(database: Database, rater: int) -> None:
    predict(database, MODEL)
    claim = place(database, rater)
    first = sent(database, rater, claim)
    predict(database, LATER_MODEL, NOW + timedelta(hours=1), valence=0.9)
    again = sent(database, rater, claim, now=NOW + timedelta(hours=2))
    assert first.reveal is not None
    assert (again.new, again.reveal) == (False, first.reveal)
    assert exposures(database) == [("prelabel", MODEL)]


def test_a_model_that_came_back_is_told_from_then_on_and_what_was_shown_stays(database: Database, rater: int) -> None:
    predict(database, MODEL)
    predict(database, LATER_MODEL, valence=0.9)
    before = place(database, rater)
    first = sent(database, rater, before)
    serve_again(database, MODEL, NOW + timedelta(hours=1))
    assert sent(database, rater, before, now=NOW + timedelta(hours=2)).reveal == first.reveal
    then = NOW + timedelta(hours=2)
    claim = claimed(database, rater, FER, now=then, chance=always)
    assert claim is not None
    later = sent(database, rater, claim[0], "later", now=then)
    assert first.reveal is not None
    assert later.reveal is not None
    assert (first.reveal.valence, later.reveal.valence) == (0.9, -0.25)
    assert exposures(database) == [("prelabel", LATER_MODEL), ("prelabel", MODEL)]


def test_an_answer_that_was_given_after_the_model_is_marked_for_good(database: Database, rater: int) -> None:
    predict(database, MODEL)
    claim = place(database, rater)
    blind = sent(database, rater, claim)
    changed = sent(database, rater, claim, "taken", vote(seven="fear", three="negative"), supersedes=blind.vote_id)
    assert changed.reveal is None  # told once
    with database.transaction() as session:
        task = session.get_one(RatingTask, session.get_one(Claim, claim).task_id)
        for other in session.scalars(select(RatingTask).where(RatingTask.trial_id != task.trial_id)):
            other.state = "done"
    sent(database, rater, place(database, rater, never, ER), "er", vote(ER))
    with database.reading() as session:
        votes = [(row.instrument, row.prelabel_seen) for row in session.scalars(select(Vote).order_by(Vote.id))]
    assert votes == [("FER", False), ("FER", True), ("ER", True)]


def test_giving_a_place_back_is_no_second_draw(database: Database, rater: int) -> None:
    predict(database, MODEL)
    first, second = place(database, rater, never), 0
    with database.transaction() as session:
        session.get_one(Claim, first).expires_utc = NOW
    second = place(database, rater, never)
    sent(database, rater, second)
    assert place(database, rater, always) == first
    with database.reading() as session:
        assert session.get_one(Claim, first).arm == "blind"


def test_a_power_cut_before_the_commit_leaves_neither_answer_nor_exposure(database: Database, rater: int) -> None:
    predict(database, MODEL)
    claim = place(database, rater)

    class PowerCutError(Exception):
        pass

    def answer_and_die() -> None:
        with database.transaction() as session:
            assert submit_vote(session.connection(), rater, claim, Sent(vote(), "key"), NOW).reveal is not None
            raise PowerCutError

    with pytest.raises(PowerCutError):
        answer_and_die()
    assert exposures(database) == []
    assert sent(database, rater, claim).new
