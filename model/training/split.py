"""Who trains, who validates, who tests: people, never trials."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from annotate.scales import EMOTIONS, Instrument
from annotate.snapshot.format import SnapshotHeader
from annotate.snapshot.store import read_redaction, read_table
from model.errors import LeakError, NotTrainableError
from model.features.dataset import TrialSet

#: Of the participants who are not tested, this share chooses the epoch.
VALIDATION_SHARE = 0.2
MIN_PARTICIPANTS = 3


@dataclass(frozen=True)
class Split:
    """One fold. Row numbers into the trial set."""

    fold: int
    train: np.ndarray
    validation: np.ndarray
    test: np.ndarray


def refuse_unlabelled(header: SnapshotHeader, folder: Path) -> None:
    """Before anything is computed. Raises NotTrainableError."""
    if not header.rows["labels"]:
        raise NotTrainableError(
            f"{folder}: has {header.rows['trials']} trials and not one label. Rate some trials, then create a new "
            "snapshot."
        )


def refuse_redacted_since(header: SnapshotHeader, folder: Path) -> None:
    """`header` as verify_snapshot gave it before training. Whoever withdrew meanwhile is in no model that is finished
    after that: raises NotTrainableError.
    """
    redaction = read_redaction(folder)
    if redaction is not None and redaction.last.content_sha256 != header.content_sha256:
        raise NotTrainableError(
            f"{folder}: a participant withdrew while it was trained on, and what was learned knows them. Nothing of it "
            "was kept: start again, without them."
        )


def refuse_shared_recordings(snapshot: Path) -> None:
    """Whoever is in a snapshot under two names would be trained on under one and tested under the other. Names differ
    then, the recording does not: raises LeakError where one is in two folds.
    """
    seen: dict[tuple[str, str], dict[str, Any]] = {}
    for trial in read_table(snapshot, "trials"):
        # Eyes where there is no face: trials that lost them have the same empty table.
        medium = next((name for name in ("face_sha256", "gaze_sha256") if trial[name] is not None), "session")
        for column in ("session", medium):
            first = seen.setdefault((column, trial[column]), trial)
            if first["participant"] != trial["participant"] and first["fold"] != trial["fold"]:
                two = " and ".join(f"{each['participant']} (fold {each['fold']})" for each in (first, trial))
                raise _leak(
                    two,
                    f"two participants (folds {first['fold']} and {trial['fold']})",
                    f"{snapshot}, table trials, column {column}: {trial[column][:16]} belongs to {{}}, so that one "
                    "recording would be trained on and tested. Nothing was trained; take the copy out with `duchenne "
                    "withdraw STUDY PARTICIPANT`, then create a new snapshot.",
                )


def _leak(named: str, unnamed: str, told: str) -> LeakError:
    """`told` has a place for who it is about."""
    return LeakError(told.replace("{}", named), told.replace("{}", unnamed))


def splits_of(trials: TrialSet, folds: int | None, seed: int) -> list[Split]:
    """The first `folds` of the snapshot's folds (all of them where None), over the labelled trials.

    Validation participants come from the training folds; so the tested ones choose nothing. Raises NotTrainableError
    and LeakError.
    """
    labelled = np.flatnonzero(trials.labelled)
    people = np.unique(trials.participant[labelled])
    if len(labelled) == 0:
        raise NotTrainableError(
            f"snapshot {trials.snapshot}: not one of its {len(trials)} trials is labelled. Rate some, then create a "
            "new one."
        )
    if len(people) < MIN_PARTICIPANTS:
        raise NotTrainableError(
            f"snapshot {trials.snapshot}: has labelled trials of {len(people)} participant(s). Training, choosing the "
            f"epoch and testing each need people of their own: label trials of at least {MIN_PARTICIPANTS}."
        )
    _refuse_torn_participants(trials)
    numbers = np.unique(trials.fold[labelled])
    if len(numbers) < 2:
        raise NotTrainableError(
            f"snapshot {trials.snapshot}: all its labelled trials lie in fold {numbers[0]}, so that none is left to "
            "test on. Create a snapshot with fewer folds, or label trials of more participants."
        )
    chosen = numbers if folds is None else numbers[: max(1, folds)]
    return [_split(trials, labelled, int(fold), seed) for fold in chosen]


def _split(trials: TrialSet, labelled: np.ndarray, fold: int, seed: int) -> Split:
    tested = trials.fold[labelled] == fold
    others = labelled[~tested]
    people = np.unique(trials.participant[others])
    if len(people) < 2:
        raise NotTrainableError(
            f"snapshot {trials.snapshot}, fold {fold}: only {len(people)} participant is left to train on. Create a "
            "snapshot with more folds, or label trials of more participants."
        )
    count = min(len(people) - 1, max(1, round(VALIDATION_SHARE * len(people))))
    chosen = np.random.default_rng([seed, fold]).permutation(people)[:count]
    validating = np.isin(trials.participant[others], chosen)
    split = Split(fold, others[~validating], others[validating], labelled[tested])
    check_disjoint(trials, split)
    return split


def check_disjoint(trials: TrialSet, split: Split) -> None:
    """Raises LeakError where a participant is on two sides."""
    sides = {side: set(trials.participant[getattr(split, side)].tolist()) for side in ("train", "validation", "test")}
    for one, other in (("train", "validation"), ("train", "test"), ("validation", "test")):
        shared = sorted(sides[one] & sides[other])
        if shared:
            raise _leak(
                ", ".join(shared),
                f"{len(shared)} participant(s)",
                f"fold {split.fold}: {{}} would be in both {one} and {other}, and the result would flatter the model. "
                "Nothing was trained; create a new snapshot, whose folds keep each participant whole.",
            )


def _refuse_torn_participants(trials: TrialSet) -> None:
    for person in np.unique(trials.participant):
        folds = np.unique(trials.fold[trials.participant == person])
        if len(folds) > 1:
            raise _leak(
                f"participant {person}",
                "a participant",
                f"snapshot {trials.snapshot}, table trials, column fold: {{}} is in folds "
                f"{', '.join(map(str, folds))}. Nothing was trained; create a new snapshot.",
            )


def withdrawn(snapshot: Path) -> list[str]:
    """What to warn of: that people were taken out of the snapshot."""
    redaction = read_redaction(snapshot)
    return [redaction.in_words()] if redaction else []


def missing_classes(trials: TrialSet, splits: list[Split]) -> list[str]:
    """What to warn of: classes that are tested somewhere and trained in no fold, or in none of some fold."""
    warnings = []
    for instrument in Instrument:
        hard = trials.targets(instrument).hard_seven
        for split in splits:
            absent = sorted(set(hard[split.test].tolist()) - set(hard[split.train].tolist()) - {-1})
            if absent:
                names = ", ".join(EMOTIONS[number] for number in absent)
                warnings.append(f"{instrument}, fold {split.fold}: {names} is tested, but no training trial shows it.")
    return warnings


def missing_modalities(trials: TrialSet) -> list[str]:
    """What to warn of: a face or a gaze that not one trial has, so that nothing is learned from it."""
    warnings = []
    if not (trials.faces >= 0).any():
        warnings.append(f"none of the {len(trials)} trials has a face that was found: nothing was learned from faces.")
    if not np.isfinite(trials.gaze).any():
        warnings.append(f"none of the {len(trials)} trials has a gaze that was measured: nothing was learned from it.")
    return warnings
