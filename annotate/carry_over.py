"""How far a rater's previous answer pulls the present one, and whether the order of trials could make it look so.

Raters answer one trial after another, and judgements drift towards (or away from) the one before: sequential effects,
as in Holland and Lockhead (1968, Perception & Psychophysics 3, 409-414). The trial itself is taken out by what the
*other* raters of the instrument say of it. Answers are taken in the order of `position`, each rater's own count of the
places that they were given; a step is an answer whose predecessor (position minus 1) is known.

Classes. Of the steps, the share that repeats the previous class, less the share expected of this rater on these
trials without any memory. With q(k) the share of the other raters who say class k of the trial, and P(c | k) how often
this rater says c where others say k,

    expected = Σₖ q(k) P(c | k),  c the previous class

P is counted from the rater's own answers without the present and the previous one (with them it would be too high by
chance alone), and drawn towards all raters' P by the weight of two answers.

Valence and arousal. The slope b of  own - others = a + b · previous own + s · others  by least squares, with an
intercept a for each rater; `others` is the mean of the other raters, and its own slope takes out that raters use the
scale more or less widely. b = 0.1: the answer lies a tenth of the previous one farther.

Limits: where neighbours are alike by design (not counterbalanced) and the others are few, what they miss of the trial
looks like a pull; `neighbours` says whether they are. A rater who alternates on purpose has a negative excess.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from annotate.intervals import Interval
from annotate.resampling import Drawn, LeavingOut, Resampling, one_interval
from annotate.scales import EMOTIONS

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Name = TypeVar("Name", str, int)
CLASSES = len(EMOTIONS)
#: Fewer steps tell nothing of a rater.
LEAST_STEPS = 10
#: How many answers of their own outweigh what all raters do.
_SHRINK = 2.0


class Placed(NamedTuple):
    """One answer with its place in its rater's sequence; all of one instrument. `seven` counts from 0."""

    rater: int
    trial: str
    participant: str
    clip: str
    clip_emotion: str | None
    position: int
    seven: int
    valence: float
    arousal: float


@dataclass(frozen=True)
class CarryOver:
    """`repeated` and `expected` are shares of the steps, `excess` their difference; the pulls are slopes."""

    steps: int
    repeated: Interval | None
    expected: Interval | None
    excess: Interval | None
    valence_pull: Interval | None
    arousal_pull: Interval | None


@dataclass(frozen=True)
class CarryOverFigures:
    """Of each rater, with intervals over participants; overall, with intervals over raters (jackknife)."""

    raters: dict[int, CarryOver]
    overall: CarryOver


@dataclass(frozen=True)
class Neighbours:
    """How alike neighbours are: the share of steps in which both are of one kind, against a random order.

    `observed`, and `excess` over what the rater's own trials in random order would give, with intervals over raters.
    """

    kind: str
    steps: int
    observed: Interval | None
    expected: Interval | None
    excess: Interval | None


@dataclass(frozen=True)
class _Steps:
    """S steps: who, of which participant's trial, and the present and previous answers."""

    rater: Ints
    participant: Ints
    present: Ints
    previous: Ints


def carry_over(answers: Sequence[Placed], *, draws: int = 1000, seed: int = 0) -> CarryOverFigures:
    """The carry-over in these answers of one instrument. Answers that nobody else shares a trial with are no step."""
    ordered = sorted(answers, key=lambda one: (one.rater, one.position))
    raters, rater = _coded([one.rater for one in ordered])
    _people, participant = _coded([one.participant for one in ordered])
    shares, means, others = _others(ordered)
    steps = _steps(ordered, rater, participant, others)
    seven = np.array([one.seven for one in ordered], dtype=np.int64)
    repeats = (seven[steps.present] == seven[steps.previous]).astype(np.float64)
    expected = _expected(seven, shares, rater, steps, len(raters))
    own = np.array([(one.valence, one.arousal) for one in ordered], dtype=np.float64).reshape(-1, 2)
    moments = _moments(own, means, steps)

    def figures(resampling: Resampling, inside: NDArray[np.bool_], centred: Floats) -> CarryOver:
        return _figures(resampling, repeats[inside], expected[inside], centred)

    found: dict[int, CarryOver] = {}
    for place, name in enumerate(raters):
        inside = steps.rater == place
        mine, cluster = _coded(steps.participant[inside].tolist())
        found[name] = figures(Resampling(cluster, len(mine), draws=draws, seed=seed), inside, moments[inside])
    everybody = np.ones(len(repeats), dtype=bool)
    centred = _centred(moments, steps.rater, len(raters))
    return CarryOverFigures(found, figures(_over_raters(steps.rater), everybody, centred))


def neighbours(answers: Sequence[Placed]) -> list[Neighbours]:
    """Whether the previous trial is of the same clip emotion, clip or participant more often than in random order."""
    ordered = sorted(answers, key=lambda one: (one.rater, one.position))
    raters, rater = _coded([one.rater for one in ordered])
    kinds: dict[str, list[str | None]] = {
        "the same emotion of the clip": [one.clip_emotion for one in ordered],
        "the same clip": [one.clip for one in ordered],
        "the same participant": [one.participant for one in ordered],
    }
    found = []
    for kind, values in kinds.items():
        known = np.array([value is not None for value in values], dtype=bool)
        _names, code = _coded([value or "" for value in values])
        step = _follows(ordered, rater) & known
        step[1:] &= known[:-1]
        present = np.flatnonzero(step)
        same = (code[present] == code[present - 1]).astype(np.float64)
        by_chance = _same_by_chance(rater, code, known, len(raters))[rater[present]]
        resampling = _over_raters(rater[present])
        one = np.ones((len(present), 1))
        observed, expected = resampling.ratios(same[:, None], one), resampling.ratios(by_chance[:, None], one)
        found.append(
            Neighbours(
                kind, len(present), one_interval(observed), one_interval(expected), one_interval(observed - expected)
            )
        )
    return found


def _over_raters(rater: Ints) -> LeavingOut:
    known, codes = _coded(rater.tolist())
    return LeavingOut(codes, len(known))


def _coded(names: Sequence[Name]) -> tuple[list[Name], Ints]:
    """The names in their order, and where in it each lies."""
    known = sorted(set(names))
    places = {name: place for place, name in enumerate(known)}
    return known, np.array([places[name] for name in names], dtype=np.int64)


def _follows(ordered: Sequence[Placed], rater: Ints) -> NDArray[np.bool_]:
    """(N): whether the answer before is the same rater's at the position before. Position 0 means not known."""
    position = np.array([one.position for one in ordered], dtype=np.int64)
    follows = np.zeros(len(ordered), dtype=bool)
    follows[1:] = (rater[1:] == rater[:-1]) & (position[1:] == position[:-1] + 1) & (position[:-1] > 0)
    return follows


def _same_by_chance(rater: Ints, code: Ints, known: NDArray[np.bool_], raters: int) -> Floats:
    """For each rater: the chance that two of their trials, drawn without order, are of one kind."""
    kinds = int(code.max()) + 1 if len(code) else 1
    counts = np.bincount(rater[known] * kinds + code[known], minlength=raters * kinds).reshape(raters, kinds)
    many = counts.sum(1)
    return (counts * (counts - 1)).sum(1) / np.maximum(many * (many - 1), 1)


def _others(ordered: Sequence[Placed]) -> tuple[Floats, Floats, Floats]:
    """What the other raters of the trial say: shares of classes (N, 7), mean places (N, 2), how many they are (N)."""
    trials, trial = _coded([one.trial for one in ordered])
    many = len(trials)
    seven = np.array([one.seven for one in ordered], dtype=np.int64)
    own = np.array([(one.valence, one.arousal) for one in ordered], dtype=np.float64).reshape(-1, 2)
    everybody = np.bincount(trial * CLASSES + seven, minlength=many * CLASSES).reshape(many, CLASSES)[trial]
    counts: Floats = everybody - np.eye(CLASSES)[seven]
    others = counts.sum(1)
    totals = np.stack([np.bincount(trial, weights=column, minlength=many)[trial] for column in own.T], axis=1)
    at_least_one = np.maximum(others, 1)[:, None]
    return counts / at_least_one, (totals - own) / at_least_one, others


def _steps(ordered: Sequence[Placed], rater: Ints, participant: Ints, others: Floats) -> _Steps:
    present = np.flatnonzero(_follows(ordered, rater) & (others > 0))
    return _Steps(rater[present], participant[present], present, present - 1)


def _expected(seven: Ints, shares: Floats, rater: Ints, steps: _Steps, raters: int) -> Floats:
    """(S): the chance that this rater, without memory, says the previous class of the present trial."""
    said = np.eye(CLASSES)[seven]
    joint = np.zeros((raters, CLASSES, CLASSES))  # others' class by own class
    np.add.at(joint, rater, shares[:, :, None] * said[:, None, :])
    pooled = joint.sum(0)
    usual = (pooled + 1 / CLASSES) / (pooled.sum(1, keepdims=True) + 1)
    now, before = shares[steps.present], shares[steps.previous]
    previous = seven[steps.previous]
    repeats = (seven[steps.present] == previous)[:, None]
    places = np.arange(len(previous))
    own = joint[steps.rater][places, :, previous] - now * repeats - before
    all_own = joint.sum(2)[steps.rater] - now - before
    chance = (np.maximum(own, 0) + _SHRINK * usual[:, previous].T) / (np.maximum(all_own, 0) + _SHRINK)
    return (now * chance).sum(1)


def _moments(own: Floats, others: Floats, steps: _Steps) -> Floats:
    """(S, 2, 3): for valence and arousal, the previous own, the others', and own minus others'."""
    now = own[steps.present]
    consensus = others[steps.present]
    return np.stack([own[steps.previous], consensus, now - consensus], axis=2)


def _centred(moments: Floats, rater: Ints, raters: int) -> Floats:
    """Less each rater's own mean, so that one slope is common to all and the intercepts are their own."""
    many = np.maximum(np.bincount(rater, minlength=raters), 1)
    flat = moments.reshape(len(moments), 6)
    means = np.stack([np.bincount(rater, weights=column, minlength=raters) / many for column in flat.T], axis=1)
    centred: Floats = (flat - means[rater]).reshape(moments.shape)
    return centred


def _figures(resampling: Resampling, repeats: Floats, expected: Floats, moments: Floats) -> CarryOver:
    steps = len(repeats)
    if steps < LEAST_STEPS:
        return CarryOver(steps, None, None, None, None, None)
    one = np.ones((steps, 1))
    repeated, chance = resampling.ratios(repeats[:, None], one), resampling.ratios(expected[:, None], one)
    return CarryOver(
        steps,
        one_interval(repeated),
        one_interval(chance),
        one_interval(repeated - chance),
        one_interval(_slope(resampling, moments[:, 0])),
        one_interval(_slope(resampling, moments[:, 1])),
    )


def _slope(resampling: Resampling, moments: Floats) -> Drawn:
    """b of y = a + b x + s z from the sums of each draw; `moments` (S, 3) holds x, z, y."""
    x, z, y = moments.T
    columns = np.stack([np.ones_like(x), x, z, y, x * x, z * z, x * z, x * y, z * y], axis=1)

    def of(totals: Floats) -> Floats:
        with np.errstate(invalid="ignore", divide="ignore"):
            mx, mz, my, mxx, mzz, mxz, mxy, mzy = (totals[:, 1:] / totals[:, :1]).T
            xx, zz, xz = mxx - mx * mx, mzz - mz * mz, mxz - mx * mz
            xy, zy = mxy - mx * my, mzy - mz * my
            spread = xx * zz - xz * xz
            return np.where(spread > 1e-12, (xy * zz - zy * xz) / spread, np.nan)

    return resampling.statistic(of, columns)
