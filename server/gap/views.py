"""The gap as a page shows it: matrix, arrows, and rows of figures with their pictures' geometry."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from annotate.gap.confusion import Confusion
from annotate.gap.figures import GroupFigures
from annotate.gap.gap import Gap
from annotate.gap.words import number, plus, share
from annotate.intervals import Interval
from server.charts.plane import Arrow, Movement, arrows
from server.charts.ranges import Axis, Range, axis_of, range_on
from server.gap.filters import Filters
from server.gap.keeping import FoundGap

#: Its name, its study where that is not plain, the address of its trials, its figures.
Group = tuple[str, str | None, str, GroupFigures]
Sort = Literal["gap", "classes", "valence", "arousal", "trials", "name"]
#: So many single trials are drawn as faint arrows.
FAINT = 300
#: So many clips and participants stand on the page itself.
FIRST = 12


@dataclass(frozen=True)
class Cell:
    """One cell of the matrix: how strong its colour (0 to 10), what stands in it, what it says when read out."""

    level: int
    text: str
    says: str
    href: str | None
    diagonal: bool


@dataclass(frozen=True)
class MatrixRow:
    name: str
    count: str
    href: str
    cells: list[Cell]


@dataclass(frozen=True)
class GroupRow:
    """One row of a table of groups."""

    name: str
    study: str | None
    href: str
    figures: GroupFigures
    distance: Range | None
    valence: Range | None


@dataclass(frozen=True)
class GroupTable:
    """Rows under two axes. `total` rows there are; `rows` may be the first of them."""

    rows: list[GroupRow]
    total: int
    distance_axis: Axis
    valence_axis: Axis


def matrix_rows(confusion: Confusion, filters: Filters) -> list[MatrixRow]:
    """Shares of each felt emotion; an empty cell has no link."""
    rows = []
    for line in confusion.rows:
        count = sum(cell.count for cell in line)
        cells = []
        for cell in line:
            of_row = cell.of_row
            told = share(of_row) if of_row else "no trial"
            there = of_row is not None and cell.count > 0
            cells.append(
                Cell(
                    level=round(of_row.value * 10) if of_row else 0,
                    text=_percent(of_row.value) if of_row else "",
                    says=f"felt {cell.felt}, shown {cell.shown}: {told} of {_trials(count)}",
                    href=f"/gap/trials{filters.query(felt=cell.felt, shown=cell.shown)}" if there else None,
                    diagonal=cell.felt == cell.shown,
                )
            )
        felt = line[0].felt
        rows.append(MatrixRow(felt, number(count, 0), f"/gap/trials{filters.query(felt=felt)}", cells))
    return rows


def _percent(value: float) -> str:
    return "<1" if 0 < value < 0.005 else number(value * 100, 0)


def _trials(count: float) -> str:
    return f"{number(count, 0)} trials"


def felt_again(gap: Gap, confusion: Confusion) -> list[str]:
    """For each row of the matrix: how often another ER rater named the same emotion, '' where not known."""
    noise = {group.key: group.differ.noise for group in gap.by_felt.groups}
    shares = [noise.get(line[0].felt) for line in confusion.rows]
    return ["–" if differ is None else f"{number((1 - differ.value) * 100, 0)} %" for differ in shares]


def group_table(groups: Sequence[Group], sort: Sort, first: int | None = None) -> GroupTable:
    figures = [group for *_, group in groups]
    distances = [group.distance.between for group in figures] + [group.distance.noise for group in figures]
    distance_axis = axis_of(distances, 200)
    valence_axis = axis_of([group.valence.shift for group in figures], 180)
    rows = [
        GroupRow(
            name,
            study,
            href,
            group,
            range_on(distance_axis, group.distance.between, group.distance.noise),
            range_on(valence_axis, group.valence.shift),
        )
        for name, study, href, group in groups
    ]
    rows.sort(key=_order(sort, figures))
    return GroupTable(rows[:first], len(rows), distance_axis, valence_axis)


def _order(sort: Sort, figures: Iterable[GroupFigures]) -> Callable[[GroupRow], Any]:
    """By what lies above the noise where that is known of all, else by the distance itself; the widest first."""
    above = all(group.distance.above is not None for group in figures)

    def key(row: GroupRow) -> Any:
        group = row.figures
        value = {
            "gap": group.distance.above if above else group.distance.between,
            "classes": group.differ.above or group.differ.between,
            "valence": group.valence.shift,
            "arousal": group.arousal.shift,
        }.get(sort)
        if sort == "trials":
            return (-group.trials, row.name)
        if sort == "name":
            return (row.study or "", row.name)
        size = abs(value.value) if sort in ("valence", "arousal") and value else value.value if value else -9.0
        return (-size, row.name)

    return key


def emotion_groups(
    groups: list[GroupFigures], filters: Filters, by: str
) -> list[tuple[str, str | None, str, GroupFigures]]:
    return [(group.key, None, f"/gap/trials{filters.query(**{by: group.key})}", group) for group in groups]


def keyed_groups(
    groups: list[GroupFigures], names: dict[str, tuple[str, str]], filters: Filters, by: str
) -> list[Group]:
    several = len({study for _name, study in names.values()}) > 1
    return [
        (names[group.key][0], names[group.key][1] if several else None,
         f"/gap/trials{filters.query(**{by: group.key})}", group)
        for group in groups
    ]  # fmt: skip


def bold_arrows(groups: list[GroupFigures], filters: Filters, by: str) -> list[Arrow]:
    """One an emotion, from its mean felt to its mean shown place."""
    movements = []
    for group in groups:
        v, a = group.valence, group.arousal
        if v.felt is None or v.shown is None or a.felt is None or a.shown is None:
            continue
        movements.append(
            Movement(
                name=group.key,
                felt=(v.felt, a.felt),
                shown=(v.shown, a.shown),
                href=f"/gap/trials{filters.query(**{by: group.key})}",
                says=f"{group.key}: valence {number(v.felt)} to {number(v.shown)}, arousal {number(a.felt)} to "
                f"{number(a.shown)}, {group.trials} trials",
                valence_ends=_ends(v.felt, v.shift),
                arousal_ends=_ends(a.felt, a.shift),
            )
        )
    return arrows(movements)


def _ends(felt: float, shift: Interval | None) -> tuple[float, float] | None:
    if shift is None or shift.low is None or shift.high is None:
        return None
    return max(-1.0, felt + shift.low), min(1.0, felt + shift.high)


def faint_arrows(found: FoundGap, gap: Gap) -> list[Arrow]:
    """Up to FAINT single trials, every n-th of them by id: ids are random, so this is a fair sample."""
    rows = np.arange(0, gap.trials, max(1, -(-gap.trials // FAINT)))
    names = found.names
    movements = []
    for row in rows.tolist():
        trial, (felt, shown) = gap.both.trials[row], (gap.measures.felt[row], gap.measures.shown[row])
        who = names.participants[gap.both.participants[gap.both.participant[row]]][0]
        clip = names.stimuli[gap.both.stimuli[gap.both.stimulus[row]]][0]
        valence, arousal = (float(one) for one in shown - felt)
        movements.append(
            Movement(
                name="",
                felt=(float(felt[0]), float(felt[1])),
                shown=(float(shown[0]), float(shown[1])),
                href=f"/trials/{trial}",
                says=f"{who}, {clip}: valence {plus(valence)}, arousal {plus(arousal)}",
            )
        )
    return arrows(movements)
