"""Who serves: how often the rule is fooled in a life of nights, and how often it sees what is there. Simulated."""

import numpy as np
import scipy.stats

from model.promotion.rule import MARGIN
from tests.bench.figure import Figure
from tests.bench.promotion_lives import false_promotions, power

TITLE = "Promotion: lives of 30 nights, 12 people in the first and 60 in the last (simulated)"
LIVES, NIGHTS, RUNS, SEED = 1000, 30, 400, 1
DRAWS = 20_000


def run() -> list[Figure]:
    none, margin = (false_promotions(LIVES, NIGHTS, ahead, SEED) for ahead in (0.0, MARGIN))
    student, bootstrap = (
        false_promotions(LIVES, NIGHTS, MARGIN, SEED, test) for test in (_student, _PercentileBootstrap())
    )
    every_night = false_promotions(LIVES, NIGHTS, MARGIN, SEED, level=lambda _test: 0.05)
    return [
        Figure("lives with a promotion, no difference", 100 * none.lives, "%", most=5),
        Figure("the same, of the nights", 100 * none.nights, "%"),
        Figure(
            "lives with a promotion, ahead by just the margin", 100 * margin.lives, "%", 100 * bootstrap.lives,
            "percentile bootstrap, same budget", most=5,
        ),
        Figure("the same, of the nights", 100 * margin.nights, "%", 100 * student.nights, "Student's t, same budget"),
        Figure(
            "the same, of the lives", 100 * margin.lives, "%", 100 * every_night.lives, "this test at 5 % every night"
        ),
        *(
            Figure(
                f"promoted: {points} points ahead, {people} people, test {test}",
                100 * power(people, points / 100, test, RUNS, SEED),
                "%",
            )
            for points, people, test in (
                (10, 40, 1), (10, 40, 7), (10, 40, 30), (10, 40, 365), (5, 40, 7), (5, 120, 30), (10, 20, 7),
            )
        ),
    ]  # fmt: skip


def _student(found: np.ndarray) -> float:
    deviation = max(float(found.std(ddof=1)), 1e-12)
    return float(scipy.stats.t.sf(found.mean() / (deviation / np.sqrt(len(found))), len(found) - 1))


class _PercentileBootstrap:
    """The share of draws of participants in which the challenger is not ahead."""

    def __init__(self) -> None:
        self._draws: dict[int, np.ndarray] = {}

    def __call__(self, found: np.ndarray) -> float:
        people = len(found)
        if people not in self._draws:
            drawn = np.random.default_rng(people).multinomial(people, np.full(people, 1 / people), size=DRAWS)
            self._draws[people] = drawn.astype(np.float32)
        return float((self._draws[people] @ found.astype(np.float32) <= 0).mean())
