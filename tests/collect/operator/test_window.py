"""The experimenter's window under Xvfb: its buttons ask, and closing it asks to stop."""

import shutil
import subprocess
from collections.abc import Iterator

import pytest

from collect.operator.protocol import OperatorStatus
from collect.operator.window import WINDOW_TITLE, WindowOperator
from collect.session.virtual_display import virtual_display

pytest.importorskip("tkinter", reason="this Python has no tkinter, which the window is drawn with")
STATUS = OperatorStatus(title="study, P01, session 1", state="trial", trial=3, trials=9, clip="fear", role="trial")


@pytest.fixture
def display() -> Iterator[str]:
    with virtual_display(900, 600) as name:
        yield name


@pytest.mark.display
@pytest.mark.usefixtures("display")
def test_the_windows_buttons_ask() -> None:
    assert shutil.which("xdotool") is not None
    operator = WindowOperator()
    try:
        found = ""
        while not found:
            operator.show(STATUS)
            found = subprocess.run(
                ["xdotool", "search", "--name", f"^{WINDOW_TITLE}$"], capture_output=True, text=True, check=False
            ).stdout  # fmt: skip
        window = found.split()[0]
        asked: list[str] = []
        # Without a window manager the pointer is the only way: along the row of buttons at the bottom.
        for _ in range(40):
            operator.show(STATUS)
            size = subprocess.check_output(["xdotool", "getwindowgeometry", "--shell", window], text=True)
            height = int(size.split("HEIGHT=")[1].split()[0])
            if height > 150:
                subprocess.run(
                    ["xdotool", "mousemove", "--window", window, "60", str(height - 28), "click", "1"], check=True
                )  # fmt: skip
            asked += operator.requests()
            if asked:
                break
        assert asked
        assert set(asked) == {"pause"}
    finally:
        operator.close()
