"""What was computed from one state of the answers, kept until something changes."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import RLock
from typing import Annotated, Any, TypeVar

from fastapi import Depends, Request
from sqlalchemy.orm import Session

from server.agreement.reading import state_of

Found = TypeVar("Found")
#: So many pages (choices of filters) are kept at once.
_KEPT = 16


class KeptFigures:
    """Figures by what they are of. With another state of the database all of them are forgotten."""

    def __init__(self) -> None:
        self._lock = RLock()  # what is computed may be made of what is kept
        self._state: tuple[Any, ...] | None = None
        self._found: OrderedDict[Hashable, Any] = OrderedDict()

    def find(self, session: Session, of: Hashable, compute: Callable[[], Found]) -> Found:
        """What `compute` gives, computed once for the state that the transaction sees; by one request at a time."""
        state = state_of(session)
        with self._lock:
            if state != self._state:
                self._found.clear()
                self._state = state
            if of not in self._found:
                self._found[of] = compute()
            self._found.move_to_end(of)
            while len(self._found) > _KEPT:
                self._found.popitem(last=False)
            found: Found = self._found[of]
            return found


def kept_figures(request: Request) -> KeptFigures:
    """The application's own."""
    state = request.app.state
    if not hasattr(state, "kept_agreement"):
        state.kept_agreement = KeptFigures()
    kept = state.kept_agreement
    assert isinstance(kept, KeptFigures)
    return kept


KeptFiguresOf = Annotated[KeptFigures, Depends(kept_figures)]
