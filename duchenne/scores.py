"""The scores of a run as a table: ours, its company, and chance, on participants never seen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from duchenne.console import tell, tell_table

if TYPE_CHECKING:
    from model.evaluation.evaluate import Evaluation
    from model.evaluation.intervals import Estimate

MEASURES = {"seven_war": "WAR 7", "seven_uar": "UAR 7", "three_uar": "UAR 3"}


def tell_scores(evaluation: Evaluation) -> None:
    """WAR and UAR in percent with 95 % intervals over participants, for ER and FER."""
    from model.evaluation.shown_names import with_shown_names

    rows, asked = [], []
    for instrument, parts in with_shown_names(evaluation).scores.items():
        for model, scores in parts.get("all", {}).items():
            shown = [_percent(scores.measures[name]) for name in MEASURES]
            rows.append((str(instrument), model, *shown))
        asked += [f"{each.trials} of {instrument}" for each in list(parts.get("all", {}).values())[:1]]
        uniform = [f"{100 * evaluation.uniform[name.split('_')[0]]:.0f}" for name in MEASURES]
        rows.append((str(instrument), "guessing", *uniform))
    tell_table(
        "On participants that the weights never saw (percent, 95 % intervals over participants)",
        ("", "model", *MEASURES.values()),
        rows,
    )
    tell(f"Rated trials: {', '.join(asked)}; people: {_people(evaluation)}")


def _people(evaluation: Evaluation) -> int:
    scored = [scores for parts in evaluation.scores.values() for scores in parts.get("all", {}).values()]
    return max((scores.participants for scores in scored), default=0)


def _percent(estimate: Estimate) -> str:
    return f"{100 * estimate.value:.0f} [{100 * estimate.low:.0f}, {100 * estimate.high:.0f}]"
