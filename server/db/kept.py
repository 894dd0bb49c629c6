"""Figures that are computed from all answers, kept until an answer, a trial, a model or a withdrawal changes them."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Any, Generic, TypeVar

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from server.db.predictions import Serving
from server.db.ratings import RatingTask, Vote
from server.db.studies import Participant
from server.db.trials import SelfReport, Trial

Choice = TypeVar("Choice", bound=Hashable)
Figures = TypeVar("Figures")


class KeptFigures(Generic[Choice, Figures]):
    """What was computed from one state of the database, for the last few choices of filters.

    With another state all of it is forgotten, names of participants included.
    """

    def __init__(self, compute: Callable[[Session, Choice], Figures], most: int = 8) -> None:
        self._compute = compute
        self._most = most
        self._lock = Lock()
        self._state: tuple[Any, ...] | None = None
        self._found: OrderedDict[Choice, Figures] = OrderedDict()

    def find(self, session: Session, choice: Choice) -> Figures:
        """The figures of this choice, in the transaction's state. One request at a time computes."""
        state = state_of_answers(session)
        with self._lock:
            if state != self._state:
                self._found.clear()
                self._state = state
            if choice not in self._found:
                self._found[choice] = self._compute(session, choice)
            self._found.move_to_end(choice)
            while len(self._found) > self._most:
                self._found.popitem(last=False)
            return self._found[choice]


def state_of_answers(session: Session) -> tuple[Any, ...]:
    """Another value whenever figures may be others: by an answer, a trial, a model, a withdrawal, the training set."""
    counts = select(
        select(func.max(Vote.id)).scalar_subquery(),
        select(func.count()).select_from(Vote).scalar_subquery(),
        select(func.count()).select_from(Trial).scalar_subquery(),
        select(func.count()).select_from(SelfReport).scalar_subquery(),
        select(func.count(Participant.withdrawn_utc)).scalar_subquery(),
        select(func.count()).select_from(Serving).scalar_subquery(),
    )
    training = select(RatingTask.id).where(RatingTask.purpose == "training").order_by(RatingTask.id)
    return (*session.execute(counts).one(), tuple(session.scalars(training)))
