"""What was felt (rows) against what was shown (columns), over the seven classes.

Soft: each pair of an ER answer and an FER answer of one trial counts 1 / (pairs of that trial), so a trial counts 1 in
all. Majority: a trial counts 1 in the cell of its two majority classes; trials with a tie in one of them count nowhere.
"""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from annotate.gap.answers import Floats
from annotate.gap.measures import Measures
from annotate.intervals import Interval
from annotate.resampling import Resampling, one_interval
from annotate.scales import EMOTIONS

CLASSES = len(EMOTIONS)


class LabelRule(StrEnum):
    """How the answers of several raters become what a trial counts as."""

    SOFT = "soft"
    MAJORITY = "majority"


@dataclass(frozen=True)
class Cell:
    """`count` in trials, `of_row` its share of all that felt so with an interval, `of_all` its share of everything."""

    felt: str
    shown: str
    count: float
    of_row: Interval | None
    of_all: float


@dataclass(frozen=True)
class Confusion:
    """`rows`: seven by seven, in the order of the scales. `counted` trials are in it, `ties` are not."""

    rule: LabelRule
    rows: list[list[Cell]]
    counted: int
    ties: int
    differ: Interval | None

    def felt_count(self, row: int) -> float:
        return sum(cell.count for cell in self.rows[row])

    def shown_count(self, column: int) -> float:
        return sum(row[column].count for row in self.rows)


def cell_weights(m: Measures, rule: LabelRule) -> Floats:
    """(T, 7, 7): how much of each trial lies in each cell."""
    if rule is LabelRule.SOFT:
        return m.er_seven[:, :, None] * m.fer_seven[:, None, :]
    weights = np.zeros((len(m.er_majority), CLASSES, CLASSES))
    clear = np.flatnonzero((m.er_majority >= 0) & (m.fer_majority >= 0))
    weights[clear, m.er_majority[clear], m.fer_majority[clear]] = 1.0
    return weights


def confusion(m: Measures, resampling: Resampling, rule: LabelRule) -> Confusion:
    """The matrix with an interval for the share of each cell in its row."""
    weights = cell_weights(m, rule)
    trials = len(weights)
    counted = weights.sum((1, 2))
    cells = resampling.sums(weights.reshape(trials, -1))
    of_row = np.repeat(resampling.sums(weights.sum(2)), CLASSES, axis=1)
    shares = iter(resampling.ratios_of_sums(cells, of_row).intervals())
    counts, total = weights.sum(0), counted.sum()
    off_diagonal = counted - np.trace(weights, axis1=1, axis2=2)
    differ = one_interval(resampling.ratios(off_diagonal[:, None], counted[:, None]))
    rows = [
        [
            Cell(felt.value, shown.value, float(count), next(shares), float(count / total) if total else 0.0)
            for shown, count in zip(EMOTIONS, row, strict=True)
        ]
        for felt, row in zip(EMOTIONS, counts, strict=True)
    ]
    return Confusion(rule, rows, round(total), trials - round(total), differ)
