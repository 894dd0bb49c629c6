"""In which order a rater is given trials that matter alike: along a circle, each rater from a beginning of their own.

Every task has a random place on a circle (its order key). A rater begins at a place that follows from the number of
the account by steps of the golden ratio, which leave no large gap between however many raters (Steinhaus' three-gap
theorem; Knuth, The Art of Computer Programming 3, section 6.4), and every second rater walks the other way round. So
no trial is early for everybody, none always follows the same other one, and effects of order average out.
"""

from dataclasses import dataclass
from math import sqrt

from annotate.scales import Instrument
from server.db.ratings import CIRCLE

#: Odd, so that it meets every place before it comes back to one.
STEP = round(CIRCLE * (sqrt(5) - 1) / 2) | 1


@dataclass(frozen=True)
class Arc:
    """The order keys from `low` to `high`, both included; empty where `low` is above `high`."""

    low: int
    high: int


@dataclass(frozen=True)
class Walk:
    """A rater's way round the circle: from `beginning`, by rising keys (`forward`) or by falling ones."""

    beginning: int
    forward: bool

    def arcs(self, last: int | None = None) -> tuple[Arc, Arc]:
        """The circle in two arcs, the nearer one first; each is walked in the walk's direction.

        From the beginning; with `last`, from just behind that key and round to it.
        """
        if self.forward:
            first = self.beginning if last is None else last + 1
            return Arc(first, CIRCLE - 1), Arc(0, first - 1)
        first = self.beginning if last is None else last - 1
        return Arc(0, first), Arc(first + 1, CIRCLE - 1)

    def steps_to(self, order_key: int) -> int:
        """How far along the way from the beginning a key lies, 0 to CIRCLE - 1."""
        return (order_key - self.beginning if self.forward else self.beginning - order_key) % CIRCLE


def walk_of(rater_id: int, instrument: Instrument) -> Walk:
    """The walk of the account with this number. ER begins elsewhere and goes the other way than FER."""
    is_er = instrument is Instrument.ER
    return Walk(beginning=(2 * rater_id + is_er) * STEP % CIRCLE, forward=(rater_id + is_er) % 2 == 0)
