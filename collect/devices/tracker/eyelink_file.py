"""An EyeLink's own recording: what it is called on the Host PC, and how it gets here whole."""

import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

from collect.bundle.disk import sync_folder
from collect.devices.errors import RecordingNotFetchedError
from collect.devices.tracker.eyelink_host import EyeLinkHost, connected_host

Progress = Callable[[int, int], None]
Arrived = Callable[[Path], None]

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


def named_on_host(file: str) -> str:
    """The name on the Host PC of a file as somebody types it: in small letters, without suffix. Raises ValueError."""
    return host_file_name(file.upper().removesuffix(".EDF"))


def free_place(original: Path, file: str) -> Path:
    """Where `file` of the Host PC goes: `<original>.edf`, or where a resumed session has one already, its own place."""
    usual = original.with_suffix(".edf")
    return own_place(original, file) if usual.exists() else usual


def own_place(original: Path, file: str) -> Path:
    """`<original>.<FILE>.edf`: a place that no other recording of the Host PC has."""
    return original.with_name(f"{original.name}.{file.removesuffix('.EDF')}.edf")


def fetched(
    host: EyeLinkHost, file: str, target: Path, progress: Progress | None = None, arrived: Arrived | None = None
) -> Path:
    """Fetch `file` from the Host PC to `target`, whole or not at all; it stays there, too.

    progress: of its bytes. arrived: called with the whole file under a temporary name, before it gets its own.
    Raises RecordingNotFetchedError after a few attempts; it says under which name the file lies on the Host PC.
    """
    # To a temporary name first: a file that is only half here must not look like the whole.
    partial = target.with_name(target.name + ".partial")
    trouble = ""
    if progress is not None:
        _tell_progress(host, progress)
    try:
        for _ in range(_FETCH_ATTEMPTS):
            partial.unlink(missing_ok=True)  # the library would choose another name if there were one
            try:
                promised = host.link.receiveDataFile(file, str(partial))
            except RuntimeError as error:
                trouble = str(error).strip() or "no reason given"
                continue
            size = partial.stat().st_size if partial.exists() else 0
            if size > 0 and size == promised:
                _onto_disk(partial)
                if arrived is not None:
                    arrived(partial)
                partial.replace(target)
                sync_folder(target.parent)
                return target
            trouble = f"{size} of {promised} bytes arrived"
    except OSError as error:
        trouble = f"the disk here did not take it: {error.strerror}"
    finally:
        partial.unlink(missing_ok=True)
    raise RecordingNotFetchedError(f"EyeLink at {host.address}", file, target, trouble)


def fetch_again(
    address: str,
    file: str,
    target: Path,
    library: Any = None,
    progress: Progress | None = None,
    arrived: Arrived | None = None,
) -> Path:
    """After a session whose file stayed on the Host PC: connect to it once more and fetch `file` to `target`.

    Raises TrackerUnavailableError where nothing answers at `address`, RecordingNotFetchedError.
    """
    host = connected_host(address, library)
    try:
        host.go_offline()
        return fetched(host, file, target, progress, arrived)
    finally:
        host.close()


def _tell_progress(host: EyeLinkHost, progress: Progress) -> None:
    """The library calls this method of its link by name after each block, and nothing else is told by it."""

    def update(_: str, size: int, received: int) -> int:
        progress(received, size)
        return 0

    host.link.progressUpdate = update


def _onto_disk(path: Path) -> None:
    with path.open("rb+") as file:
        os.fsync(file.fileno())
