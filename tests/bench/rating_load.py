"""Raters at work on a server, as many at once as asked: each asks for a place, answers it, and asks for the next."""

import asyncio
import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from tests.bench.loopback_client import Connection
from tests.bench.rating_house import LOOPBACK, Seat

ANSWER = {"seven": "sadness", "three": "negative", "valence": -0.5, "arousal": 0.25, "note": "", "looked_ms": 4200}


@dataclass
class Tally:
    """What was seen from outside: seconds that each claim and each vote took, and what the server acknowledged."""

    claims_s: list[float] = field(default_factory=list)
    votes_s: list[float] = field(default_factory=list)
    #: (rater, key) of every vote that was answered 201 or 200.
    acknowledged: set[tuple[int, str]] = field(default_factory=set)
    refused: list[str] = field(default_factory=list)
    wall_s: float = 0.0

    @property
    def labels_a_second(self) -> float:
        return len(self.acknowledged) / self.wall_s


async def rate(port: int, seats: Sequence[Seat], instrument: str, seconds: float, most: int | None = None) -> Tally:
    """All seats at once for `seconds`, or until `most` answers are in or nothing is left."""
    tally = Tally()
    begun = time.perf_counter()
    end = begun + seconds
    await asyncio.gather(*(_one_rater(port, seat, instrument, end, most, tally) for seat in seats))
    tally.wall_s = time.perf_counter() - begun
    return tally


async def _one_rater(port: int, seat: Seat, instrument: str, end: float, most: int | None, tally: Tally) -> None:
    connection = Connection(LOOPBACK, port, seat.headers)
    vote = {"instrument": instrument} | ANSWER | ({"intensity": 1.5} if instrument == "FER" else {})
    try:
        while time.perf_counter() < end and (most is None or len(tally.acknowledged) < most):
            asked = time.perf_counter()
            place = await connection.request("POST", f"/api/rating/{instrument.lower()}/claim", {"have": []})
            if place.status == 204:
                return
            if place.status != 200:
                tally.refused.append(f"claim: {place.status} {place.body[:200]!r}")
                return
            tally.claims_s.append(time.perf_counter() - asked)
            key, sent = secrets.token_hex(16), time.perf_counter()
            path = f"/api/rating/claims/{place.json()['claim']}/vote"
            answer = await connection.request("POST", path, vote, Idempotency_Key=key)
            if answer.status != 201:
                tally.refused.append(f"vote: {answer.status} {answer.body[:200]!r}")
                continue
            tally.votes_s.append(time.perf_counter() - sent)
            tally.acknowledged.add((seat.account_id, key))
    finally:
        connection.close()


def quantile(values: Sequence[float], share: float) -> float:
    """The value below which `share` of them lie; 0 where there is none."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0
