"""An EyeLink's own recording: what it is called on the Host PC, and how it gets here whole."""

import os
import re
from pathlib import Path
from typing import Any
from uuid import uuid4

from collect.devices.errors import RecordingNotFetchedError
from collect.devices.tracker.eyelink_host import EyeLinkHost, connected_host

_FETCH_ATTEMPTS = 3
_HOST_NAME = re.compile(r"[A-Z0-9_]{1,8}")


def host_file_name(stem: str | None = None) -> str:
    """A name that the Host PC takes, with its suffix; random if no stem is given, so that no recording is overwritten.

    Raises ValueError for a stem of other characters than A–Z, 0–9 and _, or of more than 8.
    """
    stem = "D" + uuid4().hex[:7].upper() if stem is None else stem
    if not _HOST_NAME.fullmatch(stem):
        raise ValueError(f"'{stem}' cannot be a file on the Host PC: give at most 8 of A–Z, 0–9 and _")
    return f"{stem}.EDF"


def fetched(host: EyeLinkHost, file: str, target: Path) -> Path:
    """Fetch `file` from the Host PC to `target`, whole or not at all; it stays there, too.

    Raises RecordingNotFetchedError after a few attempts; it says under which name the file lies on the Host PC.
    """
    # To a temporary name first: a file that is only half here must not look like the whole.
    partial = target.with_name(target.name + ".partial")
    trouble = ""
    try:
        for _ in range(_FETCH_ATTEMPTS):
            partial.unlink(missing_ok=True)  # the library would choose another name if there were one
            try:
                promised = host.link.receiveDataFile(file, str(partial))
            except RuntimeError as error:
                trouble = str(error).strip() or "no reason given"
                continue
            arrived = partial.stat().st_size if partial.exists() else 0
            if arrived > 0 and arrived == promised:
                _onto_disk(partial)
                partial.replace(target)
                return target
            trouble = f"{arrived} of {promised} bytes arrived"
    except OSError as error:
        trouble = f"the disk here did not take it: {error.strerror}"
    finally:
        partial.unlink(missing_ok=True)
    raise RecordingNotFetchedError(f"EyeLink at {host.address}", file, target.name, trouble)


def fetch_again(address: str, file: str, target: Path, library: Any = None) -> Path:
    """After a session whose file stayed on the Host PC: connect to it once more and fetch `file` to `target`.

    Raises TrackerUnavailableError where nothing answers at `address`, RecordingNotFetchedError.
    """
    host = connected_host(address, library)
    try:
        host.go_offline()
        return fetched(host, file, target)
    finally:
        host.close()


def _onto_disk(path: Path) -> None:
    with path.open("rb+") as file:
        os.fsync(file.fileno())
