"""Answers a day as bars: geometry for the template."""

from dataclasses import dataclass
from datetime import date, timedelta

from server.studies.progress import StudyProgress

#: The picture's own coordinates.
WIDTH, HEIGHT, FOOT = 560.0, 120.0, 18.0
_HEAD = 16.0


@dataclass(frozen=True)
class Bar:
    """One day of one instrument; `y` and `height` are 0 high where nobody answered."""

    instrument: str
    x: float
    y: float
    width: float
    height: float
    says: str


@dataclass(frozen=True)
class Bars:
    """All bars, the highest count, and the days that are written below: (x, words)."""

    bars: list[Bar]
    most: int
    days: list[tuple[float, str]]
    says: str


def bars_of(study: StudyProgress) -> Bars:
    """ER beside FER, the oldest day at the left."""
    most = max((count for one in study.instruments for count in one.per_day), default=0)
    days = len(study.instruments[0].per_day)
    slot = WIDTH / days
    wide = slot * 0.8 / len(study.instruments)
    bars = []
    for number, one in enumerate(study.instruments):
        for at, count in enumerate(one.per_day):
            tall = round(count / most * (HEIGHT - FOOT - _HEAD), 1) if most else 0.0
            x = round(at * slot + slot * 0.1 + number * wide, 1)
            day = _day(study.last_day, days - 1 - at)
            bars.append(
                Bar(one.instrument, x, round(HEIGHT - FOOT - tall, 1), round(wide, 1), tall,
                    f"{day:%Y-%m-%d}: {count} {one.instrument}")
            )  # fmt: skip
    labelled = [
        (round((days - 1 - back) * slot + slot / 2, 1), "today" if back == 0 else f"{_day(study.last_day, back):%d %b}")
        for back in (21, 14, 7, 0)
    ]
    told = ", ".join(f"{sum(one.per_day)} {one.instrument}" for one in study.instruments)
    return Bars(bars, most, labelled, f"Answers a day over the last {days} days: {told}")


def _day(last: date, back: int) -> date:
    return last - timedelta(days=back)
