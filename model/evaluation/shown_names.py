"""Names of models as people read them: a recipe with one part changed goes by the change alone."""

from collections.abc import Mapping
from dataclasses import replace
from typing import TypeVar

from model.evaluation.evaluate import Evaluation

Figures = TypeVar("Figures")


def shown_names(by_model: Mapping[str, Figures], ours: str) -> dict[str, Figures]:
    """'without_refit' for 'emert_without_refit' beside `ours`, 'emert'; other names as they are."""
    return {name.removeprefix(f"{ours}_") if name.startswith(f"{ours}_with") else name: by_model[name]
            for name in by_model}  # fmt: skip


def with_shown_names(evaluation: Evaluation) -> Evaluation:
    """For a page or a terminal, where whole names would leave no room for figures."""
    ours = next((model for parts in evaluation.scores.values() for scores in parts.values() for model in scores), "")

    def shown(parts: Mapping[str, dict[str, Figures]]) -> dict[str, dict[str, Figures]]:
        return {part: shown_names(figures, ours) for part, figures in parts.items()}

    return replace(
        evaluation,
        scores={instrument: shown(parts) for instrument, parts in evaluation.scores.items()},
        ahead={instrument: shown(parts) for instrument, parts in evaluation.ahead.items()},
    )
