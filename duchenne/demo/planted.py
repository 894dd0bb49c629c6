"""What the simulator planted in the trial behind a claim. Only the demo asks; the server never reads it."""

from collections.abc import Sequence
from pathlib import Path

from collect.bundle.format import PlantedTrial
from collect.bundle.reader import read_bundle
from server.db.ratings import Claim, RatingTask
from server.db.revisions import open_database
from server.db.trials import Trial


class PlantedTruth:
    """Looks up a claim's trial in the database and its truth in the bundle. Use as a context manager."""

    def __init__(self, database_url: str, bundles: Sequence[Path]) -> None:
        self._database = open_database(database_url)
        self._planted: dict[tuple[str, int], PlantedTrial] = {}
        for folder in bundles:
            bundle = read_bundle(folder)
            assert bundle.simulation is not None, "the demo's bundles are simulated"
            for planted in bundle.simulation.trials:
                self._planted[bundle.header.bundle_id, planted.trial] = planted

    def __enter__(self) -> "PlantedTruth":
        return self

    def __exit__(self, *_: object) -> None:
        self._database.close()

    def of_claim(self, claim: int) -> PlantedTrial:
        with self._database.reading() as session:
            task = session.get_one(RatingTask, session.get_one(Claim, claim).task_id)
            trial = session.get_one(Trial, task.trial_id)
            return self._planted[trial.recording_id, trial.position]
