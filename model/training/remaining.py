"""Trains what is missing: fits that were kept are taken as they are, each new one is kept as soon as it is finished."""

from collections.abc import Iterator
from pathlib import Path

from model.features.store import FeatureStore
from model.progress import Progress
from model.training.jobs import Change, Job, Outcome, epochs_of, finished_jobs, unchanged
from model.training.kept_fits import KeptFits


class Remaining:
    """The jobs of a run. `recalled`: how many of them lay finished, once `outcomes` has been begun."""

    def __init__(self, jobs: list[Job], kept: KeptFits) -> None:
        self.jobs, self.kept, self.recalled = jobs, kept, 0

    def outcomes(
        self, snapshot: Path, store: FeatureStore, workers: int, progress: Progress, change: Change = unchanged
    ) -> Iterator[tuple[int, Outcome]]:
        """Number and outcome of each job, those that were kept first. `progress` counts epochs of all jobs."""
        missing = []
        for number, job in enumerate(self.jobs):
            outcome = self.kept.find(job)
            if outcome is None:
                missing.append(number)
            else:
                self.recalled += 1
                yield number, outcome
        total = sum(epochs_of(job) for job in self.jobs)
        ready = total - sum(epochs_of(self.jobs[number]) for number in missing)
        progress(ready, total)
        if not missing:
            return
        left = [self.jobs[number] for number in missing]

        def move(done: int, _: int) -> None:
            progress(ready + done, total)

        for place, outcome in finished_jobs(snapshot, store, left, workers, move, change):
            self.kept.keep(left[place], outcome)
            yield missing[place], outcome
