"""Places: each to one rater, each for its time, none to whoever has seen too much."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from annotate.assignment import RatingRules
from server.db.engine import Database
from server.db.ratings import Claim, Exposure, RatingTask, band_of
from server.db.studies import Participant, Stimulus, Study
from server.db.trials import SelfReport
from server.rating.claiming import claim_next, release, renew
from server.rating.errors import NotYourPlaceError
from server.rating.progress import progress
from tests.server.rating.answers import ER, FER, NOW, RULES, claimed, never, sent
from tests.server.rows import add_account, add_recording, add_task, add_trial

LEASE = RULES.lease


@pytest.fixture
def raters(database: Database) -> list[int]:
    with database.transaction() as session:
        return [add_account(session, f"rater{i}").id for i in range(4)]


@pytest.fixture
def trial(database: Database) -> str:
    """A trial with both tasks, two places each."""
    with database.transaction() as session:
        trial = add_trial(session)
        for instrument in ("ER", "FER"):
            add_task(session, trial, instrument, places=2)
        return trial.id


def test_a_reload_gives_the_same_place_again(database: Database, raters: list[int], trial: str) -> None:
    assert claimed(database, raters[0], FER) == claimed(database, raters[0], FER)


def test_a_task_has_as_many_raters_as_places(database: Database, raters: list[int], trial: str) -> None:
    places = [claimed(database, rater, FER) for rater in raters]
    assert places[0] is not None
    assert places[1] is not None
    assert places[0] != places[1]
    assert places[2:] == [None, None]


def test_a_place_whose_lease_has_ended_goes_to_the_next(database: Database, raters: list[int], trial: str) -> None:
    first, second, third = raters[:3]
    lost = claimed(database, first, FER)
    assert lost is not None
    assert claimed(database, second, FER) is not None
    assert claimed(database, third, FER, now=NOW + LEASE - timedelta(seconds=1)) is None
    assert claimed(database, third, FER, now=NOW + LEASE) is not None
    with database.transaction() as session, pytest.raises(NotYourPlaceError, match="somebody else has it"):
        renew(session.connection(), first, lost[0], RULES, NOW + LEASE)


def test_renewing_keeps_a_place_and_revives_one_that_nobody_took(
    database: Database, raters: list[int], trial: str
) -> None:
    place = claimed(database, raters[0], FER)
    assert place is not None
    with database.transaction() as session:
        renewed = renew(session.connection(), raters[0], place[0], RULES, NOW + 3 * LEASE)
        assert renewed == NOW + 4 * LEASE


def test_a_skipped_trial_goes_to_others_at_once_and_comes_back_last(
    database: Database, raters: list[int], trial: str
) -> None:
    with database.transaction() as session:
        other_task = add_task(session, add_trial(session), "FER").id
    first = claimed(database, raters[0], FER)
    assert first is not None
    with database.transaction() as session:
        release(session.connection(), raters[0], first[0], NOW)
    second = claimed(database, raters[0], FER)
    assert second is not None
    assert second[1] != first[1]
    again = claimed(database, raters[0], FER, have=[second[0]])
    assert again == first
    assert {first[1], second[1]} >= {other_task}


def test_the_next_trial_can_be_had_ahead_up_to_a_bound(database: Database, raters: list[int]) -> None:
    with database.transaction() as session:
        for _ in range(5):
            add_task(session, add_trial(session), "FER")
    have: list[int] = []
    while (place := claimed(database, raters[0], FER, have=have)) is not None:
        have.append(place[0])
    assert len(set(have)) == RULES.open_claims


def test_the_queue_goes_by_priority(database: Database, raters: list[int]) -> None:
    with database.transaction() as session:
        tasks = [add_task(session, add_trial(session), "ER") for _ in range(4)]
        for task, priority in zip(tasks, (0.1, 0.9, 0.0, 0.5), strict=True):
            task.priority, task.band = priority, band_of(priority)
        by_priority = [tasks[i].id for i in (1, 3, 0)]
    given = []
    have: list[int] = []
    for _ in range(3):
        place = claimed(database, raters[0], ER, have=have)
        assert place is not None
        have.append(place[0])
        given.append(place[1])
    assert given == by_priority


def test_whoever_was_given_the_er_of_a_trial_never_gets_its_fer(
    database: Database, raters: list[int], trial: str
) -> None:
    place = claimed(database, raters[0], ER)
    assert place is not None
    with database.transaction() as session:
        release(session.connection(), raters[0], place[0], NOW)  # seen is seen, also without an answer
    assert claimed(database, raters[0], FER) is None
    assert claimed(database, raters[0], FER, now=NOW + timedelta(days=400)) is None
    assert claimed(database, raters[1], FER) is not None


def test_fer_first_and_er_after_the_answer_is_fine(database: Database, raters: list[int], trial: str) -> None:
    place = claimed(database, raters[0], FER)
    assert place is not None
    assert claimed(database, raters[0], ER) is None  # while its FER is open, its ER would spoil it
    sent(database, raters[0], place[0])
    assert claimed(database, raters[0], ER) is not None


@pytest.mark.parametrize("shows", [True, False])
def test_the_ledger_says_what_an_er_page_showed(database: Database, raters: list[int], trial: str, shows: bool) -> None:
    with database.transaction() as session:
        session.add(SelfReport(trial_id=trial, seven="fear"))
        session.get_one(Study, "smiles").er_shows_self_report = shows
        session.scalars(select(Stimulus)).one().media_sha256 = "d" * 64
    claimed(database, raters[0], ER)
    claimed(database, raters[0], ER, now=NOW + 2 * LEASE)  # a second look adds no second row
    with database.reading() as session:
        seen = sorted(session.scalars(select(Exposure.what).where(Exposure.rater_id == raters[0])))
    assert seen == ["context", *(["self_report"] if shows else []), "stimulus"]


def test_a_refused_claim_leaves_no_trace_in_the_ledger(database: Database, raters: list[int], trial: str) -> None:
    class PowerCutError(Exception):
        pass

    def claim_and_die() -> None:
        with database.transaction() as session:
            assert claim_next(session.connection(), raters[0], ER, RULES, NOW, never) is not None
            raise PowerCutError

    with pytest.raises(PowerCutError):
        claim_and_die()
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Exposure)) == 0
        assert session.scalar(select(func.count()).select_from(Claim)) == 0


@pytest.mark.parametrize("withdrawn", [True, False])
def test_nobody_rates_whom_the_consent_does_not_cover(database: Database, raters: list[int], withdrawn: bool) -> None:
    with database.transaction() as session:
        recording = add_recording(session, consent_rating=withdrawn)
        add_task(session, add_trial(session, recording), "FER")
        if withdrawn:
            session.get_one(Participant, recording.participant_id).withdrawn_utc = NOW
    assert claimed(database, raters[0], FER) is None


def test_a_rater_stops_at_the_limit(database: Database, raters: list[int]) -> None:
    rules = RatingRules(rater_limit=1)
    with database.transaction() as session:
        for _ in range(2):
            add_task(session, add_trial(session), "FER")
    place = claimed(database, raters[0], FER, rules=rules)
    assert place is not None
    sent(database, raters[0], place[0])
    assert claimed(database, raters[0], FER, rules=rules) is None
    with database.reading() as session:
        assert progress(session, raters[0], FER, rules, NOW).at_limit


def test_progress_counts_what_is_left_for_this_rater(database: Database, raters: list[int], trial: str) -> None:
    with database.transaction() as session:
        add_task(session, add_trial(session), "FER")
    place = claimed(database, raters[0], FER)
    assert place is not None
    sent(database, raters[0], place[0])
    with database.reading() as session:
        mine = progress(session, raters[0], FER, RULES, NOW)
    assert (mine.answered, mine.available, mine.at_limit) == (1, 1, False)


def test_eight_raters_at_once_never_share_a_place(database: Database) -> None:
    tasks, places, raters = 24, 2, 8
    with database.transaction() as session:
        ids = [add_account(session, f"crowd{i}").id for i in range(raters)]
        recording = add_recording(session)
        for _ in range(tasks):
            add_task(session, add_trial(session, recording), "FER", places=places)

    def rate_all(rater: int) -> int:
        answers = 0
        while (place := claimed(database, rater, FER)) is not None:
            sent(database, rater, place[0], f"{rater}-{place[0]}")
            answers += 1
        return answers

    with ThreadPoolExecutor(raters) as pool:
        answers = list(pool.map(rate_all, ids))
    assert sum(answers) == tasks * places
    with database.reading() as session:
        per_task = session.execute(select(Claim.task_id, func.count()).group_by(Claim.task_id)).all()
        assert {count for _, count in per_task} == {places}
        assert set(session.scalars(select(RatingTask.state))) == {"done"}


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_hundreds_of_claims_by_eight_threads_give_no_place_twice(database: Database) -> None:
    with database.transaction() as session:
        ids = [add_account(session, f"crowd{i}").id for i in range(8)]
        recording = add_recording(session)
        for _ in range(150):
            add_task(session, add_trial(session, recording), "FER", places=2)
    rules = RatingRules(open_claims=1000)

    def claim_all(rater: int) -> list[int]:
        have: list[int] = []
        while (place := claimed(database, rater, FER, rules=rules, have=have)) is not None:
            have.append(place[0])
        return have

    with ThreadPoolExecutor(8) as pool:
        given = [claim for claims in pool.map(claim_all, ids) for claim in claims]
    assert len(given) == len(set(given)) == 300
