"""A display of our own where the machine has none."""

import os
import select
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from collect.devices.errors import ScreenUnavailableError

_START_SECONDS = 20.0


@contextmanager
def virtual_display(width: int, height: int) -> Iterator[str]:
    """Runs Xvfb on a free display number and names it in DISPLAY; ends it, and only it, on leaving.

    Yields the display's name, such as ':3'. The server listens on a local socket only. Raises
    ScreenUnavailableError where Xvfb is absent or does not start.
    """
    if shutil.which("Xvfb") is None:
        raise ScreenUnavailableError(
            "There is no display (DISPLAY is not set) and Xvfb is not installed. "
            "Start from a desktop session, or install it: apt-get install xvfb xdotool"
        )
    read_end, write_end = os.pipe()
    command = ["Xvfb", "-displayfd", str(write_end), "-screen", "0", f"{width}x{height}x24"]
    command += ["-nolisten", "tcp", "-noreset"]
    if shutil.which("setpriv") is not None:
        command = ["setpriv", "--pdeathsig", "TERM", *command]  # ends with us even if we are killed
    server = subprocess.Popen(
        command,
        pass_fds=(write_end,),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,  # a Ctrl-C is for the session, which still needs the display to end in order
    )
    os.close(write_end)
    with suppress(OSError):  # every flip waits for this server; where we may not, it goes on as usual
        os.setpriority(os.PRIO_PROCESS, server.pid, -10)
    before = os.environ.get("DISPLAY")
    try:
        display = f":{_display_number(read_end)}"
        os.environ["DISPLAY"] = display
        yield display
    finally:
        os.close(read_end)
        if before is None:
            os.environ.pop("DISPLAY", None)
        else:
            os.environ["DISPLAY"] = before
        server.terminate()
        try:
            server.wait(timeout=10)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def _display_number(read_end: int) -> int:
    readable, _, _ = select.select([read_end], [], [], _START_SECONDS)
    said = os.read(read_end, 64).decode().strip() if readable else ""
    if not said.isdigit():
        raise ScreenUnavailableError(
            "Xvfb did not start. Run it by hand to see why: Xvfb -displayfd 1 -screen 0 1280x720x24 -nolisten tcp"
        )
    return int(said)
