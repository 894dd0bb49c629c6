"""Scores of several models on the same held-out trials."""

from collections.abc import Mapping
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
                before[instrument] = table.calibrations(untempered[instrument])
            scores[instrument][part] = {name: table.scores(each[instrument]) for name, each in said.items()}
            ahead[instrument][part] = {
                f"{name} {measure.removeprefix('seven_')}": table.difference(
                    said[ours][instrument], said[name][instrument], measure
                )
                for name in others
                for measure in COMPARED
            }
    return Evaluation(scores, ahead, {"seven": 1 / len(EMOTIONS), "three": 1 / len(POLARITIES)}, before)


class Table:
    """The rated trials of one instrument and part, resampled alike for all models."""

    def __init__(self, trials: TrialSet, instrument: Instrument, rows: np.ndarray, seed: int) -> None:
        self.truth, self.rows, self.instrument, self.seed = trials.targets(instrument), rows, instrument, seed
        self.resampling = Resampling(trials.participant[rows], seed)

    def scores(self, said: InstrumentPredictions) -> Scores:
        measures: dict[str, Estimate] = {}
        counts = {scale: self._confusions(said, scale) for scale in _CLASSES}
        for scale, of_people in counts.items():
            for name, measure in _CLASS_MEASURES.items():
                measures[f"{scale}_{name}"] = self.resampling.estimate(of_people, measure)
        for scale in ("valence", "arousal", *(["intensity"] if self.instrument is Instrument.FER else [])):
            sums = self._moments(said, scale)
            for name, measure in _NUMBER_MEASURES.items():
                measures[f"{scale}_{name}"] = self.resampling.estimate(sums, measure)
        return Scores(
            trials=len(self.rows),
            participants=len(self.resampling.people),
            measures=measures,
            confusion=counts["seven"].sum(axis=0).tolist(),
            confusion_three=counts["three"].sum(axis=0).tolist(),
            classes={scale: self._classes(of_people, scale) for scale, of_people in counts.items()},
            calibration=self.calibrations(said),
        )

    def difference(self, ours: InstrumentPredictions, theirs: InstrumentPredictions, measure: str) -> Estimate:
        """`measure` by its name in Scores.measures."""
        (mine, how), (yours, _) = (self._sums(said, measure) for said in (ours, theirs))
        return self.resampling.difference(mine, yours, how)

    def measure(self, said: InstrumentPredictions, measure: str) -> Estimate:
        """One of them alone."""
        return self.resampling.estimate(*self._sums(said, measure))

    def _sums(self, said: InstrumentPredictions, measure: str) -> tuple[np.ndarray, Measure]:
        scale, name = measure.split("_", 1)
        if scale in _CLASSES:
            return self._confusions(said, scale), _CLASS_MEASURES[name]
        return self._moments(said, scale), _NUMBER_MEASURES[name]

    def _classes(self, counts: np.ndarray, scale: str) -> dict[str, ClassScores]:
        support = counts.sum(axis=(0, 2))
        recalls, f1s = (self.resampling.estimates(counts, each) for each in (metrics.recalls, metrics.f1s))
        return {
            str(name): ClassScores(int(support[place]), recalls[place], f1s[place])
            for place, name in enumerate(_CLASSES[scale])
            if support[place]
        }

    def calibrations(self, said: InstrumentPredictions) -> dict[str, Calibration]:
        found = {
            scale: calibration(
                getattr(said, scale)[self.rows],
                getattr(self.truth, f"hard_{scale}")[self.rows],
                self.resampling,
                self.seed,
            )
            for scale in _CLASSES
        }
        return {scale: each for scale, each in found.items() if each}

    def _confusions(self, said: InstrumentPredictions, scale: str) -> np.ndarray:
        """(P, C, C); a trial on whose class the raters tie has no hard truth and does not count."""
        truth, shares = getattr(self.truth, f"hard_{scale}"), getattr(said, scale)

        def of(mine: np.ndarray) -> np.ndarray:
            rows = self.rows[mine]
            rows = rows[truth[rows] >= 0]
            return metrics.confusion(truth[rows], shares[rows].argmax(axis=1), shares.shape[1])

        return self.resampling.per_participant(of)

    def _moments(self, answer: InstrumentPredictions, scale: str) -> np.ndarray:
        """(P, MOMENTS) of valence, arousal or intensity."""
        truth, said = (_numbers(each, scale) for each in (self.truth, answer))

        def of(mine: np.ndarray) -> np.ndarray:
            rows = self.rows[mine]
            rows = rows[np.isfinite(truth[rows])]
            return metrics.moments(truth[rows], said[rows])

        return self.resampling.per_participant(of)


def _numbers(of: Targets | InstrumentPredictions, scale: str) -> np.ndarray:
    if scale == "intensity":
        return of.intensity
    return of.valence_arousal[:, ("valence", "arousal").index(scale)]
