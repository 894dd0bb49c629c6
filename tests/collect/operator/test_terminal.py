"""The view in a real (pseudo-)terminal: single keys without echo, and a terminal that is put back whatever happens."""

import os
import pty
import select
import subprocess
import sys
import termios
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[3]


class Seat:
    """A terminal with a program in it."""

    def __init__(self, task: str) -> None:
        self.keyboard, terminal = pty.openpty()
        self.before = termios.tcgetattr(terminal)
        self.terminal = terminal
        self._told, telling = os.pipe()
        self.process = subprocess.Popen(
            [sys.executable, "-c", f"import os; os.dup2({telling}, 9); "
             "import sys; sys.argv = ['', sys.argv[1]]; "
             "from tests.collect.operator.terminal_program import main; main(sys.argv[1])", task],
            cwd=ROOT, stdin=terminal, stdout=terminal, stderr=terminal, pass_fds=(telling,), start_new_session=True,
            env={**os.environ, "TERM": "xterm-256color", "COLUMNS": "100"},
        )  # fmt: skip
        os.close(telling)
        self.seen = ""

    def press(self, keys: str) -> None:
        os.write(self.keyboard, keys.encode())

    def told(self) -> str:
        """The next line that the program tells; '' once it has ended."""
        line = b""
        while not line.endswith(b"\n"):
            if not (byte := os.read(self._told, 1)):
                break
            line += byte
        return line.decode().strip()

    def look(self, words: str) -> None:
        """Returns once these words stand in the terminal."""
        while words not in self.seen:
            readable, _, _ = select.select([self.keyboard], [], [], 20)
            assert readable, f"{words!r} is not among:\n{self.seen}"
            self.seen += os.read(self.keyboard, 65536).decode("utf-8", "replace")

    def attributes(self) -> list[Any]:
        return termios.tcgetattr(self.terminal)

    def wait_until_put_back(self) -> None:
        """The view may outlive its program by a moment."""
        for _ in range(2000):
            if self.attributes() == self.before:
                return
            select.select([], [], [], 0.01)
        raise AssertionError("the terminal was left as it was")

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        for descriptor in (self.keyboard, self.terminal, self._told):
            os.close(descriptor)


@pytest.fixture
def seat(request: pytest.FixtureRequest) -> Iterator[Seat]:
    taken = Seat(request.param)
    try:
        yield taken
    finally:
        taken.close()


@pytest.mark.parametrize("seat", ["ask"], indirect=True)
def test_keys_are_requests_and_are_not_echoed(seat: Seat) -> None:
    assert seat.told() == "shown"
    for words in ("small, P01, session 1", "2 of 7", "trial, fear", "97% valid", "nobody looked", "pause or go on"):
        seat.look(words)
    assert not seat.attributes()[3] & (termios.ECHO | termios.ICANON)
    seat.press("pxc")
    assert [seat.told(), seat.told()] == ["pause", "calibrate"]
    seat.press("qn")  # on second thoughts
    seat.press("s")
    assert seat.told() == "skip"
    seat.press("q")
    seat.look("Stop the session?")
    seat.press("y")
    assert seat.told() == "stop"
    assert seat.told() == ""
    assert seat.process.wait() == 0
    assert seat.attributes() == seat.before


@pytest.mark.parametrize(("seat", "code"), [("die", -9), ("raise", 1)], indirect=["seat"])
def test_the_terminal_is_put_back_when_the_session_dies(seat: Seat, code: int) -> None:
    assert seat.told() == "shown"
    seat.look("pause or go on")
    seat.press("p")
    assert seat.told() == "pause"
    assert seat.process.wait() == code
    seat.wait_until_put_back()
