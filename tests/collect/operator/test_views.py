"""What the views say, and that no view can hold a session up."""

import io
import signal
from multiprocessing.connection import Connection
from typing import Any

import pytest

from collect.operator.choose import operator_for
from collect.operator.errors import OperatorUnavailableError
from collect.operator.own_process import OperatorProcess, ask, received
from collect.operator.plain_lines import PlainLines
from collect.operator.protocol import OperatorStatus
from collect.operator.silent import SilentOperator
from collect.operator.wording import rows, span

STATUS = OperatorStatus(
    title="study, P01, session 1", state="trial", trial=3, trials=9, clip="fear", role="trial", clip_left_s=12.4,
    session_left_s=367.0, gaze_valid=0.5, camera_fps=29.97, camera_frames=900, camera_dropped=2, disk_free_gb=0.4,
    warning="Trial 2 is not valid: skipped by the experimenter", waiting=("pause",),
)  # fmt: skip


def view_that_asks(pipe: Connection, count: int) -> None:
    ask(pipe, "skip")
    for _ in range(count):
        received(pipe)
    ask(pipe, "stop")
    while received(pipe) is not None:
        pass


def view_that_hangs(pipe: Connection) -> None:
    signal.pause()


def view_that_dies(pipe: Connection) -> None:
    received(pipe)


def test_what_is_wrong_stands_out() -> None:
    said = {row.name: (row.said, row.ok) for row in rows(STATUS)}
    assert said == {
        "state": ("trial   (waiting for a pause)", True),
        "clip": ("3 of 9: trial, fear", True),
        "left": ("clip 0:12, session about 6:07", True),
        "gaze": ("50% valid", False),
        "camera": ("30.0 frames a second, 2 dropped", False),
        "disk": ("0.4 GB free", False),
        "warning": ("Trial 2 is not valid: skipped by the experimenter", False),
    }
    fresh = OperatorStatus(title="", state="setup", trial=0, trials=9)
    assert all(row.ok for row in rows(fresh))
    assert span(None) == "–"


def test_plain_lines_tell_changes_only() -> None:
    stream = io.StringIO()
    operator = PlainLines(stream)
    for _ in range(3):
        operator.show(STATUS)
    assert stream.getvalue() == (
        "trial 3 of 9 (trial, fear): Trial 2 is not valid: skipped by the experimenter\n"
    )  # fmt: skip
    assert operator.requests() == ()


def test_requests_come_back_through_the_pipe() -> None:
    operator = OperatorProcess(view_that_asks, 3)
    asked: list[str] = []
    while "stop" not in asked:
        operator.show(STATUS)
        asked += operator.requests()
    operator.close()
    operator.close()
    assert asked == ["skip", "stop"]


@pytest.mark.parametrize("view", [view_that_hangs, view_that_dies])
def test_a_view_that_hangs_or_dies_holds_nothing_up(view: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("collect.operator.own_process._CLOSING_S", 0.2)
    operator = OperatorProcess(view)
    for _ in range(5000):  # far more than any pipe holds
        operator.show(STATUS)
        assert operator.requests() == ()
    operator.close()


def test_a_window_without_tkinter_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("collect.operator.choose.find_spec", lambda name: None)
    with pytest.raises(OperatorUnavailableError, match="python3-tk"):
        operator_for("window")
    assert isinstance(operator_for("none"), SilentOperator)
    assert isinstance(operator_for("terminal"), PlainLines)  # pytest's standard error is no terminal
