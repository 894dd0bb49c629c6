"""Bringing what was written to the disk, so that it outlives a power cut."""

import os
from pathlib import Path


def sync(path: Path) -> None:
    """A file's bytes, or a folder's names."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
