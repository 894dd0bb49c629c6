"""What two models got right on the same trials of people that neither had seen, summed up by participant."""

from dataclasses import dataclass

import numpy as np

from annotate.scales import EMOTIONS, Instrument

INSTRUMENTS = tuple(Instrument)
CLASSES = len(EMOTIONS)


@dataclass(frozen=True)
class Evidence:
    """P people, 2 instruments, 7 classes. `shown` (P, 2, 7) trials of each class by the raters; `challenger` and
    `other` (P, 2, 7) how many of them each got right, a fraction where several networks judged. `trials`: how
    many that is. `left_out`: people whom no unseen network of one of the two could judge.
    """

    participant: np.ndarray
    shown: np.ndarray
    challenger: np.ndarray
    other: np.ndarray
    trials: int
    left_out: tuple[str, ...]


def gather(participant: np.ndarray, truth: np.ndarray, challenger: np.ndarray, other: np.ndarray) -> Evidence:
    """Of N trials: `participant` (N,); `truth` (N, 2) hard class numbers, -1 where there is none; `challenger` and
    `other` (N, 2): the share of a model's unseen networks that were right, NaN where it has none.
    """
    counts = truth >= 0
    judged = np.isfinite(challenger).all(axis=1) & np.isfinite(other).all(axis=1)
    labelled = np.unique(participant[counts.any(axis=1)])
    rows = np.flatnonzero(counts.any(axis=1) & judged)
    people, whose = np.unique(participant[rows], return_inverse=True)
    sums = np.zeros((3, len(people), len(INSTRUMENTS), CLASSES))
    for instrument in range(len(INSTRUMENTS)):
        mine = counts[rows, instrument]
        place = (whose[mine], np.full(int(mine.sum()), instrument), truth[rows[mine], instrument])
        for number, weights in enumerate((np.ones(len(rows)), challenger[rows, instrument], other[rows, instrument])):
            np.add.at(sums[number], place, weights[mine])
    left_out = tuple(str(person) for person in labelled if person not in set(people.tolist()))
    shown, ours, theirs = sums
    return Evidence(people, shown, ours, theirs, len(rows), left_out)
