"""Sixteen raters at once: labels saved for good, and how long one waits for the next trial."""

import asyncio
import tempfile
from pathlib import Path

from tests.bench.figure import Figure
from tests.bench.rating_house import config_of, made_up_house, served
from tests.bench.rating_load import Tally, quantile, rate

TITLE = "16 raters at once (SQLite, every answer synced to the disk before it is acknowledged)"
RATERS, SECONDS, TRIALS, PLACES = 16, 20.0, 5000, 3
#: Community edition, measured once on a machine of this kind with as many raters; not run again here.
_PEER = "Label Studio 1.23.2"


def run() -> list[Figure]:
    with tempfile.TemporaryDirectory(prefix="duchenne-labels-") as scratch:
        folder = Path(scratch)
        url = f"sqlite:///{folder / 'house.db'}"
        seats = made_up_house(url, TRIALS, RATERS, PLACES)
        with served(config_of(folder, url)) as port:
            asyncio.run(rate(port, seats, "FER", 2.0))  # the first requests load what later ones have
            fer = asyncio.run(rate(port, seats, "FER", SECONDS))
            er = asyncio.run(rate(port, seats, "ER", SECONDS))
    return [*figures("FER", fer), *figures("ER", er)]


def figures(instrument: str, tally: Tally) -> list[Figure]:
    """The figures of one instrument; anything refused is a failure."""
    return [
        Figure(f"{instrument}: labels saved", tally.labels_a_second, "/s", least=200, note=f"{_PEER}: 4–5 /s"),
        Figure(f"{instrument}: saving, median", 1000 * quantile(tally.votes_s, 0.5), "ms", note=f"{_PEER}: 3 s"),
        Figure(f"{instrument}: saving, p95", 1000 * quantile(tally.votes_s, 0.95), "ms", most=150),
        Figure(
            f"{instrument}: next trial, p95", 1000 * quantile(tally.claims_s, 0.95), "ms", most=100,
            note=f"{_PEER}: 8.7–20.9 s",
        ),
        Figure(f"{instrument}: refused", len(tally.refused), "", most=0, note="; ".join(tally.refused[:2])),
    ]  # fmt: skip
