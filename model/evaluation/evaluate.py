"""Scores of several models on the same held-out trials."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from annotate.scales import EMOTIONS, POLARITIES, Instrument
from model.evaluation import metrics
from model.evaluation.calibration import Calibration, calibration
from model.evaluation.intervals import Estimate, Measure, Resampling
from model.features.dataset import Targets, TrialSet
from model.predicted import InstrumentPredictions, Predictions

_CLASS_MEASURES: dict[str, Measure] = {"war": metrics.war, "uar": metrics.uar, "weighted_f1": metrics.weighted_f1}
_NUMBER_MEASURES: dict[str, Measure] = {
    "ccc": metrics.ccc,
    "pcc": metrics.pcc,
    "rmse": metrics.rmse,
    "mae": metrics.mae,
}
_CLASSES = {"seven": EMOTIONS, "three": POLARITIES}
Several = Sequence[InstrumentPredictions]
#: In what our model is compared with each of the others.
COMPARED = ("seven_war", "seven_uar", "valence_ccc", "arousal_ccc")


@dataclass(frozen=True)
class ClassScores:
    """One class: how often the raters said it, how much of that was found, and F1."""

    trials: int
    recall: Estimate
    f1: Estimate


@dataclass(frozen=True)
class Scores:
    """One model under one instrument, on one part of the trials.

    `measures` go by names such as 'seven_war', 'three_uar', 'valence_ccc'; `confusion` (7 × 7) and `confusion_three`
    (3 × 3), rows the truth. `classes` and `calibration` go by 'seven' and 'three'; a class that the truth lacks is
    left out, and so is the calibration where no trial has a class.
    """

    trials: int
    participants: int
    measures: dict[str, Estimate]
    confusion: list[list[int]]
    confusion_three: list[list[int]]
    classes: dict[str, dict[str, ClassScores]]
    calibration: dict[str, Calibration]


@dataclass(frozen=True)
class Evaluation:
    """By instrument, part ('all', 'agree', 'gap') and model. `ahead`: the first model minus each other one, paired, by
    names such as 'face_only war' and 'face_only valence_ccc'; classes are the seven there. `untempered`: by instrument,
    'seven' and 'three', how the first model's probabilities were on all trials without the temperatures; empty where
    there were none.
    """

    scores: dict[str, dict[str, dict[str, Scores]]]
    ahead: dict[str, dict[str, dict[str, Estimate]]]
    uniform: dict[str, float]
    untempered: dict[str, dict[str, Calibration]] = field(default_factory=dict)


def evaluate(
    trials: TrialSet, said: Mapping[str, Predictions], seed: int, untempered: Predictions | None = None
) -> Evaluation:
    """Pooled scores with intervals over participants; `said` gives each model's answers to `trials`, ours first.

    'agree' and 'gap' are the trials whose hard ER and FER class are the same or differ; a part without a trial is left
    out. `untempered`: the answers of ours without temperatures, if it has any.
    """
    return evaluate_trainings(
        trials, {name: [each] for name, each in said.items()}, seed, [untempered] if untempered else None
    )


def evaluate_trainings(
    trials: TrialSet,
    said: Mapping[str, Sequence[Predictions]],
    seed: int,
    untempered: Sequence[Predictions] | None = None,
) -> Evaluation:
    """The same of models that were trained several times, all equally often, each training answering all `trials`.

    A figure is taken of each training by itself, and then their mean; its interval is over participants, of that mean.
    Confusions and calibration are of the answers of all trainings together.
    """
    before: dict[str, dict[str, Calibration]] = {}
    scores: dict[str, dict[str, dict[str, Scores]]] = {}
    ahead: dict[str, dict[str, dict[str, Estimate]]] = {}
    er, fer = trials.er.hard_seven, trials.fer.hard_seven
    both = (er >= 0) & (fer >= 0)
    parts = {"all": np.ones(len(trials), dtype=bool), "agree": both & (er == fer), "gap": both & (er != fer)}
    ours, *others = said
    for instrument in Instrument:
        rated = trials.targets(instrument).labelled
        scores[instrument], ahead[instrument] = {}, {}
        for part, chosen in parts.items():
            rows = np.flatnonzero(chosen & rated)
            if not len(rows):
                continue
            table = Table(trials, instrument, rows, seed)
            if part == "all" and untempered:
                before[instrument] = table.calibrations([each[instrument] for each in untempered])
            told = {name: [each[instrument] for each in several] for name, several in said.items()}
            scores[instrument][part] = {name: table.scores(several) for name, several in told.items()}
            ahead[instrument][part] = {
                f"{name} {measure.removeprefix('seven_')}": table.difference(told[ours], told[name], measure)
                for name in others
                for measure in COMPARED
            }
    return Evaluation(scores, ahead, {"seven": 1 / len(EMOTIONS), "three": 1 / len(POLARITIES)}, before)


class Table:
    """The rated trials of one instrument and part, resampled alike for all models. `several`: what each training of a
    model says; S of them.
    """

    def __init__(self, trials: TrialSet, instrument: Instrument, rows: np.ndarray, seed: int) -> None:
        self.truth, self.rows, self.instrument, self.seed = trials.targets(instrument), rows, instrument, seed
        self.participant = trials.participant[rows]
        self.resampling = Resampling(self.participant, seed)

    def scores(self, several: Several) -> Scores:
        measures: dict[str, Estimate] = {}
        counts = {scale: self._confusions(several, scale) for scale in _CLASSES}
        for scale, of_people in counts.items():
            for name, measure in _CLASS_MEASURES.items():
                measures[f"{scale}_{name}"] = self.resampling.estimate(of_people, _mean_of(measure))
        for scale in self._numbers_asked():
            sums = self._moments(several, scale)
            for name, measure in _NUMBER_MEASURES.items():
                measures[f"{scale}_{name}"] = self.resampling.estimate(sums, _mean_of(measure))
        return Scores(
            trials=len(self.rows),
            participants=len(self.resampling.people),
            measures=measures,
            confusion=counts["seven"].sum(axis=(0, 1)).tolist(),
            confusion_three=counts["three"].sum(axis=(0, 1)).tolist(),
            classes={scale: self._classes(of_people, scale) for scale, of_people in counts.items()},
            calibration=self.calibrations(several),
        )

    def difference(self, ours: Several, theirs: Several, measure: str) -> Estimate:
        """`measure` by its name in Scores.measures."""
        (mine, how), (yours, _) = (self._sums(several, measure) for several in (ours, theirs))
        return self.resampling.difference(mine, yours, _mean_of(how))

    def measure(self, said: InstrumentPredictions, measure: str) -> Estimate:
        """One of them alone, of one training."""
        return self.mean([said], measure)

    def mean(self, several: Several, measure: str) -> Estimate:
        """One of them alone, its mean over the trainings."""
        sums, how = self._sums(several, measure)
        return self.resampling.estimate(sums, _mean_of(how))

    def by_training(self, several: Several) -> dict[str, list[float]]:
        """Each measure, by its name in Scores.measures, of each training."""
        found = {}
        for scale in (*_CLASSES, *self._numbers_asked()):
            for name in _CLASS_MEASURES if scale in _CLASSES else _NUMBER_MEASURES:
                sums, how = self._sums(several, f"{scale}_{name}")
                found[f"{scale}_{name}"] = how(sums.sum(axis=0)).tolist()
        return found

    def _numbers_asked(self) -> tuple[str, ...]:
        return ("valence", "arousal", *(["intensity"] if self.instrument is Instrument.FER else []))

    def _sums(self, several: Several, measure: str) -> tuple[np.ndarray, Measure]:
        scale, name = measure.split("_", 1)
        if scale in _CLASSES:
            return self._confusions(several, scale), _CLASS_MEASURES[name]
        return self._moments(several, scale), _NUMBER_MEASURES[name]

    def _classes(self, counts: np.ndarray, scale: str) -> dict[str, ClassScores]:
        support = counts[:, 0].sum(axis=(0, 2))  # the raters are the same in all trainings
        recalls, f1s = (
            self.resampling.estimates(counts, _mean_of(each, axis=-2)) for each in (metrics.recalls, metrics.f1s)
        )
        return {
            str(name): ClassScores(int(support[place]), recalls[place], f1s[place])
            for place, name in enumerate(_CLASSES[scale])
            if support[place]
        }

    def calibrations(self, several: Several) -> dict[str, Calibration]:
        # Each answer is a row, whoever was trained to give it; people are drawn with all their rows.
        resampling = (
            self.resampling if len(several) == 1 else Resampling(np.tile(self.participant, len(several)), self.seed)
        )
        found = {
            scale: calibration(
                np.concatenate([getattr(said, scale)[self.rows] for said in several]),
                np.tile(getattr(self.truth, f"hard_{scale}")[self.rows], len(several)),
                resampling,
                self.seed,
            )
            for scale in _CLASSES
        }
        return {scale: each for scale, each in found.items() if each}

    def _confusions(self, several: Several, scale: str) -> np.ndarray:
        """(P, S, C, C); a trial on whose class the raters tie has no hard truth and does not count."""
        truth = getattr(self.truth, f"hard_{scale}")
        answers = [getattr(said, scale).argmax(axis=1) for said in several]

        def of(mine: np.ndarray) -> np.ndarray:
            rows = self.rows[mine]
            rows = rows[truth[rows] >= 0]
            return np.stack([metrics.confusion(truth[rows], said[rows], len(_CLASSES[scale])) for said in answers])

        return self.resampling.per_participant(of)

    def _moments(self, several: Several, scale: str) -> np.ndarray:
        """(P, S, MOMENTS) of valence, arousal or intensity."""
        truth, answers = _numbers(self.truth, scale), [_numbers(said, scale) for said in several]

        def of(mine: np.ndarray) -> np.ndarray:
            rows = self.rows[mine]
            rows = rows[np.isfinite(truth[rows])]
            return np.stack([metrics.moments(truth[rows], said[rows]) for said in answers])

        return self.resampling.per_participant(of)


def _mean_of(measure: Measure, axis: int = -1) -> Measure:
    """Of the trainings, the S-th axis of what `measure` gives."""
    return lambda sums: np.asarray(measure(sums).mean(axis=axis))


def _numbers(of: Targets | InstrumentPredictions, scale: str) -> np.ndarray:
    if scale == "intensity":
        return of.intensity
    return of.valence_arousal[:, ("valence", "arousal").index(scale)]
