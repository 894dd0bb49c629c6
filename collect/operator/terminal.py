"""The experimenter's view in the terminal that the session was started from; single keys, without Enter or echo."""

import contextlib
import os
import signal
from collections.abc import Iterator
from multiprocessing.connection import Connection, wait
from typing import TYPE_CHECKING, Any

from collect.operator.own_process import OperatorProcess, ask, received
from collect.operator.protocol import OperatorStatus, Request
from collect.operator.wording import rows

if TYPE_CHECKING:
    from rich.console import RenderableType

KEYS: dict[str, Request] = {"p": "pause", "c": "calibrate", "s": "skip", "q": "stop"}
_HELP = "[b]p[/b] pause or go on   [b]c[/b] calibrate   [b]s[/b] skip this clip   [b]q[/b] stop"
_SURE = "Stop the session? What was recorded is kept.   [b]y[/b] stop   [b]n[/b] go on"


class TerminalOperator:
    """Satisfies Operator. `output` and `keyboard` are file descriptors of terminals; without keyboard no requests.

    The terminal is put back by whichever process is left: the view when the session dies, the session when the view
    does.
    """

    def __init__(self, output: int, keyboard: int | None) -> None:
        self._keyboard = keyboard
        self._before = None if keyboard is None else _attributes(keyboard)
        self._process = OperatorProcess(
            terminal_view, os.ttyname(output), None if keyboard is None else os.ttyname(keyboard)
        )

    def show(self, status: OperatorStatus) -> None:
        self._process.show(status)

    def requests(self) -> tuple[Request, ...]:
        return self._process.requests()

    def close(self) -> None:
        self._process.close()
        if self._keyboard is not None and self._before is not None:
            _restore(self._keyboard, self._before)


def terminal_view(pipe: Connection, output: str, keyboard: str | None) -> None:
    """The view's process. Ends when it is told to or when the session is gone."""
    from rich.console import Console
    from rich.live import Live

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the session, which ends this
    with (
        open(output, "w", encoding="utf-8") as screen,  # noqa: PTH123 -- a terminal, not a path
        _keys(keyboard) as keys,
        Live(console=Console(file=screen, force_terminal=True, highlight=False), auto_refresh=False) as live,
    ):
        status: OperatorStatus | None = None
        drawn: object = None
        sure = False
        while True:
            for ready in wait([pipe] if keys is None else [pipe, keys]):
                if ready is pipe:
                    if (status := received(pipe)) is None:
                        return
                elif keys is not None:
                    sure = _pressed(pipe, os.read(keys, 64).decode("utf-8", "replace"), sure)
            if status is not None and (now := (status.title, rows(status), sure)) != drawn:
                drawn = now
                live.update(page(status, sure=sure), refresh=True)


def _pressed(pipe: Connection, letters: str, sure: bool) -> bool:
    """Pass on what was asked for; True while 'stop' waits to be confirmed."""
    for letter in letters.lower():
        if sure:
            if letter == "y":
                ask(pipe, "stop")
            sure = letter not in ("y", "n")
        elif letter in KEYS:
            sure = KEYS[letter] == "stop"
            if not sure:
                ask(pipe, KEYS[letter])
    return sure


def page(status: OperatorStatus, *, sure: bool) -> "RenderableType":
    """The whole view."""
    from rich import box
    from rich.console import Group
    from rich.panel import Panel
    from rich.table import Table
    from rich.text import Text

    table = Table.grid(padding=(0, 2))
    table.add_column(style="dim", width=8)
    table.add_column(overflow="fold")
    for row in rows(status):
        table.add_row(row.name, Text(row.said, style="" if row.ok else "bold yellow"))
    foot = Text.from_markup(_SURE, style="yellow") if sure else Text.from_markup(_HELP, style="dim")
    return Panel(Group(table, Text(""), foot), title=Text(status.title), title_align="left", box=box.ROUNDED)


@contextlib.contextmanager
def _keys(path: str | None) -> Iterator[int | None]:
    """The keyboard, each key for itself and unseen; put back on leaving."""
    if path is None:
        yield None
        return
    import tty

    keyboard = os.open(path, os.O_RDONLY | os.O_NOCTTY)
    before = _attributes(keyboard)
    try:
        tty.setcbreak(keyboard)  # Ctrl-C still is one
        yield keyboard
    finally:
        _restore(keyboard, before)
        os.close(keyboard)


def _attributes(keyboard: int) -> list[Any]:
    import termios

    return termios.tcgetattr(keyboard)


def _restore(keyboard: int, before: list[Any]) -> None:
    import termios

    with contextlib.suppress(termios.error, OSError):  # the terminal was closed
        termios.tcsetattr(keyboard, termios.TCSADRAIN, before)
