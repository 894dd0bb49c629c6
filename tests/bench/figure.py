"""One figure of a benchmark: ours, and where there is one a named peer's, measured in the same run."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """`ours` and `peer` in `unit`; `least` and `most` say what the figure must be, where the product promises it."""

    what: str
    ours: float
    unit: str
    peer: float | None = None
    peer_name: str = ""
    least: float | None = None
    most: float | None = None
    note: str = ""

    @property
    def ratio(self) -> float | None:
        """Ours over the peer's."""
        return None if self.peer in (None, 0) else self.ours / self.peer

    @property
    def kept(self) -> bool:
        return (self.least is None or self.ours >= self.least) and (self.most is None or self.ours <= self.most)
