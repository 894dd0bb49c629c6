"""The figures of a group of trials, each with its interval over participants."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from annotate.gap.answers import BothAnswered, Floats, Ints
from annotate.gap.measures import Measures, Rate
from annotate.intervals import Interval
from annotate.resampling import Drawn, Resampling, join, own_intervals

Ratio = tuple[Floats, Floats]
#: The figures that stand beside rater noise.
BESIDE_NOISE = ("distance", "differ", "neutralized", "masked")
#: So many groups at once: their draws take some 20 MB.
_BLOCK = 100


@dataclass(frozen=True)
class BesideNoise:
    """A figure of ER against FER beside the same figure of two raters of one instrument.

    `between`: of all trials; `two_er`, `two_fer`: of those that two raters answered; `noise` and `above` (between
    minus noise): of those for which both are known, `compared` of them. None: not known.
    """

    between: Interval | None
    two_er: Interval | None
    two_fer: Interval | None
    noise: Interval | None
    above: Interval | None
    compared: int


@dataclass(frozen=True)
class Shift:
    """From felt to shown, in valence or in arousal: mean felt, mean shown, and mean shown minus felt."""

    felt: float | None
    shown: float | None
    shift: Interval | None


@dataclass(frozen=True)
class GroupFigures:
    """One group. `key` is the clip, the participant or the emotion; `trials` and `participants` count.

    `distance` is in the plane of valence and arousal, 0 to √8; `differ`, `neutralized` and `masked` are shares.
    """

    key: str
    trials: int
    participants: int
    distance: BesideNoise
    differ: BesideNoise
    neutralized: BesideNoise
    masked: BesideNoise
    valence: Shift
    arousal: Shift


@dataclass(frozen=True)
class RatioTable:
    """Ratios of sums over R rows: `participant` (R), `ratios` name to numerator and denominator (R) each.

    The names are those that `group_figures` looks up; `weight` (R) says how much of a trial the row is.
    """

    participant: Ints
    weight: Floats
    ratios: Mapping[str, Ratio]


def ratio_table(both: BothAnswered, m: Measures) -> RatioTable:
    """One row a trial."""
    one = np.ones(len(both))
    ratios: dict[str, Ratio] = {}
    for name, compared in (("distance", m.distance), ("differ", m.differ)):
        known = np.isfinite(compared.above)
        ratios |= {
            name: (compared.between, one),
            f"{name} two_er": where_known(compared.two_er),
            f"{name} two_fer": where_known(compared.two_fer),
            f"{name} noise": _masked_ratio(compared.noise, one, known),
            f"{name} compared": _masked_ratio(compared.between, one, known),
        }
    for name, rate in (("neutralized", m.neutralized), ("masked", m.masked)):
        ratios |= rate_ratios(name, rate)
    for place, scale in enumerate(("valence", "arousal")):
        ratios |= {
            f"{scale} felt": (m.felt[:, place], one),
            f"{scale} shown": (m.shown[:, place], one),
            f"{scale} shift": (m.shift[:, place], one),
        }
    return RatioTable(both.participant, one, ratios)


def rate_ratios(name: str, rate: Rate) -> dict[str, Ratio]:
    known = np.isfinite(rate.noise_numerator)
    return {
        name: (rate.numerator, rate.denominator),
        f"{name} noise": _masked_ratio(rate.noise_numerator, rate.noise_denominator, known),
        f"{name} compared": _masked_ratio(rate.numerator, rate.denominator, known),
    }


def where_known(values: Floats) -> Ratio:
    known = np.isfinite(values)
    return np.where(known, values, 0.0), known.astype(np.float64)


def _masked_ratio(numerator: Floats, denominator: Floats, known: NDArray[np.bool_]) -> Ratio:
    return np.where(known, numerator, 0.0), np.where(known, denominator, 0.0)


def group_figures(table: RatioTable, resampling: Resampling, group: Ints, keys: tuple[str, ...]) -> list[GroupFigures]:
    """The figures of each group: `group` (R) points into `keys`, -1 is in none of them."""
    found: list[GroupFigures] = []
    for start in range(0, len(keys), _BLOCK):
        block = keys[start : start + _BLOCK]
        inside = (group >= start) & (group < start + len(block))
        found += _block_figures(table, resampling, np.where(inside, group - start, -1), block)
    return found


def own_figures(table: RatioTable, group: Ints, keys: tuple[str, ...]) -> list[GroupFigures]:
    """The figures of each group, with intervals over its own rows: for single participants."""
    names = list(table.ratios)
    found = own_intervals(
        np.stack([table.ratios[name][0] for name in names], axis=1),
        np.stack([table.ratios[name][1] for name in names], axis=1),
        group,
        len(keys),
        less=[(names.index(f"{name} compared"), names.index(f"{name} noise")) for name in BESIDE_NOISE],
    )
    intervals = dict(zip([*names, *(f"{name} above" for name in BESIDE_NOISE)], found, strict=True))
    return _assembled(table, intervals, group, keys, [1] * len(keys))


def _block_figures(table: RatioTable, resampling: Resampling, group: Ints, keys: tuple[str, ...]) -> list[GroupFigures]:
    people = (resampling.grouped_sums(table.weight[:, None], group, len(keys)) > 0).sum(0).tolist()
    return _assembled(table, _intervals(table, resampling, group, len(keys)), group, keys, people)


def _assembled(
    table: RatioTable,
    intervals: Mapping[str, list[Interval | None]],
    group: Ints,
    keys: tuple[str, ...],
    people: list[int],
) -> list[GroupFigures]:
    inside = (group >= 0) & (table.weight > 0)
    trials = np.bincount(group[inside], minlength=len(keys)).tolist()
    compared = {
        name: np.bincount(group[inside & (table.ratios[f"{name} noise"][1] > 0)], minlength=len(keys)).tolist()
        for name in BESIDE_NOISE
    }
    unknown: list[Interval | None] = [None] * len(keys)

    def beside(name: str, place: int) -> BesideNoise:
        return BesideNoise(
            between=intervals[name][place],
            two_er=intervals.get(f"{name} two_er", unknown)[place],
            two_fer=intervals.get(f"{name} two_fer", unknown)[place],
            noise=intervals[f"{name} noise"][place],
            above=intervals[f"{name} above"][place],
            compared=compared[name][place],
        )

    def shift(scale: str, place: int) -> Shift:
        felt, shown = intervals[f"{scale} felt"][place], intervals[f"{scale} shown"][place]
        return Shift(felt.value if felt else None, shown.value if shown else None, intervals[f"{scale} shift"][place])

    return [
        GroupFigures(
            key=key,
            trials=trials[place],
            participants=people[place],
            distance=beside("distance", place),
            differ=beside("differ", place),
            neutralized=beside("neutralized", place),
            masked=beside("masked", place),
            valence=shift("valence", place),
            arousal=shift("arousal", place),
        )
        for place, key in enumerate(keys)
    ]


def _intervals(table: RatioTable, resampling: Resampling, group: Ints, groups: int) -> dict[str, list[Interval | None]]:
    """Name to one interval a group: all the table's ratios, and what lies above the noise."""
    names = list(table.ratios)
    drawn = resampling.grouped_ratios(
        np.stack([table.ratios[name][0] for name in names], axis=1),
        np.stack([table.ratios[name][1] for name in names], axis=1),
        group,
        groups,
    )

    def columns(wanted: list[str]) -> Drawn:
        places = np.concatenate([names.index(name) * groups + np.arange(groups) for name in wanted])
        return Drawn(drawn.values[places], drawn.draws[:, places], drawn.clusters[places])

    above = columns([f"{name} compared" for name in BESIDE_NOISE]) - columns([f"{name} noise" for name in BESIDE_NOISE])
    names += [f"{name} above" for name in BESIDE_NOISE]
    flat = join([drawn, above]).intervals()
    return {name: flat[place * groups : (place + 1) * groups] for place, name in enumerate(names)}
