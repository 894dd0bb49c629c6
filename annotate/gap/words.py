"""The finding in words, and what is not known, as a page or a report says it."""

from enum import StrEnum

from annotate.gap.confusion import LabelRule
from annotate.gap.gap import Gap
from annotate.gap.raters import LEAST_RATERS, OverRaters
from annotate.intervals import LEAST_PARTICIPANTS, Interval

#: Below, percentile intervals are known to be somewhat too narrow.
FEW_PARTICIPANTS = 20


class Verdict(StrEnum):
    """Whether ER and FER differ by more than raters of one instrument do."""

    ABOVE_NOISE = "above noise"
    NOT_ABOVE_NOISE = "not above noise"
    UNKNOWN = "not known"


def verdict(gap: Gap) -> Verdict:
    """By the classes or by the places: either above its noise is a gap.

    Each counts when its interval of 95 % lies above 0, which chance does in 2.5 %; either of them, in 5 % at most.
    """
    above = [figure.above for figure in (gap.overall.differ, gap.overall.distance)]
    if all(figure is None or figure.low is None for figure in above):
        return Verdict.UNKNOWN
    if any(_is_above(figure) for figure in above):
        return Verdict.ABOVE_NOISE
    return Verdict.NOT_ABOVE_NOISE


def _is_above(figure: Interval | None) -> bool:
    return figure is not None and figure.low is not None and figure.low > 0


def finding(gap: Gap) -> list[str]:
    """Sentences; the first is the finding itself, with its interval."""
    told = verdict(gap)
    sentences = [_head(gap, told), _classes(gap), _shift(gap)]
    if told is not Verdict.UNKNOWN:
        sentences.insert(2, _above(gap))
    if told is Verdict.ABOVE_NOISE:
        sentences.append(_other_raters(gap.over_raters["differ above"]))
    return sentences


def _head(gap: Gap, told: Verdict) -> str:
    differ, distance = gap.overall.differ.above, gap.overall.distance.above
    if told is Verdict.UNKNOWN or differ is None or distance is None:
        return "Whether ER and FER differ by more than raters disagree among themselves is not known yet."
    if told is Verdict.NOT_ABOVE_NOISE:
        return f"No gap above rater noise was found: beyond it, ER and FER differ in the emotion by {points(differ)}."
    if _is_above(differ):
        return (
            f"Faces showed another emotion than was felt {points(differ)} more often than two raters of one instrument "
            "disagree."
        )
    return (
        f"Faces lay {signed(distance)} farther from what was felt than two raters of one instrument lie apart, in the "
        "plane of valence and arousal; the emotions named do not differ by more than that."
    )


def _classes(gap: Gap) -> str:
    between = gap.overall.differ.between
    assert between is not None  # there is at least one trial
    return f"An ER answer and an FER answer to the same trial named different emotions in {share(between)} of cases."


def _above(gap: Gap) -> str:
    differ, distance = gap.overall.differ, gap.overall.distance
    assert differ.noise is not None  # a verdict
    assert differ.above is not None
    assert distance.above is not None
    return (
        f"Two raters of the same instrument did so in {share(differ.noise)}. In the plane of valence and arousal the "
        f"distance above this noise is {signed(distance.above)}."
    )


def _shift(gap: Gap) -> str:
    valence, arousal = gap.overall.valence.shift, gap.overall.arousal.shift
    assert valence is not None
    assert arousal is not None
    return (
        f"On average faces looked {_direction(valence, 'more pleasant', 'less pleasant')} than what was felt (valence "
        f"{signed(valence)}) and {_direction(arousal, 'more excited', 'calmer')} (arousal {signed(arousal)})."
    )


def _direction(shift: Interval, up: str, down: str) -> str:
    if shift.low is None or shift.high is None:
        return up if shift.value > 0 else down
    if shift.low > 0:
        return up
    return down if shift.high < 0 else f"neither clearly {up} nor {down}"


def _other_raters(above: OverRaters) -> str:
    if above.low is None or above.high is None:
        return "Whether other raters would find the same is not known: that takes three of each instrument."
    between = f"between {number(above.low * 100, 0)} and {number(above.high * 100, 0)} points"
    if above.low > 0:
        return f"It would hold with other raters too: over participants and raters it lies {between}."
    return f"Other raters might not find it: over participants and raters it lies {between}."


def not_known(gap: Gap) -> list[str]:
    """What the figures do not tell, with the numbers behind it."""
    notes: list[str] = []
    compared = gap.overall.differ.compared
    if compared < gap.trials:
        notes.append(
            f"The noise is known from {_trials(compared)} of {gap.trials}: on the others one instrument has one rater "
            "only, and one rater cannot disagree with anybody."
        )
    if gap.participants < LEAST_PARTICIPANTS:
        notes.append("Fewer than three participants: how far other people would move the figures is not known.")
    elif gap.participants < FEW_PARTICIPANTS:
        notes.append(f"{gap.participants} participants: intervals over so few people are somewhat too narrow.")
    fewest = min(gap.er_raters, gap.fer_raters)
    if fewest < LEAST_RATERS:
        notes.append(
            f"{gap.er_raters} people rated ER and {gap.fer_raters} FER: how these few lean on the scales cannot be "
            "told from a gap. That takes three of each."
        )
    if ties := gap.confusions[LabelRule.MAJORITY].ties:
        notes.append(f"{_trials(ties)} without a majority class under one instrument: left out of majority figures.")
    if gap.by_felt.selected_on_own:
        notes.append(
            "No trial has two ER raters, so trials are grouped by the very answers that they are compared with: the "
            "figures by felt emotion contain regression to the mean."
        )
    notes += _left_out(gap)
    return notes


def _left_out(gap: Gap) -> list[str]:
    left = gap.left_out
    parts = [
        (left.only_er, "with ER answers only"),
        (left.only_fer, "with FER answers only"),
        (left.too_few_raters, "with fewer raters than asked for"),
    ]
    notes = [f"{_trials(many)} {why}: left out." for many, why in parts if many]
    if left.unusable_answers:
        notes.append(f"{left.unusable_answers} answers say that there is no face or nothing to use, and are left out.")
    return notes


def _trials(many: int) -> str:
    return "1 trial" if many == 1 else f"{many} trials"


def number(value: float, digits: int = 2) -> str:
    """With a true minus, and no minus before a zero."""
    text = f"{value:.{digits}f}"
    if float(text) == 0:
        return text.lstrip("-")
    return text.replace("-", "−")


def share(interval: Interval) -> str:
    """'38 % [34, 42]'"""
    return f"{number(interval.value * 100, 0)} %{_bounds(interval, 100, 0)}"


def points(interval: Interval) -> str:
    """'12 points [8, 15]'; with a decimal where all of it is small: '−0.6 points [−1.4, 0.2]'"""
    widest = max(abs(one) for one in (interval.value, interval.low, interval.high) if one is not None)
    digits = 1 if widest < 0.05 else 0
    return f"{number(interval.value * 100, digits)} points{_bounds(interval, 100, digits)}"


def measure(interval: Interval) -> str:
    """'0.56 [0.51, 0.61]'"""
    return f"{number(interval.value)}{_bounds(interval, 1, 2)}"


def signed(interval: Interval) -> str:
    """'+0.21 [0.15, 0.27]'"""
    return f"{plus(interval.value)}{_bounds(interval, 1, 2)}"


def plus(value: float, digits: int = 2) -> str:
    """With its sign, none before a zero."""
    text = number(value, digits)
    return f"+{text}" if value > 0 and float(text) else text


def bounds(interval: Interval, percent: bool) -> str:
    """'[0.51, 0.61]', in hundredths without decimals with `percent`; '' where they are not known."""
    return _bounds(interval, *((100, 0) if percent else (1, 2))).strip()


def _bounds(interval: Interval, times: float, digits: int) -> str:
    if interval.low is None or interval.high is None:
        return ""
    return f" [{number(interval.low * times, digits)}, {number(interval.high * times, digits)}]"
