"""Sixteen raters and 10,000 places: is any trial given to more people than were asked for?"""

import asyncio
import tempfile
from pathlib import Path

from sqlalchemy import func, select

from server.db.ratings import Claim, RatingTask
from server.db.revisions import open_database
from tests.bench.figure import Figure
from tests.bench.postgresql import postgresql
from tests.bench.rating_house import config_of, made_up_house, served
from tests.bench.rating_load import Tally, quantile, rate

TITLE = "16 raters empty a queue of 10,000 places"
RATERS, PLACES, TRIALS = 16, 2, 5000
PROCESSES = 4
_LONGEST_S = 900.0


def run() -> list[Figure]:
    with tempfile.TemporaryDirectory(prefix="duchenne-claims-") as scratch:
        folder = Path(scratch)
        sqlite = _emptied(f"sqlite:///{folder / 'house.db'}", folder, 1, "SQLite")
        with postgresql() as url:
            return [*sqlite, *_emptied(url, folder, PROCESSES, f"PostgreSQL, {PROCESSES} server processes")]


def _emptied(url: str, folder: Path, processes: int, name: str) -> list[Figure]:
    seats = made_up_house(url, TRIALS, RATERS, PLACES)
    with served(config_of(folder, url), processes) as port:
        tally = asyncio.run(rate(port, seats, "FER", _LONGEST_S))
    given, beyond, still_open = _judge(url)
    return [
        Figure(f"{name}: places given and answered", given, f"of {TRIALS * PLACES}", least=TRIALS * PLACES),
        Figure(f"{name}: given beyond what was asked", beyond, "", most=0, note="Label Studio 1.23.2: 16 of 49"),
        Figure(f"{name}: trials that wait for somebody all the same", still_open, "", most=0, note=_refusals(tally)),
        Figure(f"{name}: labels saved", tally.labels_a_second, "/s"),
        Figure(f"{name}: next trial, p95", 1000 * quantile(tally.claims_s, 0.95), "ms"),
    ]


def _refusals(tally: Tally) -> str:
    return f"{len(tally.refused)} refused" + "".join(f"; {one}" for one in tally.refused[:1])


def _judge(url: str) -> tuple[int, int, int]:
    """Places answered; people beyond the places of their trial; trials that are still open."""
    database = open_database(url)
    try:
        with database.reading() as session:
            done = session.scalar(select(func.count()).where(Claim.state == "done")) or 0
            raters = func.count(Claim.rater_id.distinct())
            per_task = session.execute(
                select(raters, RatingTask.places)
                .join(RatingTask, RatingTask.id == Claim.task_id)
                .group_by(RatingTask.id, RatingTask.places)
            )
            beyond = sum(max(0, count - places) for count, places in per_task)
            open_now = session.scalar(
                select(func.count()).where(RatingTask.state == "open", RatingTask.instrument == "FER")
            )
    finally:
        database.close()
    return done, beyond, open_now or 0
