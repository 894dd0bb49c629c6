"""What a night has come to, on disk: the next one, and its reader, learn of nights that never came to their end.

`<home>/nightly.unfinished`: a line as a night begins, one for each of its steps, one for an error. The file goes when a
night has its page, so that it holds unfinished nights alone.
"""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path


@dataclass(frozen=True)
class Unfinished:
    """A night without an end. `step` it was at; `told` why it stopped, None where it was killed, as by a power cut."""

    begun_utc: str
    step: str = "beginning"
    told: str | None = None


class Logbook:
    """`path` need not be there. A disk that takes no line ends no night: other files will tell that it is full."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.step = Unfinished("").step

    def unfinished(self) -> tuple[Unfinished, ...]:
        """The oldest first. What cannot be read, as a line that was cut off, is left out."""
        nights: list[Unfinished] = []
        try:
            lines = self._path.read_text(encoding="utf-8", errors="replace").splitlines()
        except OSError:
            lines = []
        for line in lines:
            with suppress(ValueError, TypeError, AttributeError):
                told = {key: str(value) for key, value in json.loads(line).items()}
                if "begun_utc" in told:
                    nights.append(Unfinished(told["begun_utc"]))
                elif nights:
                    nights[-1] = replace(nights[-1], **told)
        return tuple(nights)

    def begin(self, now_utc: str) -> None:
        self._add(begun_utc=now_utc)

    @contextmanager
    def at(self, step: str) -> Iterator[None]:
        """The night is at this step until the block ends."""
        self.step = step
        self._add(step=step)
        yield

    def failed(self, told: str) -> None:
        self._add(told=told)

    def end(self) -> None:
        self._path.unlink(missing_ok=True)

    def _add(self, **told: str) -> None:
        with suppress(OSError), self._path.open("a", encoding="utf-8") as file:
            file.write(f"\n{json.dumps(told)}\n")  # the line before may have been torn
            file.flush()
            os.fsync(file.fileno())
