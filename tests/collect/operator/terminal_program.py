"""A program with the terminal view, driven by a test through a pseudo-terminal.

    python -m tests.collect.operator.terminal_program ask|die|raise

Shows a status, prints each request that it gets to the file descriptor 9, and ends after 'stop'.
"""

import os
import sys
import time

from collect.operator.protocol import OperatorStatus
from collect.operator.terminal import TerminalOperator

TOLD = 9


def main(task: str) -> None:
    operator = TerminalOperator(sys.stderr.fileno(), sys.stdin.fileno())
    status = OperatorStatus(title="small, P01, session 1", state="trial", trial=2, trials=7, clip="fear", role="trial",
                            warning="Trial 1 is not valid: nobody looked", gaze_valid=0.97)  # fmt: skip
    operator.show(status)
    os.write(TOLD, b"shown\n")
    try:
        asked = ""
        while asked != "stop":
            for asked in operator.requests():
                os.write(TOLD, f"{asked}\n".encode())
                if task == "die":
                    os.kill(os.getpid(), 9)
                if task == "raise":
                    raise RuntimeError
            operator.show(status)
            time.sleep(0.02)
    finally:
        operator.close()


if __name__ == "__main__":
    main(sys.argv[1])
