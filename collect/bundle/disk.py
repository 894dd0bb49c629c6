"""How bytes of a bundle reach the disk: whole files atomically, growing files by a thread that waits for the disk."""

import hashlib
import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO


def sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def sync_folder(folder: Path) -> None:
    """Make renames and new names in the folder survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_whole(path: Path, data: bytes) -> None:
    """Write a file that is either complete or absent."""
    partial = path.with_name(path.name + ".partial")
    with partial.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)
    sync_folder(path.parent)


def files_below(folder: Path) -> Iterator[tuple[str, Path]]:
    """Every entry below the folder that is not a plain folder, as (path with '/', path), in the order of the names.

    Symbolic links come out as entries and are never followed.
    """
    for path in sorted(folder.iterdir()):
        if path.is_dir() and not path.is_symlink():
            for name, below in files_below(path):
                yield f"{path.name}/{name}", below
        else:
            yield path.name, path


class BackgroundSync:
    """Calls fsync for growing files in a thread of its own: a slow disk must not cost a frame on the screen.

    `request` returns at once; `wait` returns when all that was flushed before it is on disk. An error of the disk is
    raised by the next call of either.
    """

    def __init__(self, files: list[IO[bytes]]) -> None:
        self._descriptors = [file.fileno() for file in files]
        self._condition = threading.Condition()
        self._asked = self._done = 0
        self._closing = False
        self._error: OSError | None = None
        self._thread = threading.Thread(target=self._work, name="bundle-sync", daemon=True)
        self._thread.start()

    def request(self) -> None:
        with self._condition:
            self._raise_error()
            self._asked += 1
            self._condition.notify_all()

    def wait(self) -> None:
        with self._condition:
            self._asked += 1
            goal = self._asked
            self._condition.notify_all()
            self._condition.wait_for(lambda: self._done >= goal or self._error is not None)
            self._raise_error()

    def close(self) -> None:
        """End the thread; the files may be closed afterwards."""
        with self._condition:
            self._closing = True
            self._condition.notify_all()
        self._thread.join()

    def _raise_error(self) -> None:
        if self._error is not None:
            raise self._error

    def _work(self) -> None:
        while True:
            with self._condition:
                self._condition.wait_for(lambda: self._closing or self._asked > self._done)
                if self._closing:
                    return
                goal = self._asked
            error = self._attempt(os.fsync)
            with self._condition:
                self._done, self._error = goal, error
                self._condition.notify_all()
                if error is not None:
                    return

    def _attempt(self, sync: Callable[[int], None]) -> OSError | None:
        try:
            for descriptor in self._descriptors:
                sync(descriptor)
        except OSError as error:
            return error
        return None
