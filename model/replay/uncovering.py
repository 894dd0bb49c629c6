"""Which labels are uncovered when: a course for each held-out fold and seed, walked once by the queue, once by lot."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from annotate.scales import Instrument
from model.errors import NotTrainableError
from model.features.dataset import TrialSet
from model.replay.visibility import labels_of
from model.training.split import splits_of

#: So many people must be left to train on: two sides of two at least, for those who judge what is hidden.
MIN_TRAINING_PEOPLE = 4
#: How much of what is hidden is uncovered in the end. Later the two orders hold the same labels, whatever chose them.
UNCOVERED = 0.5
#: What the lots are drawn for: other draws of the same seed are others.
_LOTS, _DEAL = 71, 72


@dataclass(frozen=True)
class Course:
    """`held_out` (H,): row numbers of the tested trials. `pool` (N, 2) bool: labels of all other people. `sizes`
    (2, K): how many labels of each instrument are uncovered at each point; 0 throughout where nobody rated by it.

    `lots` (3, N, 2): random numbers for each label, one for each draw of random order and one for the queue. `deal`
    (N,): who of the training people is judged by which network, -1 for those who are held out.
    """

    fold: int
    seed: int
    held_out: np.ndarray
    pool: np.ndarray
    sizes: np.ndarray
    lots: np.ndarray
    deal: np.ndarray
    participant: np.ndarray

    @property
    def points(self) -> int:
        return int(self.sizes.shape[1])

    def start(self) -> np.ndarray:
        """Where every order begins: one label of each person, by lot, and in folds of fewer people some more."""
        shown = np.zeros_like(self.pool)
        for place in range(len(self.sizes)):
            rows = np.flatnonzero(self.pool[:, place])
            rows = rows[np.argsort(self.lots[0, rows, place])]
            _, firsts = np.unique(self.participant[rows], return_index=True)
            shown[rows[firsts], place] = True
        return self._uncovered(shown, 0, np.zeros(shown.shape), draw=0)

    def by_lot(self, point: int, draw: int = 0) -> np.ndarray:
        """Shown at `point` where chance decides, in its first or second `draw`. What is shown stays shown later."""
        return self._uncovered(self.start(), point, np.zeros(self.pool.shape), draw)

    def by_value(self, shown: np.ndarray, point: int, value: np.ndarray) -> np.ndarray:
        """Shown at `point`, after what was `shown` before, where hidden labels of high `value` (N, 2) come first; those
        of the same value come by lots that no random order has, so that luck is shared with none.
        """
        return self._uncovered(shown, point, value, draw=2)

    def _uncovered(self, shown: np.ndarray, point: int, value: np.ndarray, draw: int) -> np.ndarray:
        after = shown.copy()
        for place, size in enumerate(self.sizes[:, point]):
            rows = np.flatnonzero(self.pool[:, place] & ~shown[:, place])
            rows = rows[np.lexsort((self.lots[draw, rows, place], -value[rows, place]))]
            after[rows[: size - int(shown[:, place].sum())], place] = True
        return after


def courses_of(trials: TrialSet, folds: int | None, seeds: Sequence[int], points: int, judges: int) -> list[Course]:
    """A course for each seed and each of the first `folds` folds (None: all), with at most `points` points.

    `judges`: into how many parts training people are dealt. Raises NotTrainableError and LeakError.
    """
    labels = labels_of(trials)
    splits = splits_of(trials, folds, seeds[0])
    pools = [labels & (trials.fold != split.fold)[:, None] for split in splits]
    for split, pool in zip(splits, pools, strict=True):
        _refuse_few_people(trials, split.fold, pool)
    _refuse_few_classes(trials, labels, np.concatenate([split.test for split in splits]), pools)
    sizes = _sizes(trials, labels, pools, points)
    courses = []
    for seed in seeds:
        for split, pool in zip(splits, pools, strict=True):
            rows = np.flatnonzero(pool.any(axis=1))
            people = np.unique(trials.participant[rows])
            dealt = np.random.default_rng([seed, split.fold, _DEAL]).permutation(people)
            part = {person: place % min(judges, len(people)) for place, person in enumerate(dealt.tolist())}
            courses.append(
                Course(
                    fold=split.fold,
                    seed=seed,
                    held_out=split.test,
                    pool=pool,
                    sizes=sizes,
                    lots=np.random.default_rng([seed, split.fold, _LOTS]).random((3, *pool.shape)),
                    deal=np.array([part.get(person, -1) for person in trials.participant.tolist()]),
                    participant=trials.participant,
                )
            )
    return courses


def _sizes(trials: TrialSet, labels: np.ndarray, pools: list[np.ndarray], points: int) -> np.ndarray:
    """(2, K), the same in all folds, so that a point means one number of labels: from one label of each person, by
    equal factors, to half of what was hidden.
    """
    first, last = [], []
    for place, instrument in enumerate(Instrument):
        people = max(len(np.unique(trials.participant[pool[:, place]])) for pool in pools)
        count = min(int(pool[:, place].sum()) for pool in pools)
        first.append(people)
        last.append(people + round(UNCOVERED * (count - people)))
        if labels[:, place].any() and last[-1] <= people:
            raise NotTrainableError(
                f"snapshot {trials.snapshot}: {instrument} has {count} labels of {people} participants to train on. "
                "One of each person is where a replay begins, and too few are left to be uncovered: rate more trials "
                "of each, then create a new snapshot."
            )
    asked = np.asarray(labels.any(axis=0))
    steps = min(points, *(int(b - a + 1) for a, b, there in zip(first, last, asked.tolist(), strict=True) if there))
    sizes = np.zeros((len(first), steps), dtype=np.int64)
    for place in np.flatnonzero(asked):
        grown = np.rint(np.geomspace(first[place], last[place], steps)).astype(np.int64)
        for point in range(1, steps):  # few labels: every point has at least one more
            grown[point] = max(grown[point], grown[point - 1] + 1)
        sizes[place] = grown
    return sizes


def _refuse_few_people(trials: TrialSet, fold: int, pool: np.ndarray) -> None:
    people = len(np.unique(trials.participant[pool.any(axis=1)]))
    if people < MIN_TRAINING_PEOPLE:
        raise NotTrainableError(
            f"snapshot {trials.snapshot}, fold {fold}: {people} labelled participants are left when those of this fold "
            f"are held out, and a replay needs {MIN_TRAINING_PEOPLE}: some to train on, others whose hidden trials are "
            "judged. Label trials of more participants, or create a snapshot with more folds."
        )


def _refuse_few_classes(trials: TrialSet, labels: np.ndarray, tested: np.ndarray, pools: list[np.ndarray]) -> None:
    for place, instrument in enumerate(Instrument):
        if not labels[:, place].any():
            continue
        hard = trials.targets(instrument).hard_seven
        for side, rows in (("tested", tested), *(("trained on", np.flatnonzero(pool[:, place])) for pool in pools)):
            classes = set(hard[rows].tolist()) - {-1}
            if len(classes) < 2:
                raise NotTrainableError(
                    f"snapshot {trials.snapshot}: under {instrument} the trials that would be {side} show "
                    f"{len(classes)} of the seven classes (ties have none), and it takes two to tell anything apart. "
                    "Rate trials of other emotions, then create a new snapshot."
                )
