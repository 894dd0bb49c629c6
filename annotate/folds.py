"""Participant-disjoint folds: all trials of one participant are in one fold.

Anything else lets a model know a face before it is tested on it.
"""

import random
from collections import Counter
from collections.abc import Mapping, Sequence

from annotate.errors import AnnotateError


class FoldsImpossibleError(AnnotateError):
    """Fewer participants than folds."""


def assign_folds(classes: Mapping[str, Sequence[str]], k: int, seed: int) -> dict[str, int]:
    """Participant to fold 0 … k-1.

    `classes` gives each participant's labels (repeated as often as they occur; empty where nothing is labelled yet).
    Greedy: participants with the most labels first, each to the fold where it keeps the class counts nearest to even,
    then to the fold with the fewest participants. The same input and seed give the same folds whatever the order of
    the mapping. Raises FoldsImpossibleError.
    """
    if k < 1:
        raise FoldsImpossibleError(f"{k} folds: expected at least 1")
    if len(classes) < k:
        raise FoldsImpossibleError(
            f"{len(classes)} participants cannot make {k} participant-disjoint folds: ask for fewer folds, or wait for "
            "more recordings"
        )
    order = sorted(classes)
    random.Random(seed).shuffle(order)  # noqa: S311 -- reproducible, not secret
    order.sort(key=lambda participant: -len(classes[participant]))
    held: list[Counter[str]] = [Counter() for _ in range(k)]
    sizes = [0] * k
    folds: dict[str, int] = {}
    # Every fold must hold somebody and none may grow far beyond the others, labelled or not.
    room = -(-len(order) // k)
    for participant in order:
        mine = Counter(classes[participant])
        fold = min(
            (f for f in range(k) if sizes[f] < room),
            key=lambda f: (sum(held[f][label] * count for label, count in mine.items()), sizes[f], f),
        )
        folds[participant] = fold
        held[fold] += mine
        sizes[fold] += 1
    return folds
