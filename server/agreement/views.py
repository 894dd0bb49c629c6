"""What the pages draw: scales, words and pictures made of the documents."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from server.agreement.documents import FieldAgreement, Figure, RaterFigures, RaterWeek, StatisticFigure
from server.charts.intervals import Point, Scale, dot_with_interval, line_with_band, scale_below, scale_beside, written

#: Krippendorff's (2004, page 241) limits: conclusions may hold from the one, tentatively from the other.
TENTATIVE, FIRM = 0.667, 0.8

FIELD_NAMES = {
    "seven": "Seven classes",
    "three": "Three classes",
    "valence": "Valence",
    "arousal": "Arousal",
    "intensity": "Intensity",
}
STATISTIC_NAMES = {
    "alpha nominal": "α, nominal",
    "alpha ordinal": "α, ordinal",
    "alpha interval": "α, interval",
    "Fleiss kappa": "Fleiss’ κ",
    "ICC(2,1)": "ICC(2,1)",
    "ICC(2,k)": "ICC(2,k)",
    "CCC": "Lin’s CCC",
}


def agreement_scale(figures: Iterable[Figure | None]) -> Scale:
    """0 to 1, and below where a figure or its interval is."""
    least = min((_least(one) for one in figures if one is not None), default=0.0)
    # A hair below 0 is no reason to give half of the room to what is not there.
    low = 0.0 if least >= -0.02 else max(-1.0, round(math.floor(least * 5) / 5, 1))
    return Scale(low, 1.0, firm=tuple(sorted({low, 0.0, TENTATIVE, FIRM, 1.0})))


def bias_scale(figures: Iterable[Figure | None]) -> Scale:
    """As far to both sides of 0 as any figure or interval reaches, in tenths."""
    ends = [abs(end) for one in figures if one is not None for end in (one.value, one.low, one.high) if end is not None]
    reach = round(min(max(0.1, math.ceil(max(ends, default=0.1) * 10) / 10), 2.0), 1)
    return Scale(-reach, reach, firm=(-reach, 0.0, reach))


def _least(one: Figure) -> float:
    return one.value if one.low is None else min(one.value, one.low)


def row(scale: Scale, one: Figure | None, name: str = "") -> Markup:
    """The picture of a figure, or nothing where it is not defined."""
    return Markup() if one is None else dot_with_interval(scale, one.value, one.low, one.high, name)


@dataclass(frozen=True)
class OverTime:
    """A series as a picture, with the words under its ends."""

    picture: Markup
    side: Markup
    first: str
    last: str
    weeks: int


def agreement_over_time(field: FieldAgreement) -> OverTime | None:
    """The weeks of a field, None where there are fewer than two."""
    points = [_point(week.monday.strftime("%d %b"), week.figure) for week in field.weeks]
    name = f"{FIELD_NAMES[field.field]}, {STATISTIC_NAMES[field.statistics[0].statistic]}"
    return _over_time(points, agreement_scale(week.figure for week in field.weeks), name)


def rater_over_time(weeks: Sequence[RaterWeek], what: str) -> OverTime | None:
    """`what`: alpha, valence_bias or arousal_bias."""
    figures = [getattr(week, what) for week in weeks]
    points = [_point(week.monday.strftime("%d %b"), one) for week, one in zip(weeks, figures, strict=True)]
    scale = agreement_scale(figures) if what == "alpha" else bias_scale(figures)
    return _over_time(points, scale, {"alpha": "α", "valence_bias": "valence", "arousal_bias": "arousal"}[what])


def _over_time(points: Sequence[Point], scale: Scale, name: str) -> OverTime | None:
    if sum(point.value is not None for point in points) < 2:
        return None
    picture = line_with_band(scale, points, name)
    return OverTime(picture, scale_beside(scale), points[0].name, points[-1].name, len(points))


def _point(name: str, one: Figure | None) -> Point:
    return Point(name, None) if one is None else Point(name, one.value, one.low, one.high)


def points(one: Figure | None) -> str:
    """A difference of shares in percentage points, with its sign: '+8', '−3'."""
    if one is None:
        return ""
    number = written(one.value * 100, 0)
    return number if number == "0" or number.startswith("\N{MINUS SIGN}") else f"+{number}"


def strongest_bias(figures: RaterFigures) -> tuple[str, Figure] | None:
    """The class whose bias is surest not to be 0: the interval that lies farthest from it; None where none does."""
    sure = [
        (name, one)
        for name, one in figures.class_bias.items()
        if one is not None and one.low is not None and one.high is not None and (one.low > 0 or one.high < 0)
    ]
    return max(sure, key=lambda pair: max(pair[1].low or 0.0, -(pair[1].high or 0.0)), default=None)


def changed(figures: RaterFigures) -> str:
    """'falling' or 'rising' where the interval of the change leaves 0 out, else ''."""
    one = figures.change
    if one is None or one.low is None or one.high is None:
        return ""
    return "falling" if one.high < 0 else "rising" if one.low > 0 else ""


def k_of(one: StatisticFigure) -> str:
    return "" if one.k is None else f"k = {written(one.k, 1)}"


#: What templates call by name.
NAMES = {
    "field_names": FIELD_NAMES,
    "statistic_names": STATISTIC_NAMES,
    "row": row,
    "scale_below": scale_below,
    "agreement_scale": agreement_scale,
    "bias_scale": bias_scale,
    "agreement_over_time": agreement_over_time,
    "rater_over_time": rater_over_time,
    "points": points,
    "strongest_bias": strongest_bias,
    "changed": changed,
    "k_of": k_of,
    "written": written,
}
