"""Scores of several models on the same held-out trials."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from annotate.scales import EMOTIONS, POLARITIES, Instrument
from model.evaluation import metrics
from model.evaluation.intervals import Estimate, Measure, Resampling
from model.features.dataset import TrialSet
from model.predicted import InstrumentPredictions, Predictions

_CLASS_MEASURES: dict[str, Measure] = {"war": metrics.war, "uar": metrics.uar, "weighted_f1": metrics.weighted_f1}
_NUMBER_MEASURES: dict[str, Measure] = {"ccc": metrics.ccc, "mae": metrics.mae}


@dataclass(frozen=True)
class Scores:
    """One model under one instrument, on one part of the trials.

    `measures` go by names such as 'seven_war', 'three_uar', 'valence_ccc'; `confusion` (7 × 7), rows the truth.
    """

    trials: int
    participants: int
    measures: dict[str, Estimate]
    confusion: list[list[int]]


@dataclass(frozen=True)
class Evaluation:
    """By instrument, part ('all', 'agree', 'gap') and model. `ahead`: the first model minus each other one, paired."""

    scores: dict[str, dict[str, dict[str, Scores]]]
    ahead: dict[str, dict[str, dict[str, Estimate]]]
    uniform: dict[str, float]


def evaluate(trials: TrialSet, said: Mapping[str, Predictions], seed: int) -> Evaluation:
    """Pooled scores with intervals over participants; `said` gives each model's answers to `trials`, ours first.

    'agree' and 'gap' are the trials whose hard ER and FER class are the same or differ; a part without a trial is left
    out.
    """
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
            table = _Table(trials, instrument, rows, seed)
            scores[instrument][part] = {name: table.scores(each[instrument]) for name, each in said.items()}
            ahead[instrument][part] = {
                f"{name} {measure}": table.difference(said[ours][instrument], said[name][instrument], measure)
                for name in others
                for measure in ("war", "uar")
            }
    return Evaluation(scores, ahead, {"seven": 1 / len(EMOTIONS), "three": 1 / len(POLARITIES)})


class _Table:
    """The rated trials of one instrument and part, resampled alike for all models."""

    def __init__(self, trials: TrialSet, instrument: Instrument, rows: np.ndarray, seed: int) -> None:
        self.truth, self.rows, self.instrument = trials.targets(instrument), rows, instrument
        self.resampling = Resampling(trials.participant[rows], seed)

    def scores(self, said: InstrumentPredictions) -> Scores:
        measures: dict[str, Estimate] = {}
        for scale in ("seven", "three"):
            counts = self._confusions(said, scale)
            for name, measure in _CLASS_MEASURES.items():
                measures[f"{scale}_{name}"] = self.resampling.estimate(counts, measure)
        numbers = {
            "valence": (self.truth.valence_arousal[:, 0], said.valence_arousal[:, 0]),
            "arousal": (self.truth.valence_arousal[:, 1], said.valence_arousal[:, 1]),
        }
        if self.instrument is Instrument.FER:
            numbers["intensity"] = (self.truth.intensity, said.intensity)
        for scale, (truth, answer) in numbers.items():
            sums = self._moments(truth, answer)
            for name, measure in _NUMBER_MEASURES.items():
                measures[f"{scale}_{name}"] = self.resampling.estimate(sums, measure)
        return Scores(
            trials=len(self.rows),
            participants=len(self.resampling.people),
            measures=measures,
            confusion=self._confusions(said, "seven").sum(axis=0).tolist(),
        )

    def difference(self, ours: InstrumentPredictions, theirs: InstrumentPredictions, measure: str) -> Estimate:
        """On the seven classes."""
        return self.resampling.difference(
            self._confusions(ours, "seven"), self._confusions(theirs, "seven"), _CLASS_MEASURES[measure]
        )

    def _confusions(self, said: InstrumentPredictions, scale: str) -> np.ndarray:
        """(P, C, C); a trial on whose class the raters tie has no hard truth and does not count."""
        truth, shares = getattr(self.truth, f"hard_{scale}"), getattr(said, scale)

        def of(mine: np.ndarray) -> np.ndarray:
            rows = self.rows[mine]
            rows = rows[truth[rows] >= 0]
            return metrics.confusion(truth[rows], shares[rows].argmax(axis=1), shares.shape[1])

        return self.resampling.per_participant(of)

    def _moments(self, truth: np.ndarray, said: np.ndarray) -> np.ndarray:
        def of(mine: np.ndarray) -> np.ndarray:
            rows = self.rows[mine]
            rows = rows[np.isfinite(truth[rows])]
            return metrics.moments(truth[rows], said[rows])

        return self.resampling.per_participant(of)
