"""Each rater against the others, overall and by week."""

from datetime import date

import numpy as np
from numpy.typing import NDArray

from annotate.agreement.concordance import ccc_with_others
from annotate.agreement.krippendorff import alpha_nominal
from annotate.agreement.with_others import alpha_change, alpha_with_others, class_bias, mean_bias
from annotate.intervals import Interval
from annotate.scales import EMOTIONS, Instrument
from server.agreement.documents import Figure, RaterFigures, RaterOverTime, RaterWeek, figure
from server.agreement.figures import DRAWS, WEEK_DRAWS, WEEKS, of_week
from server.agreement.reading import FLAGS, Columns
from server.agreement.scores import Scores

CLASSES = len(EMOTIONS)


def alpha_of_all(columns: Columns) -> Figure | None:
    """Of the seven classes."""
    return figure(alpha_nominal(columns.answers("seven"), CLASSES, draws=DRAWS))


def rater_figures(instrument: Instrument, columns: Columns, scores: Scores, today: date) -> dict[int, RaterFigures]:
    """By account id, all raters who answered under the instrument."""
    ids, number = columns.rater_number
    raters = len(ids)
    seven, valence, arousal = (columns.answers(name) for name in ("seven", "valence", "arousal"))
    own = number[columns.usable]
    alphas = alpha_with_others(seven, CLASSES, own, raters, draws=DRAWS)
    changes = alpha_change(seven, CLASSES, own, raters, _later_half(columns, own), draws=DRAWS)
    biases = class_bias(seven, CLASSES, own, raters, draws=DRAWS)
    near = [ccc_with_others(one, own, raters, draws=DRAWS) for one in (valence, arousal)]
    above = [mean_bias(one, own, raters, draws=DRAWS) for one in (valence, arousal)]
    found = {}
    for place, rater in enumerate(ids.tolist()):
        mine = number == place
        found[rater] = RaterFigures(
            instrument=instrument,
            answers=int(mine.sum()),
            today=int((columns.day[mine] == today.toordinal()).sum()),
            looked_ms=_median(columns.looked_ms[mine]),
            alpha=figure(alphas[place]),
            change=figure(changes[place]),
            valence=figure(near[0][place]),
            arousal=figure(near[1][place]),
            valence_bias=figure(above[0][place]),
            arousal_bias=figure(above[1][place]),
            class_bias={str(name): figure(one) for name, one in zip(EMOTIONS, biases[place], strict=True)},
            gold=scores.gold.get((rater, instrument)),
            training=scores.training.get((rater, instrument)),
            qualified=scores.qualified.get((rater, instrument), []),
            flags={
                flag: int(count)
                for flag, count in zip(FLAGS, columns.flags[mine].sum(axis=0).tolist(), strict=True)
                if count
            },
        )
    return found


def rater_over_time(instrument: Instrument, columns: Columns, rater: int) -> RaterOverTime:
    """The latest WEEKS in which the rater answered."""
    mine = columns.rater == rater
    mondays = np.unique(columns.week[mine])[-WEEKS:]
    place = np.searchsorted(mondays, columns.week)
    inside = mine & np.isin(columns.week, mondays)
    group = np.where(inside, np.minimum(place, len(mondays) - 1), -1)[columns.usable]
    seven, valence, arousal = (columns.answers(name) for name in ("seven", "valence", "arousal"))
    alphas = alpha_with_others(seven, CLASSES, group, len(mondays), draws=WEEK_DRAWS)
    above: list[list[Interval | None]] = [
        mean_bias(one, group, len(mondays), draws=WEEK_DRAWS) for one in (valence, arousal)
    ]
    weeks = []
    for number, monday in enumerate(mondays.tolist()):
        then = mine & (columns.week == monday)
        weeks.append(
            RaterWeek(
                monday=date.fromordinal(monday),
                answers=int(then.sum()),
                looked_ms=_median(columns.looked_ms[then]),
                alpha=of_week(alphas[number]),
                valence_bias=of_week(above[0][number]),
                arousal_bias=of_week(above[1][number]),
            )
        )
    rest = seven.where(~mine[columns.usable])
    return RaterOverTime(instrument=instrument, without=figure(alpha_nominal(rest, CLASSES, draws=DRAWS)), weeks=weeks)


def _later_half(columns: Columns, number: NDArray[np.int64]) -> NDArray[np.bool_]:
    """(N,) of the usable answers: whether they lie in the later half of their rater's, by day."""
    day = columns.day[columns.usable]
    order = np.lexsort((day, number))
    counts = np.bincount(number)
    within = np.arange(len(order)) - np.repeat(np.cumsum(counts) - counts, counts)
    later = np.empty(len(order), dtype=bool)
    later[order] = within >= np.repeat(counts / 2, counts)
    return later


def _median(values: NDArray[np.float64]) -> float | None:
    known = values[~np.isnan(values)]
    return float(np.median(known)) if len(known) else None
