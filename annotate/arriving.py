"""What is being written stands under a name of its own until it is whole. A writer that is killed leaves it behind; it
is swept by whoever comes next, but never taken from a writer that is alive.

Each is locked as long as it grows. The kernel lets go of the lock when the process ends, however it ends, so that
neither ages nor process numbers, which come again, have to be believed.
"""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO
from uuid import uuid4


@contextmanager
def arriving_folder(root: Path, prefix: str) -> Iterator[Path]:
    """A new folder below `root` whose name begins with `prefix`, for its owner alone. When the block ends it is gone,
    unless the block gave it another name.
    """
    root.mkdir(parents=True, exist_ok=True)
    while True:
        folder = Path(tempfile.mkdtemp(prefix=prefix, dir=root))
        handle = _locked(folder)
        if handle is not None:
            break
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(handle)


@contextmanager
def arriving_file(path: Path) -> Iterator[BinaryIO]:
    """A file to write that becomes `path`, over what is there, when the block ends: on the disk, or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    while True:
        arriving = arriving_name(path)
        file = arriving.open("xb")
        fcntl.flock(file, fcntl.LOCK_EX)
        if _is_there(arriving, file.fileno()):
            break
        file.close()
    try:
        with file:
            yield file
            file.flush()
            os.fsync(file.fileno())
            arriving.rename(path)  # before it is closed, which unlocks it
    finally:
        arriving.unlink(missing_ok=True)


#: Files that grow end with this and some letters: whoever looks for files of a kind by its ending finds none of them.
ENDING = ".arriving"


def arriving_name(path: Path) -> Path:
    return path.with_name(f".{path.name}{ENDING}-{uuid4().hex[:8]}")


def sweep(left: Iterable[Path]) -> int:
    """Delete those of `left`, files and folders by their arriving names, that nobody writes any more; how many."""
    gone = 0
    for path in sorted(left):
        handle = _locked(path, wait=False)
        if handle is None:
            continue
        try:
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink()
        finally:
            os.close(handle)
        gone += 1
    return gone


def _locked(path: Path, wait: bool = True) -> int | None:
    """A handle that holds the lock; None where another process has it, or has just swept the path."""
    try:
        handle = os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(handle, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(handle)
        return None
    if _is_there(path, handle):
        return handle
    os.close(handle)
    return None


def _is_there(path: Path, handle: int) -> bool:
    """Somebody may have swept it between its making and its locking."""
    try:
        return os.path.samestat(path.stat(), os.fstat(handle))
    except FileNotFoundError:
        return False
