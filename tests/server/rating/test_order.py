"""The order in which raters are given trials: bands first, then each rater's own way; and quick in a long queue."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import insert, select

from server.db.engine import Database
from server.db.prepared import Prepared
from server.db.ratings import CIRCLE, Claim, RaterStanding, RatingTask, Vote, band_of
from server.rating import queue
from server.rating.queue import known
from server.rating.sequence import walk_of
from server.rating.standing import REST
from tests.server.rating.answers import FER, NOW, claimed, sent, vote
from tests.server.rows import add_account, add_recording, add_task, add_trial


@pytest.fixture
def raters(database: Database) -> list[int]:
    with database.transaction() as session:
        return [add_account(session, f"rater{i}").id for i in range(4)]


def make_tasks(database: Database, keys: list[int], priority: float = 0.4, places: int = 3) -> list[int]:
    """FER tasks at these places of the circle; their ids."""
    with database.transaction() as session:
        recording = add_recording(session)
        made = []
        for key in keys:
            task = add_task(session, add_trial(session, recording), "FER", places=places)
            task.order_key, task.priority, task.band = key, priority, band_of(priority)
            session.flush()
            made.append(task.id)
        return made


def rate_all(database: Database, rater: int, key_of: Callable[[int], int]) -> list[int]:
    """Rate until nothing is left; the keys in the order in which they came."""
    given = []
    while (place := claimed(database, rater, FER)) is not None:
        sent(database, rater, place[0], f"{rater}-{place[0]}")
        given.append(key_of(place[1]))
    return given


KEYS = [5, CIRCLE // 7, CIRCLE // 3, CIRCLE // 2, CIRCLE - 9]


def test_each_rater_walks_from_a_beginning_of_their_own_and_every_second_the_other_way(
    database: Database, raters: list[int]
) -> None:
    tasks = make_tasks(database, KEYS, places=9)
    keys = dict(zip(tasks, KEYS, strict=True))
    orders = [rate_all(database, rater, keys.__getitem__) for rater in raters]
    for rater, order in zip(raters, orders, strict=True):
        # A task that has an answer falls a band, so that untouched ones come first: only the first rater sees none.
        assert sorted(order) == KEYS
        assert rater != raters[0] or order == sorted(KEYS, key=walk_of(rater, FER).steps_to)
    assert len({tuple(order) for order in orders}) > 1
    assert {walk_of(rater, FER).forward for rater in raters} == {True, False}


def test_positions_count_up_and_stand_with_the_answers(database: Database, raters: list[int]) -> None:
    tasks = make_tasks(database, KEYS)
    rate_all(database, raters[0], tasks.index)
    with database.reading() as session:
        positions = list(session.scalars(select(Vote.position).order_by(Vote.id)))
        assert positions == list(session.scalars(select(Claim.position).order_by(Claim.id))) == [1, 2, 3, 4, 5]
        standing = session.scalars(select(RaterStanding)).one()
    assert (standing.given, standing.answered, standing.answered_on_day, standing.day) == (5, 5, 5, "2026-03-01")


def test_a_higher_band_comes_first_wherever_one_is(database: Database, raters: list[int]) -> None:
    make_tasks(database, [walk_of(raters[0], FER).beginning], priority=0.35)
    (late,) = make_tasks(database, [(walk_of(raters[0], FER).beginning + CIRCLE // 2) % CIRCLE], priority=0.61)
    place = claimed(database, raters[0], FER)
    assert place is not None
    assert place[1] == late


def test_disagreement_brings_a_trial_to_the_front_at_once(database: Database, raters: list[int]) -> None:
    first, second, third, _ = raters
    (task,) = make_tasks(database, [7])
    for rater, said in ((first, "fear"), (second, "anger")):
        place = claimed(database, rater, FER)
        assert place is not None
        sent(database, rater, place[0], answer=vote(seven=said, three="negative"))
    make_tasks(database, KEYS)
    place = claimed(database, third, FER)
    assert place is not None
    assert place[1] == task
    with database.reading() as session:
        row = session.get_one(RatingTask, task)
        assert row.priority == pytest.approx(0.6 * 0.5 + 0.3 * 1.0 + 0.1 / 3)
        assert (row.band, row.priority_reason) == (6, "no prediction yet, raters disagree (1.00), 2 of 3 rated")


def test_a_correction_counts_in_the_place_of_what_it_corrects(database: Database, raters: list[int]) -> None:
    (task,) = make_tasks(database, [7])
    for rater, said in zip(raters[:2], ("fear", "anger"), strict=True):
        place = claimed(database, rater, FER)
        assert place is not None
        claim, _ = place
        taken = sent(database, rater, claim, answer=vote(seven=said, three="negative"))
    sent(database, raters[1], claim, "better", vote(seven="fear", three="negative"), supersedes=taken.vote_id)
    with database.reading() as session:
        assert session.get_one(RatingTask, task).priority == pytest.approx(0.6 * 0.5 + 0.1 / 3)
        standings = session.scalars(select(RaterStanding.answered)).all()
    assert list(standings) == [1, 1]  # a correction is no further answer


@pytest.fixture
def short_walks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two entries at a time, and four in vain are many."""
    monkeypatch.setattr(queue, "READS", (2,))
    monkeypatch.setattr(queue, "LONG", 4)


def own(database: Database, rater: int, tasks: list[int]) -> None:
    """The rater has answered these."""
    with database.transaction() as session:
        rows = [{"task_id": t, "rater_id": rater, "slot": 1, "state": "done"} for t in tasks]
        session.execute(insert(Claim), [row | {"claimed_utc": NOW, "expires_utc": NOW} for row in rows])


def test_what_is_far_along_the_way_is_found_in_small_steps(
    database: Database, raters: list[int], short_walks: None
) -> None:
    # All at one place of the circle: to go on from there must lose none of them.
    tasks = make_tasks(database, [11] * 7)
    own(database, raters[0], [tasks[i] for i in (0, 1, 2, 4, 5, 6)])
    place = claimed(database, raters[0], FER)
    assert place is not None
    assert place[1] == tasks[3]


def test_a_band_that_was_walked_in_vain_is_passed_over_for_a_while(
    database: Database, raters: list[int], short_walks: None
) -> None:
    rater = raters[0]
    own(database, rater, make_tasks(database, [n * 100 for n in range(6)], priority=0.75))
    make_tasks(database, KEYS)
    have: list[int] = []

    def priority_of_next(seconds: float) -> float:
        place = claimed(database, rater, FER, NOW + timedelta(seconds=seconds), have=have)
        assert place is not None
        have.append(place[0])
        with database.reading() as session:
            return session.get_one(RatingTask, place[1]).priority

    assert priority_of_next(0) == 0.4
    make_tasks(database, [CIRCLE // 5], priority=0.75)
    assert priority_of_next(1) == 0.4  # that something has come is not looked for at once …
    assert priority_of_next(REST.total_seconds()) == 0.75  # … but soon


def test_a_short_walk_in_vain_forgets_nothing(database: Database, raters: list[int]) -> None:
    own(database, raters[0], make_tasks(database, [3, 4], priority=0.75))
    assert claimed(database, raters[0], FER) is None
    (fresh,) = make_tasks(database, [5], priority=0.75)
    place = claimed(database, raters[0], FER)
    assert place is not None
    assert place[1] == fresh


def test_the_walk_reads_the_index_of_the_queue_and_looks_claims_up_by_their_task(
    database: Database, raters: list[int]
) -> None:
    """What the engines plan for it in a queue of some length; a scan of any table would be slow in a long one."""
    make_tasks(database, [n * 1000 for n in range(300)])
    statement = Prepared(queue._entries(FER, True, some_barred=False))
    values = known(raters[0], NOW) | {"band": 4, "key": 0, "number": 0, "end": CIRCLE - 1, "size": 4}
    with database.transaction() as session:
        connection = session.connection()
        if not database.is_sqlite:
            connection.exec_driver_sql("ANALYZE")
            connection.exec_driver_sql("SET LOCAL enable_seqscan = off")  # a small table is scanned for good reason
        compiled = statement._for(connection.dialect)
        explain = "EXPLAIN QUERY PLAN " if database.is_sqlite else "EXPLAIN "
        raw = connection.connection.dbapi_connection
        assert raw is not None
        rows = raw.execute(explain + compiled.text, compiled.parameters(values)).fetchall()
    plan = "\n".join(str(row[-1]) for row in rows)
    assert "ix_rating_task_queue" in plan
    assert "SCAN claim" not in plan
    assert "Seq Scan" not in plan
    assert "rater_id_state" not in plan
