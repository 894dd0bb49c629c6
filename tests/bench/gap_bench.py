"""The gap: how soon the page is there at ten thousand trials, and how often its intervals hold what was planted."""

import secrets
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from fastapi.testclient import TestClient
from sqlalchemy import select

from annotate.gap.answers import both_answered
from annotate.gap.gap import Gap, find_gap
from annotate.gap.words import Verdict, verdict
from annotate.intervals import Interval
from server.accounts.service import add_account
from server.app import create_app
from server.config import ServerConfig
from server.db.engine import Database
from server.db.ratings import Vote
from server.db.upgrade import upgrade
from server.serve import settle_memory
from tests.annotate.gap.made_up import MadeUp, Plan, make_up
from tests.bench.figure import Figure
from tests.bench.rating_load import quantile
from tests.server.gap.study import put_in

TITLE = "the gap: 10,080 trials with six answers each, and intervals over 20 participants"
LARGE = Plan(participants=120, clips=84, pool=8)
LOOKS = 5
STUDIES = 100
WITH_GAP = Plan(participants=20)
WITHOUT = Plan(participants=20, neutralize=0, mask=0)
PASSWORD = "long enough to be one"


def run() -> list[Figure]:
    return [*_page(), *_intervals()]


def _page() -> Iterator[Figure]:
    with tempfile.TemporaryDirectory(prefix="duchenne-gap-") as scratch:
        folder = Path(scratch)
        url = f"sqlite:///{folder / 'house.db'}"
        upgrade(url)
        app = create_app(ServerConfig(url, folder / "media", folder / "snapshots"))
        with app.state.database.transaction() as session:
            put_in(session, make_up(LARGE))
        add_account(app.state.database, "grace", "researcher", PASSWORD)
        with TestClient(app, base_url="http://testserver") as client:
            client.post("/login", data={"name": "grace", "password": PASSWORD})
            client.get("/gap?origin=simulated")  # late imports and templates are not what is measured
            settle_memory()  # as a started server does
            first = quantile([_after_an_answer(app.state.database, client) for _ in range(LOOKS)], 0.5)
            yield Figure("first look at /gap after an answer", first, "s", most=1.5)
            yield Figure("next look", min(_seconds(client, "/gap") for _ in range(5)), "s", most=0.2)
            trials = min(_seconds(client, "/gap/trials?felt=sadness&shown=happiness") for _ in range(5))
            yield Figure("trials behind a cell", trials, "s", most=0.2)
        app.state.database.close()


def _after_an_answer(database: Database, client: TestClient) -> float:
    """Seconds until the page is there when somebody has just corrected the newest answer."""
    with database.transaction() as session:
        newest = session.scalars(select(Vote).order_by(Vote.id.desc()).limit(1)).one()
        kept = ("task_id", "instrument", "rater_id", "seven", "three", "valence", "arousal", "intensity", "position")
        again = {name: getattr(newest, name) for name in kept}
        key = secrets.token_hex(16)
        session.add(Vote(**again, supersedes_id=newest.id, idempotency_key=key, created_utc=datetime.now(UTC)))
    return _seconds(client, "/gap")


def _seconds(client: TestClient, path: str) -> float:
    begun = time.perf_counter()
    reply = client.get(path)
    if reply.status_code != 200:
        raise RuntimeError(f"{path}: the server under test answered {reply.status_code}")
    return time.perf_counter() - begun


def _intervals() -> Iterator[Figure]:
    planted = [_found(WITH_GAP, seed) for seed in range(STUDIES)]
    held = sum(_holds(gap.overall.valence.shift, made.true_shift[0]) for made, gap in planted)
    yield Figure("planted shift of valence within its interval", 100 * held / STUDIES, "%", least=85)
    told = sum(verdict(gap) is Verdict.ABOVE_NOISE for _made, gap in planted)
    yield Figure("a planted gap is told", 100 * told / STUDIES, "%", least=99)
    nothing = [gap for _made, gap in (_found(WITHOUT, seed) for seed in range(STUDIES))]
    false = sum(verdict(gap) is Verdict.ABOVE_NOISE for gap in nothing)
    yield Figure("a gap is told where none is", 100 * false / STUDIES, "%", most=12, note="5 % is meant")
    above: dict[str, Callable[[Gap], Interval | None]] = {
        "other emotions": lambda gap: gap.overall.differ.above,
        "distance": lambda gap: gap.overall.distance.above,
    }
    for name, figure in above.items():
        held = sum(_holds(figure(gap), 0.0) for gap in nothing)
        yield Figure(f"{name} above noise: interval holds 0", 100 * held / STUDIES, "%", least=85, note="95 % is meant")


def _found(plan: Plan, seed: int) -> tuple[MadeUp, Gap]:
    made = make_up(Plan(**(vars(plan) | {"seed": seed})))
    gap = find_gap(both_answered(made.answers, made.facts), draws=400)
    assert gap is not None
    return made, gap


def _holds(interval: Interval | None, value: float) -> bool:
    return (
        interval is not None
        and interval.low is not None
        and interval.high is not None
        and interval.low <= value <= interval.high
    )
