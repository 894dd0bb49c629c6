"""Lets a model speak about the trials of a snapshot."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from annotate.media_store import MediaStore
from annotate.prediction.file import read_predictions, write_predictions
from annotate.prediction.format import Prediction, PredictionHeader
from annotate.scales import Instrument
from annotate.snapshot.store import verify_snapshot
from model.features.compute import feature_store
from model.features.dataset import TrialSet, load_trials
from model.features.store import FeatureStore
from model.predicted import Predictions, mean_of, tempered
from model.progress import Progress, quiet
from model.training.fit import predict_trials
from model.training.run_folder import LoadedModel, load_model
from model.training.run_record import FoldRecord


def predict(
    model_folder: Path,
    snapshot_folder: Path,
    media: MediaStore,
    features_root: Path,
    networks_root: Path,
    out_root: Path,
    *,
    created_utc: str,
    progress: Progress = quiet,
    store: FeatureStore | None = None,
) -> Path:
    """Write what the model says of every trial of the snapshot that has features, labelled or not.

    A participant is judged by the mean of those networks that never saw them (`held_out` true), or, where all did, by
    the mean of all. The file is `<out_root>/<model>-<snapshot>.jsonl`; if it is there already it is read, found
    whole, and kept. `progress` counts participants. Raises ModelError (ModelFolderError, MediaError,
    FaceNetworksError, NotTrainableError) and AnnotateError.
    """
    model = load_model(model_folder)
    header = verify_snapshot(snapshot_folder)
    path = out_root / f"{model.record.id}-{header.id}.jsonl"
    if path.exists():
        read_predictions(path)
        progress(1, 1)
        return path
    store = store or feature_store(features_root, networks_root)
    store.compute(snapshot_folder, media)
    trials = load_trials(snapshot_folder, store)
    write_predictions(
        path,
        PredictionHeader(
            model=model.record.id,
            snapshot=header.id,
            trained_on=model.record.snapshot,
            recipe=model.record.recipe.name,
            simulated=model.record.simulated,
            created_utc=created_utc,
        ),
        _rows(model, trials, progress),
    )
    return path


def _rows(model: LoadedModel, trials: TrialSet, progress: Progress) -> Iterator[Prediction]:
    people = np.unique(trials.participant)
    for done, person in enumerate(people):
        progress(done, len(people))
        mine = trials.take(trials.participant == person)
        unseen = [number for number, fold in enumerate(model.record.folds) if not _saw(fold, person)]
        judges = unseen or range(len(model.networks))
        said = mean_of([_answer(model, number, mine) for number in judges])
        yield from _predictions(mine, said, held_out=bool(unseen))
    progress(len(people), len(people))


def _saw(fold: FoldRecord, participant: str) -> bool:
    """Whoever chose the epoch is known to the weights too."""
    return participant in fold.train or participant in fold.validation


def _answer(model: LoadedModel, number: int, trials: TrialSet) -> Predictions:
    """Of one network, as sure as its validation people taught it to be."""
    fold = model.record.folds[number]
    said = predict_trials(model.networks[number], fold.normalisation, model.record.recipe, trials)
    return tempered(said, fold.temperatures)


def _predictions(trials: TrialSet, said: Predictions, held_out: bool) -> Iterator[Prediction]:
    for row, trial in enumerate(trials.trial.tolist()):
        for instrument in Instrument:
            answer = said[instrument]
            yield Prediction(
                trial=trial,
                instrument=instrument,
                seven=tuple(answer.seven[row].tolist()),
                three=tuple(answer.three[row].tolist()),
                valence=float(answer.valence_arousal[row, 0]),
                arousal=float(answer.valence_arousal[row, 1]),
                intensity=float(answer.intensity[row]) if instrument is Instrument.FER else None,
                uncertainty=float(answer.uncertainty()[row]),
                held_out=held_out,
            )
