"""The gap of the present answers, computed once and kept until something changes."""

from collections import OrderedDict
from dataclasses import dataclass, replace
from threading import Lock
from typing import Annotated, Any

from fastapi import Depends, Request
from sqlalchemy.orm import Session

from annotate.gap.answers import both_answered
from annotate.gap.confusion import LabelRule
from annotate.gap.gap import Gap, find_gap
from server.gap.filters import Filters
from server.gap.loading import Names, load_answers, load_facts, revised_after_prelabel, state_of_answers

#: So many choices of filters are kept at once; one takes a few megabytes at ten thousand trials.
_KEPT = 8


@dataclass(frozen=True)
class FoundGap:
    """`gap` is None where no trial has both instruments. `revised`: answers changed after a model's label was seen."""

    gap: Gap | None
    names: Names
    revised: int


class KeptGaps:
    """What was computed from one state of the database. With another state all of it is forgotten, names included."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._state: tuple[Any, ...] | None = None
        self._found: OrderedDict[Filters, FoundGap] = OrderedDict()

    def find(self, session: Session, filters: Filters) -> FoundGap:
        """The gap under these filters, in the transaction's state. One request at a time computes."""
        same_figures = replace(filters, label=LabelRule.SOFT)  # both rules are in every gap
        state = state_of_answers(session)
        with self._lock:
            if state != self._state:
                self._found.clear()
                self._state = state
            if same_figures not in self._found:
                self._found[same_figures] = _find(session, filters)
            self._found.move_to_end(same_figures)
            while len(self._found) > _KEPT:
                self._found.popitem(last=False)
            return self._found[same_figures]


def _find(session: Session, filters: Filters) -> FoundGap:
    facts, names = load_facts(session, filters)
    both = both_answered(load_answers(session, filters), facts, least_raters=filters.raters)
    return FoundGap(find_gap(both), names, revised_after_prelabel(session, filters))


def kept_gaps(request: Request) -> KeptGaps:
    """The application's own."""
    state = request.app.state
    if not hasattr(state, "kept_gaps"):
        state.kept_gaps = KeptGaps()
    kept = state.kept_gaps
    assert isinstance(kept, KeptGaps)
    return kept


KeptGapsOf = Annotated[KeptGaps, Depends(kept_gaps)]
