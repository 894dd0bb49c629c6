"""What the demo made, how long it took, and where it lies."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from duchenne.console import err, tell_table


@dataclass
class Step:
    """One line of the closing table."""

    name: str
    made: str = ""
    place: Path | None = None
    seconds: float = 0.0


@dataclass
class Ledger:
    steps: list[Step] = field(default_factory=list)

    @contextmanager
    def step(self, name: str, place: Path | None = None) -> Iterator[Step]:
        """Time a step; its body says what was made."""
        err.print(f"\n{len(self.steps) + 1}. {name}", style="bold", markup=False)
        step = Step(name, place=place)
        self.steps.append(step)
        began = time.perf_counter()
        yield step
        step.seconds = time.perf_counter() - began

    def tell(self) -> None:
        rows = [(step.name, step.made, f"{step.seconds:.1f} s", step.place or "") for step in self.steps]
        total = sum(step.seconds for step in self.steps)
        tell_table(
            "What the demo did. Everything in it is simulated: no person was recorded.",
            ("step", "made", "took", "lies in"),
            [*rows, ("together", "", f"{int(total // 60)} min {total % 60:.0f} s", "")],
        )
