"""Made-up lives of nights: a champion, a new challenger each night, more people as time goes by. All simulated.

A trial is answered rightly where base + ability of the person + what this model makes of this person + difficulty of
the trial + chance exceeds zero, all of them normal. The first and the third trait of a trial are shared by both models,
so that they are right and wrong together more often than not; the champion's answers stay as they are from night to
night, so that the tests of one life depend on each other as real ones do.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from model.promotion.budget import level_of
from model.promotion.evidence import Evidence
from model.promotion.rule import compare, differences, promotes
from model.promotion.sign_flip import chance_of

CLASSES, INSTRUMENTS, TRIALS = 7, 2, 2
#: Deviations: of people, of what a model makes of a person, of trials, of chance.
_PERSON, _MODEL_PERSON, _TRIAL, _CHANCE = 0.3, 0.2, 0.7, 0.7
_TOTAL = float(np.sqrt(_PERSON**2 + _MODEL_PERSON**2 + _TRIAL**2 + _CHANCE**2))
CHAMPION_UAR = 0.45

Test = Callable[[np.ndarray], float]


@dataclass(frozen=True)
class Outcome:
    """Of many lives without a reason to promote: shares of the lives, and of the nights, that promoted."""

    lives: float
    nights: float


def false_promotions(
    lives: int, nights: int, ahead: float, seed: int, test: Test = chance_of, level: Callable[[int], float] = level_of
) -> Outcome:
    """Challengers that in truth are `ahead` by so much of UAR; no class can be vetoed, which is the harder case.

    From 12 people in the first night to 60 in the last.
    """
    fooled, promoted = np.zeros(lives, dtype=bool), 0
    people = np.rint(np.linspace(12, 60, nights)).astype(int)
    for first, batch in _batches(lives):
        rng = np.random.default_rng([seed, first])
        house = _House(batch, int(people[-1]), rng)
        champion = house.hits(0.0)
        for night, count in enumerate(people.tolist(), 1):
            challenger = house.hits(ahead)
            for life in range(batch):
                found = differences(_evidence(challenger[life, :count], champion[life, :count]))
                if _might_be(found) and test(found) <= level(night):
                    fooled[first + life] = True
                    promoted += 1
    return Outcome(float(fooled.mean()), promoted / (lives * nights))


def power(people: int, ahead: float, test_number: int, runs: int, seed: int) -> float:
    """How often the whole rule, vetoes included, promotes a challenger that in truth is `ahead` at every class."""
    house = _House(runs, people, np.random.default_rng(seed))
    champion, challenger = house.hits(0.0), house.hits(ahead)
    level = level_of(test_number)
    found = 0
    for ours, theirs in zip(challenger, champion, strict=True):
        evidence = _evidence(ours, theirs)
        # The interval takes a hundred times as long as the test, and decides nothing.
        found += chance_of(differences(evidence)) <= level and promotes(compare(evidence, "m", seed), level)
    return found / runs


def _might_be(found: np.ndarray) -> bool:
    """A sum of signed terms exceeds its own deviation in 7 of 64 cases at least, which no level comes near: no test."""
    return bool(found.sum() > np.sqrt((found**2).sum()))


def _batches(lives: int, size: int = 100) -> Iterator[tuple[int, int]]:
    for first in range(0, lives, size):
        yield first, min(size, lives - first)


class _House:
    """People and trials of several lives; `hits` lets a new model answer them."""

    def __init__(self, lives: int, people: int, rng: np.random.Generator) -> None:
        self._rng = rng
        self._shape = (lives, people, INSTRUMENTS, CLASSES, TRIALS)
        self._shared = self._normal((lives, people, 1, 1, 1), _PERSON) + self._normal(self._shape, _TRIAL)

    def hits(self, ahead: float) -> np.ndarray:
        """(lives, people, 2, 7) trials right, of a model whose true UAR is CHAMPION_UAR + `ahead`."""
        base = _TOTAL * NormalDist().inv_cdf(CHAMPION_UAR + ahead)
        own = self._normal((*self._shape[:2], 1, 1, 1), _MODEL_PERSON) + self._normal(self._shape, _CHANCE)
        return np.asarray((base + self._shared + own > 0).sum(axis=-1))

    def _normal(self, shape: tuple[int, ...], deviation: float) -> np.ndarray:
        return self._rng.standard_normal(shape, dtype=np.float32) * np.float32(deviation)


def _evidence(challenger: np.ndarray, champion: np.ndarray) -> Evidence:
    people = np.arange(len(challenger))
    shown = np.full(challenger.shape, float(TRIALS))
    return Evidence(people, shown, challenger, champion, trials=len(people) * CLASSES * TRIALS, left_out=())
