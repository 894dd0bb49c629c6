"""The experimenter's view in a window of its own, for a second screen. Plain Tk: it takes nothing from the renderer."""

import signal
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any

from collect.operator.own_process import OperatorProcess, ask, received
from collect.operator.protocol import OperatorStatus, Request
from collect.operator.wording import rows

WINDOW_TITLE = "Duchenne: experimenter"
_LOOK_MS = 100
_BACKGROUND, _INK, _DIM, _FAULT = "#25272b", "#ebe8e2", "#a3a6aa", "#f2c14e"
_BUTTONS: tuple[tuple[str, Request], ...] = (
    ("Pause / go on", "pause"), ("Calibrate", "calibrate"), ("Skip this clip", "skip"), ("Stop …", "stop"),
)  # fmt: skip
_SURE = "Stop the session? What was recorded is kept."


class WindowOperator(OperatorProcess):
    """Satisfies Operator. Closing the window asks to stop the session."""

    def __init__(self) -> None:
        super().__init__(window_view)


def window_view(pipe: Connection) -> None:
    """The view's process. Ends when it is told to or when the session is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the session, which ends this
    import tkinter

    root = tkinter.Tk()
    root.title(WINDOW_TITLE)
    root.configure(background=_BACKGROUND)
    _View(root, tkinter, pipe)
    root.mainloop()


class _View:
    def __init__(self, root: Any, tkinter: Any, pipe: Connection) -> None:
        self._root, self._tkinter, self._pipe = root, tkinter, pipe
        self._labels: dict[str, Any] = {}
        self._title = self._label(root, "", 0, 0, size=13)
        self._title.grid(columnspan=2, sticky="w", padx=16, pady=(12, 6))
        self._foot = tkinter.Frame(root, background=_BACKGROUND)
        root.columnconfigure(1, weight=1)
        root.minsize(600, 0)
        root.protocol("WM_DELETE_WINDOW", self._ask_whether_sure)
        self._offer()
        self._look()

    def _label(self, parent: Any, text: str, row: int, column: int, colour: str = _INK, size: int = 11) -> Any:
        label = self._tkinter.Label(
            parent, text=text, background=_BACKGROUND, foreground=colour, font=("TkDefaultFont", size), anchor="w",
            justify="left", wraplength=520,
        )  # fmt: skip
        label.grid(row=row, column=column, sticky="nw", padx=(16, 8), pady=3)
        return label

    def _look(self) -> None:
        """Take what has come and draw the newest; the window closes with the session."""
        newest: OperatorStatus | None = None
        while self._pipe.poll(0):
            newest = received(self._pipe)
            if newest is None:
                self._root.destroy()
                return
        if newest is not None:
            self._draw(newest)
        self._root.after(_LOOK_MS, self._look)

    def _draw(self, status: OperatorStatus) -> None:
        self._title.configure(text=status.title)
        shown = rows(status)
        for number, row in enumerate(shown, start=1):
            if row.name not in self._labels:
                self._label(self._root, row.name, number, 0, _DIM)
                self._labels[row.name] = self._label(self._root, "", number, 1)
            self._labels[row.name].configure(text=row.said, foreground=_INK if row.ok else _FAULT)
        self._foot.grid(row=len(shown) + 1, column=0, columnspan=2, sticky="w", padx=10, pady=12)

    # --- what can be asked for ---

    def _offer(self) -> None:
        self._buttons("", [(name, self._asker(request)) for name, request in _BUTTONS])

    def _asker(self, request: Request) -> Callable[[], None]:
        if request == "stop":
            return self._ask_whether_sure
        return lambda: ask(self._pipe, request)

    def _ask_whether_sure(self) -> None:
        self._buttons(_SURE, [("Stop", self._stop), ("Go on", self._offer)])

    def _stop(self) -> None:
        ask(self._pipe, "stop")
        self._offer()

    def _buttons(self, text: str, buttons: list[tuple[str, Callable[[], None]]]) -> None:
        for old in self._foot.winfo_children():
            old.destroy()
        if text:
            self._label(self._foot, text, 0, 0, _FAULT)
        for column, (name, action) in enumerate(buttons, start=1):
            button = self._tkinter.Button(self._foot, text=name, command=action, takefocus=False)
            button.grid(row=0, column=column, padx=6)
