"""What the demo made, how long it took, and where it lies."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from duchenne.console import err, tell_table


@dataclass
class Step:
    """One line of the closing table."""

    name: str
    made: str = ""
    place: Path | None = None
    seconds: float = 0.0


class Ledger:
    """The steps of one walk; what they made lies below `folder`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._steps: list[Step] = []
        self._began = time.perf_counter()

    @contextmanager
    def step(self, name: str, told: str, place: Path | None = None) -> Iterator[Step]:
        """Time a step, announced by what is `told`; its body says what was made."""
        err.print(f"\n{len(self._steps) + 1}. {told}", style="bold", markup=False)
        step = Step(name, place=place)
        self._steps.append(step)
        began = time.perf_counter()
        yield step
        step.seconds = time.perf_counter() - began

    def tell(self) -> None:
        total = time.perf_counter() - self._began
        rows = [
            (
                step.name,
                step.made,
                f"{step.seconds:.1f} s",
                os.path.relpath(step.place, self._folder) if step.place else "",
            )
            for step in self._steps
        ]
        tell_table(
            f"Simulated, no person was recorded. All lies in {self._folder}",
            ("step", "made", "took", "where"),
            [*rows, ("together", "", f"{int(total // 60)} min {total % 60:.0f} s", "")],
        )
