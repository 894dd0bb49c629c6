"""The orders that a study can ask for."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from collect.bundle.study import Order, Study
from collect.plan.latin_square import crossed_row, participant_number, row_count, square_row


@dataclass(frozen=True)
class Orders:
    """The orders for one participant of one study; they depend on nothing else, so that a session can be resumed."""

    study_digest: str
    participant: str

    @classmethod
    def of(cls, study: Study, participant: str) -> "Orders":
        return cls(hashlib.sha256(study.model_dump_json().encode("utf-8")).hexdigest(), participant)

    def clips(self, order: Order, names: Sequence[str], beside: int = 1) -> tuple[str, ...]:
        """Clip ids in their order. `beside`: the number of rows of the Latin square that orders the blocks, else 1.

        Raises NumberlessPseudonymError.
        """
        return self._ordered(order, names, "", beside)

    def blocks(self, order: Order, names: Sequence[str]) -> tuple[str, ...]:
        """Names of blocks in their order. Raises NumberlessPseudonymError."""
        return self._ordered(order, names, "block ", 1)

    def _ordered(self, order: Order, names: Sequence[str], prefix: str, beside: int) -> tuple[str, ...]:
        if order == "random":
            return tuple(sorted(names, key=lambda name: self._draw(prefix + name)))
        if order == "latin_square":
            number = participant_number(self.participant) - 1  # P001 has the first row
            row = crossed_row(number, row_count(len(names)), beside)
            return tuple(names[place] for place in square_row(len(names), row))
        return tuple(names)

    def _draw(self, name: str) -> bytes:
        """A hash is the same on every machine and in every version of Python, which a random generator is not."""
        return hashlib.sha256(f"{self.study_digest}\n{self.participant}\n{name}".encode()).digest()
