"""The server is killed (kill -9) at random moments while people rate: is every acknowledged answer there, and once?"""

import asyncio
import random
import secrets
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from duchenne.console import bar
from server.config import ServerConfig
from server.db.ratings import Vote
from server.db.revisions import open_database
from tests.bench.early_receipts import acknowledge_early
from tests.bench.figure import Figure
from tests.bench.loopback_client import Connection, Reply
from tests.bench.rating_house import LOOPBACK, Seat, config_of, free_port, made_up_house, start_server
from tests.bench.rating_load import ANSWER

TITLE = "server killed (kill -9) at random moments under load"
KILLS, CONTROLS, SEED = 300, 12, 1
RATERS, TRIALS, PLACES = 8, 20_000, 3
#: The kill comes within so many seconds of the server's first receipt: a server that nobody uses loses nothing.
_WITHIN_S = 0.4
_PATIENCE_S = 30.0
_GONE = (OSError, asyncio.IncompleteReadError)


@dataclass
class Desk:
    """A rater's page: what it was told is saved, and the answer that it has not been told of yet."""

    seat: Seat
    acknowledged: list[str] = field(default_factory=list)
    #: (claim, key): sent, but no receipt came; sent again with the same key as soon as a server is there.
    unsure: tuple[int, str] | None = None
    #: Places that it holds to be answered; the control's server does not know that yet.
    answered: list[int] = field(default_factory=list)


def run() -> list[Figure]:
    found = _killed(KILLS, None, "kills")
    control = _killed(CONTROLS, acknowledge_early, "kills of the control")
    return [
        Figure("answers acknowledged", found.acknowledged, "", note=f"{KILLS} kills, {RATERS} raters"),
        Figure("of them lost", found.lost, "", most=0),
        Figure("answers saved twice", found.doubled, "", most=0),
        Figure("receipts that a kill swallowed, sent again", found.sent_again, ""),
        Figure("control that acknowledges too early: lost", control.lost, "", least=1, note=f"{CONTROLS} kills"),
    ]


@dataclass(frozen=True)
class _Found:
    acknowledged: int
    lost: int
    doubled: int
    sent_again: int


def _killed(kills: int, spoil: Callable[[Any], None] | None, title: str) -> _Found:
    draw = random.Random(SEED)
    with tempfile.TemporaryDirectory(prefix="duchenne-server-kill-") as scratch:
        folder = Path(scratch)
        url = f"sqlite:///{folder / 'house.db'}"
        desks = [Desk(seat) for seat in made_up_house(url, TRIALS, RATERS, PLACES)]
        config, port, sent_again = config_of(folder, url), free_port(), 0
        with bar(title) as progress:
            for number in range(1, kills + 1):
                sent_again += sum(desk.unsure is not None for desk in desks)
                _one_life(config, port, desks, draw.uniform(0, _WITHIN_S), spoil)
                progress(number, kills)
        _last_life(config, port, desks)
        return _judge(url, desks, sent_again)


def _one_life(
    config: ServerConfig, port: int, desks: list[Desk], seconds: float, spoil: Callable[[Any], None] | None
) -> None:
    server = start_server(config, port, spoil)
    for desk in desks:
        desk.answered.clear()  # what the control's server never wrote down it may ask for again

    async def live() -> None:
        first_receipt = asyncio.Event()
        work = asyncio.gather(*(_work(port, desk, first_receipt) for desk in desks))
        await asyncio.wait({asyncio.create_task(first_receipt.wait())}, timeout=_PATIENCE_S)
        await asyncio.sleep(seconds)
        server.process.kill()
        await work

    asyncio.run(live())
    server.kill()


def _last_life(config: ServerConfig, port: int, desks: list[Desk]) -> None:
    """Pages that still wait for a receipt send once more to a server that lives."""
    server = start_server(config, port)

    async def live() -> None:
        for desk in desks:
            await _send(Connection(LOOPBACK, port, desk.seat.headers), desk)

    asyncio.run(live())
    server.kill()


async def _work(port: int, desk: Desk, first_receipt: asyncio.Event) -> None:
    """Rate until the server is gone."""
    connection = Connection(LOOPBACK, port, desk.seat.headers)
    give_up = time.perf_counter() + 2 * _PATIENCE_S
    try:
        while time.perf_counter() < give_up:
            if desk.unsure is None:
                place = await connection.request("POST", "/api/rating/fer/claim", {"have": desk.answered[-50:]})
                _expect(place, 200, 204)
                if place.status == 204:  # the control's server still holds several of our answers in its hand
                    await asyncio.sleep(0.02)
                    continue
                desk.unsure = (place.json()["claim"], secrets.token_hex(16))
            await _send(connection, desk)
            first_receipt.set()
    except _GONE:
        return
    finally:
        connection.close()


async def _send(connection: Connection, desk: Desk) -> None:
    if desk.unsure is None:
        return
    claim, key = desk.unsure
    vote = ANSWER | {"instrument": "FER", "intensity": 1.5}
    answer = await connection.request("POST", f"/api/rating/claims/{claim}/vote", vote, Idempotency_Key=key)
    _expect(answer, 200, 201)
    desk.acknowledged.append(key)
    desk.answered.append(claim)
    desk.unsure = None


def _expect(reply: Reply, *statuses: int) -> None:
    if reply.status not in statuses:
        sys.exit(f"the server under test answered {reply.status}: {reply.body[:300]!r}")


def _judge(url: str, desks: list[Desk], sent_again: int) -> _Found:
    database = open_database(url)
    try:
        with database.reading() as session:
            kept = Counter(session.scalars(select(Vote.idempotency_key)))
            a_task = select(func.count()).select_from(Vote).group_by(Vote.task_id, Vote.rater_id)
            doubled = sum(count - 1 for count in session.scalars(a_task))
    finally:
        database.close()
    told = [key for desk in desks for key in desk.acknowledged]
    doubled += sum(count - 1 for count in kept.values())
    return _Found(len(told), sum(key not in kept for key in told), doubled, sent_again)
