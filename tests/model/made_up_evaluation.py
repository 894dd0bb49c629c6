"""Made-up trials and answers, marked simulated: for the measures and the page, where no network is needed."""

from collections.abc import Mapping

import numpy as np

from annotate.scales import EMOTIONS, POLARITIES, USUAL_POLARITY, Instrument
from model.features.dataset import Targets, TrialSet
from model.features.fixation_maps import PARTS
from model.features.gaze import EYE_COLUMNS, STEPS
from model.predicted import InstrumentPredictions, Predictions, Temperatures
from model.recipes import recipe_named
from model.training.normalisation import Normalisation
from model.training.run_record import FoldRecord, RunRecord

POLARITY_OF = np.array([POLARITIES.index(USUAL_POLARITY[emotion]) for emotion in EMOTIONS])


def made_up_trials(people: int, each: int, seed: int = 1, gap: float = 0.3) -> TrialSet:
    """`each` trials of `people`; FER differs from ER in a share `gap`; raters tie on one trial in twenty.

    Pictures are 4 × 4, and the first eye column and the colour say the class, so that a predictor has what to look at.
    """
    rng = np.random.default_rng(seed)
    count = people * each
    felt = rng.choice(len(EMOTIONS), count, p=[0.3, 0.2, 0.05, 0.1, 0.1, 0.05, 0.2])
    shown = np.where(rng.random(count) < gap, rng.integers(0, len(EMOTIONS), count), felt)
    eye = rng.normal(0, 1, (count, STEPS, len(EYE_COLUMNS))).astype(np.float32)
    eye[:, :, 0] = felt[:, None]
    pictures = np.zeros((count, 4, 4, 3), dtype=np.uint8)
    pictures[:] = (shown * 30)[:, None, None, None]
    return TrialSet(
        snapshot="s" + "0" * 16,
        trial=np.array([f"t{number}" for number in range(count)]),
        participant=np.repeat([f"P{number:02d}" for number in range(people)], each),
        clip=np.array([f"clip {number}" for number in felt]),
        fold=np.arange(count) // each % 5,
        simulated=np.ones(count, dtype=bool),
        pictures=pictures,
        faces=np.repeat(np.arange(count)[:, None], 2, axis=1),
        moments=np.full(count, 2),
        eye=eye,
        gaze=rng.uniform(0, 1, (count, STEPS, 2)).astype(np.float32),
        maps=np.random.default_rng([seed, 1]).exponential(1, (count, PARTS, 4, 4)).astype(np.float32),
        maps_drawn=np.zeros((count, PARTS, 4, 4, 3), np.uint8),
        er=_targets(felt, rng, intensity=False),
        fer=_targets(shown, rng, intensity=True),
    )


def _targets(classes: np.ndarray, rng: np.random.Generator, intensity: bool) -> Targets:
    count = len(classes)
    tied = rng.random(count) < 0.05
    seven, three = np.eye(7)[classes], np.eye(3)[POLARITY_OF[classes]]
    seven[tied] = 0.5 * seven[tied] + 0.5 * np.roll(seven[tied], 1, axis=1)
    valence = np.clip(np.array([0.6, 0.0, -0.6])[[0, 2, 1]][POLARITY_OF[classes]] + rng.normal(0, 0.2, count), -1, 1)
    arousal = np.clip(0.1 * classes - 0.2 + rng.normal(0, 0.25, count), -1, 1)
    return Targets(
        seven=seven,
        three=three,
        hard_seven=np.where(tied, -1, classes),
        hard_three=POLARITY_OF[classes],
        valence_arousal=np.stack([valence, arousal], axis=1).astype(np.float32),
        intensity=np.clip(rng.normal(1.5, 0.7, count), 0, 3) if intensity else np.full(count, np.nan),
    )


def made_up_answers(trials: TrialSet, right: float, boldness: float, seed: int) -> Predictions:
    """Answers that lean to the truth by `right` (0 not at all), `boldness` times as sure as they should be."""
    rng = np.random.default_rng(seed)
    said = {}
    for instrument in Instrument:
        truth = trials.targets(instrument)
        logits = boldness * (rng.normal(0, 1, (len(trials), 7)) + right * truth.seven)
        seven = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
        three = np.stack([seven[:, polarity == POLARITY_OF].sum(axis=1) for polarity in range(3)], axis=1)
        share = right / (right + 2)
        numbers = share * truth.valence_arousal + (1 - share) * rng.normal(0, 0.3, (len(trials), 2))
        intensity = share * truth.intensity + (1 - share) * rng.uniform(0.5, 2.5, len(trials))
        said[instrument] = InstrumentPredictions(seven, three, np.clip(numbers, -1, 1), intensity)
    return said


def constant_answers(trials: TrialSet) -> Predictions:
    """What looks at nothing: the first class, and the same numbers throughout."""
    count = len(trials)
    answer = InstrumentPredictions(
        np.tile(np.eye(7)[0], (count, 1)), np.tile(np.eye(3)[0], (count, 1)), np.full((count, 2), 0.1),
        np.full(count, 1.5),
    )  # fmt: skip
    return dict.fromkeys(Instrument, answer)


def made_up_models(trials: TrialSet) -> Mapping[str, Predictions]:
    return {
        "emert": made_up_answers(trials, right=3.5, boldness=2.0, seed=1),
        "face_only": made_up_answers(trials, right=2.0, boldness=1.2, seed=2),
        "majority": constant_answers(trials),
    }


def made_up_record(trials: TrialSet) -> RunRecord:
    people = sorted(set(trials.participant.tolist()))
    nothing = Normalisation((0.5,) * 3, (1.0,) * 3, (0.0,), (1.0,), (0.5,), (1.0,))
    folds = [
        FoldRecord(
            fold=fold, weights=f"fold-{fold}.safetensors", sha256=f"{fold}" * 64, test=tuple(people[fold::5]),
            train=tuple(people[(fold + 1) % 5 :: 5]), validation=tuple(people[(fold + 2) % 5 :: 5]), best_epoch=3,
            train_loss=(6.2, 5.1, 4.4, 4.0), validation_loss=(6.0, 5.2, 4.9, 5.0), normalisation=nothing,
            temperatures=Temperatures(er_seven=1.8 + 0.1 * fold, fer_seven=1.6),
        )
        for fold in range(5)
    ]  # fmt: skip
    return RunRecord(
        id="m" + "0" * 16, recipe=recipe_named("emert"), snapshot=trials.snapshot, snapshot_sha256="0" * 64, seed=0,
        simulated=True, eye_columns=EYE_COLUMNS, extractors=("made up",), folds=tuple(folds),
        warnings=("ER, fold 0: fear is tested, but no training trial shows it.",), software={"python": "3.11"},
        created_utc="2030-01-01T00:00:00Z",
    )  # fmt: skip
