"""One line of the ledger of champions, and what follows from all of them."""

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

from model.promotion.comparison import Comparison, Finite, Share
from model.strict import ModelId, SnapshotId

Utc = Annotated[str, Field(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")]


class Entry(Finite):
    """One decision. `serves`: who does so from now on; `served`: who did before, None the first time.

    `proven`: whether the one that serves was shown to beat something, be it `majority`. 'unproven' decisions let a
    model serve without such proof. `test` numbers the decisions that spent of the error budget (`level` of it; `spent`
    is the sum until now); None where nothing was tested. `challenger`, `snapshot` and `seed` are None after a rollback.
    """

    format: Literal["duchenne-champion"] = "duchenne-champion"
    version: Literal[1] = 1
    at_utc: Utc
    decision: Literal["promoted", "kept", "unproven", "rolled back"]
    serves: ModelId
    served: ModelId | None
    proven: bool
    challenger: ModelId | None
    snapshot: SnapshotId | None
    seed: int | None
    test: Annotated[int, Field(ge=1)] | None
    level: Share | None
    spent: Share
    comparison: Comparison | None
    reason: str

    def in_short(self) -> str:
        """Such as 'm0123456789abcdef (unproven)'."""
        return self.serves if self.proven else f"{self.serves} (unproven)"


@dataclass(frozen=True)
class Ledger:
    """All decisions, the first one first. `torn`: the beginning of a line that was never written to its end, if any."""

    entries: tuple[Entry, ...]
    torn: str | None = None

    @property
    def last(self) -> Entry | None:
        return self.entries[-1] if self.entries else None

    @property
    def tests(self) -> int:
        """How many decisions have spent of the budget."""
        return sum(entry.test is not None for entry in self.entries)

    @property
    def since(self) -> Entry | None:
        """The decision by which the present champion came to serve, or to be proven."""
        last, found = self.last, None
        for entry in reversed(self.entries):
            if last is None or (entry.serves, entry.proven) != (last.serves, last.proven):
                break
            found = entry
        return found

    @property
    def reigns(self) -> list[Entry]:
        """The decisions that let today's champion and its predecessors serve, as far as none was rolled back."""
        stack: list[Entry] = []
        for entry in self.entries:
            if entry.decision == "rolled back":
                names = [one.serves for one in stack]
                del stack[names.index(entry.serves) if entry.serves in names else len(stack) :]
            if not stack or stack[-1].serves != entry.serves:
                stack.append(entry)
        return stack

    @property
    def barred(self) -> dict[str, str]:
        """Models that a person has taken out of service, and when: they do not come back by themselves."""
        barred: dict[str, str] = {}
        for entry in self.entries:
            if entry.decision == "rolled back" and entry.served is not None:
                barred[entry.served] = entry.at_utc
            barred.pop(entry.serves, None)
        return barred

    def decided(self, against: str, challenger: str, snapshot: str) -> Entry | None:
        """The decision between the same two on the same trials, if it was taken before."""
        for entry in self.entries:
            found = entry.comparison
            if found and (found.against, entry.challenger, entry.snapshot) == (against, challenger, snapshot):
                return entry
        return None


#: Whom a challenger has to beat where nobody is proven.
MAJORITY = "majority"
