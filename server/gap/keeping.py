"""The gap of the present answers, computed once and kept until something changes."""

from dataclasses import dataclass, replace
from typing import Annotated

from fastapi import Depends, Request
from sqlalchemy.orm import Session

from annotate.gap.answers import both_answered
from annotate.gap.confusion import LabelRule
from annotate.gap.gap import Gap, find_gap
from server.db.kept import KeptFigures
from server.gap.filters import Filters
from server.gap.loading import Names, load_answers, load_facts, revised_after_prelabel


@dataclass(frozen=True)
class FoundGap:
    """`gap` is None where no trial has both instruments. `revised`: answers changed after a model's label was seen."""

    gap: Gap | None
    names: Names
    revised: int


class KeptGaps:
    """The application's own; one choice of filters takes a few megabytes at ten thousand trials."""

    def __init__(self) -> None:
        self._kept: KeptFigures[Filters, FoundGap] = KeptFigures(_find)

    def find(self, session: Session, filters: Filters) -> FoundGap:
        """The gap under these filters, in the transaction's state."""
        return self._kept.find(session, replace(filters, label=LabelRule.SOFT))  # both rules are in every gap


def _find(session: Session, filters: Filters) -> FoundGap:
    facts, names = load_facts(session, filters)
    both = both_answered(load_answers(session, filters, facts), facts, least_raters=filters.raters)
    return FoundGap(find_gap(both), names, revised_after_prelabel(session, filters))


def kept_gaps(request: Request) -> KeptGaps:
    state = request.app.state
    if not hasattr(state, "kept_gaps"):
        state.kept_gaps = KeptGaps()
    kept = state.kept_gaps
    assert isinstance(kept, KeptGaps)
    return kept


KeptGapsOf = Annotated[KeptGaps, Depends(kept_gaps)]
