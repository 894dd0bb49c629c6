"""Which view the experimenter gets."""

import os
import sys
from importlib.util import find_spec
from typing import Literal

from collect.operator.errors import OperatorUnavailableError
from collect.operator.plain_lines import PlainLines
from collect.operator.protocol import Operator
from collect.operator.silent import SilentOperator
from collect.operator.terminal import TerminalOperator
from collect.operator.window import WindowOperator

OperatorKind = Literal["terminal", "window", "none"]


def operator_for(kind: OperatorKind) -> Operator:
    """Opens the view; the caller closes it. Where standard error is no terminal, plain lines take the terminal's place.

    Raises OperatorUnavailableError.
    """
    if kind == "none":
        return SilentOperator()
    if kind == "window":
        if find_spec("tkinter") is None:
            raise OperatorUnavailableError(
                "The experimenter's window needs tkinter, which this Python lacks. Install it (apt-get install "
                "python3-tk), or say 'operator: terminal' in the study."
            )
        return WindowOperator()
    if not sys.stderr.isatty() or not hasattr(os, "ttyname") or find_spec("termios") is None:
        return PlainLines(sys.stderr)
    return TerminalOperator(sys.stderr.fileno(), sys.stdin.fileno() if sys.stdin.isatty() else None)
