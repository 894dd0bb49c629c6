"""The policy 'dawid-skene': what each rater says weighs what they have shown that it is worth.

Classes: the soft label is Dawid and Skene's posterior (see dawid_skene), of the seven and of the three apart, and of ER
and FER apart; the hard label is the most probable class. Valence, arousal and intensity: the evaluator-weighted mean
(see evaluator_weighted).
"""

from collections.abc import Callable, Sequence

import numpy as np

from annotate.aggregation.cast import Cast, Row, Votes, usable
from annotate.aggregation.dawid_skene import dawid_skene
from annotate.aggregation.evaluator_weighted import rater_weights, weighted_means
from annotate.agreement.answers import Answers, from_arrays
from annotate.scales import EMOTIONS, POLARITIES, Instrument, Vote

#: Figures are rounded to so many digits, because libraries differ in the last bits and a snapshot is named by its rows.
DIGITS = 9


def weighed_labels(votes: Votes) -> list[Row]:
    """One row of LABEL_COLUMNS a trial and instrument with a usable vote, whatever the order of the votes.

    Raises ValueError where a rater has no name or two votes on one trial.
    """
    return [row for instrument in Instrument for row in _of_instrument(instrument, votes)]


def _of_instrument(instrument: Instrument, votes: Votes) -> list[Row]:
    counted = {
        trial: sorted(usable(trial, asked, cast), key=lambda one: one.rater)
        for (trial, asked), cast in sorted(votes.items())
        if asked is instrument
    }
    counted = {trial: cast for trial, cast in counted.items() if cast}
    if not counted:
        return []
    rows: list[Row] = [
        {
            "trial": trial,
            "instrument": str(instrument),
            "raters": len(cast),
            "prelabel_seen": sum(one.prelabel_seen for one in cast),
        }
        for trial, cast in counted.items()
    ]
    for field, labels in (("seven", EMOTIONS), ("three", POLARITIES)):
        _add_classes(rows, list(counted.values()), field, [str(label) for label in labels])
    for row, cast in zip(rows, counted.values(), strict=True):
        row["agreement"] = _agreement(row["seven"], cast)
    for scale in ("valence", "arousal", "intensity"):
        _add_numbers(rows, list(counted.values()), scale)
    return rows


def _add_classes(rows: Sequence[Row], cast: Sequence[Sequence[Cast]], field: str, labels: list[str]) -> None:
    answers = _answers(cast, lambda vote: float(labels.index(str(getattr(vote, field)))))
    posterior = dawid_skene(answers.value.astype(np.int64), answers.trial, answers.rater, len(labels)).posterior
    for row, probable in zip(rows, posterior.round(DIGITS).tolist(), strict=True):
        most = [label for label, share in zip(labels, probable, strict=True) if share == max(probable)]
        row[field] = most[0] if len(most) == 1 else None
        row |= {f"{field}_{label}": share for label, share in zip(labels, probable, strict=True)}


def _add_numbers(rows: Sequence[Row], cast: Sequence[Sequence[Cast]], scale: str) -> None:
    if getattr(cast[0][0].vote, scale) is None:
        for row in rows:
            row[scale] = None
        return
    answers = _answers(cast, lambda vote: float(getattr(vote, scale)))
    means = weighted_means(answers, rater_weights(answers)).round(DIGITS).tolist()
    for row, mean in zip(rows, means, strict=True):
        row[scale] = mean


def _answers(cast: Sequence[Sequence[Cast]], value: Callable[[Vote], float]) -> Answers:
    """Trials are numbered in their order, raters in that of their names."""
    names = sorted({one.rater for each in cast for one in each})
    if "" in names:
        raise ValueError("a vote without its rater's name: this policy weighs raters, so it must know who said what")
    number = {name: place for place, name in enumerate(names)}
    flat = [(place, one) for place, each in enumerate(cast) for one in each]
    trial = [place for place, _ in flat]
    return from_arrays([value(one.vote) for _, one in flat], trial, [number[one.rater] for _, one in flat], trial)


def _agreement(seven: object, cast: Sequence[Cast]) -> float:
    """The share of votes on the hard label; on the commonest class where there is none."""
    said = [str(one.vote.seven) for one in cast]
    return (said.count(str(seven)) if seven is not None else max(map(said.count, said))) / len(said)
