"""What a run trains: one list of fits, the same in every process that takes a share of them."""

from dataclasses import dataclass
from functools import partial
from pathlib import Path

import torch

from annotate.snapshot.store import verify_snapshot
from model.benchmark.shuffled import shuffled_labels
from model.features.dataset import TrialSet, load_trials
from model.features.store import FeatureStore
from model.recipe import Recipe
from model.strict import Strict
from model.training.fit_record import Circumstances
from model.training.jobs import Change, Job, unchanged
from model.training.kept_fits import KeptFits
from model.training.split import Split, splits_of
from model.training.threads import threads_of


class Asked(Strict):
    """All that another process needs to be told to train a share of a run.

    `owner`: under which the fits are kept. `face_extractor`: the features of which are read. `folds` None: all of the
    snapshot's. `shuffled`: the seed by which labels are shuffled, None where they are as they were rated. `device` as
    in the settings. `at_once`: how many fits are trained at the same time, which decides how many threads each has.
    """

    owner: str
    snapshot: Path
    features: Path
    face_extractor: str
    recipes: tuple[Recipe, ...]
    seeds: tuple[int, ...]
    folds: int | None
    shuffled: int | None = None
    device: str
    at_once: int


@dataclass(frozen=True)
class Planned:
    """The fits of a run, numbered; the trials that they are made of; and where each is kept once it is finished.

    `splits`: of each seed, fold by fold.
    """

    asked: Asked
    store: FeatureStore
    trials: TrialSet
    splits: dict[int, list[Split]]
    jobs: list[Job]
    kept: KeptFits

    @property
    def change(self) -> Change:
        """What was done to the trials."""
        return _change(self.asked)


def planned(asked: Asked, store: FeatureStore, device: torch.device | str) -> Planned:
    """Features must have been computed. `device`: where this process trains, or only its name where another does.

    Raises AnnotateError where the snapshot's tables are not as they were written, NotTrainableError and LeakError.
    """
    header = verify_snapshot(asked.snapshot)
    trials = _change(asked)(load_trials(asked.snapshot, store))
    splits = {seed: splits_of(trials, asked.folds, seed) for seed in asked.seeds}
    count = len(asked.recipes) * sum(len(each) for each in splits.values())
    threads = {recipe.name: threads_of(recipe, count, asked.at_once, torch.device(device)) for recipe in asked.recipes}
    jobs = [
        Job(recipe, split, seed, str(device), threads[recipe.name])
        for seed in asked.seeds
        for split in splits[seed]
        for recipe in asked.recipes
    ]
    labels = "as rated" if asked.shuffled is None else f"shuffled {asked.shuffled}"
    circumstances = Circumstances(header.content_sha256, store.extractors, labels)
    kept = KeptFits(asked.features, asked.owner, circumstances, trials.trial)
    return Planned(asked, store, trials, splits, jobs, kept)


def _change(asked: Asked) -> Change:
    return unchanged if asked.shuffled is None else partial(shuffled_labels, seed=asked.shuffled)
