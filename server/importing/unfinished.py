"""What an import that broke off has done already: one line a sample, written when its media are in the store.

An import of the whole set takes a while, and a machine may go down meanwhile. The next run finds here which samples
need not be read and encoded again. The file is deleted when everything is in the database.
"""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from annotate.media_store import MediaStore
from server.importing.eye_file import EyeFacts


class Stored(BaseModel):
    """One sample whose media are in the store. `fingerprint` tells whether its files are still the same."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    sample: str
    fingerprint: str
    face_sha256: str
    gaze_sha256: str
    eye_events_sha256: str | None
    frames: int
    facts: EyeFacts

    @property
    def media(self) -> tuple[str, ...]:
        named = (self.face_sha256, self.gaze_sha256, self.eye_events_sha256)
        return tuple(digest for digest in named if digest is not None)


class Unfinished:
    """The file at `path`, which need not be there."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def stored(self, media: MediaStore) -> dict[str, Stored]:
        """By sample: what was done, as far as its media are still there. A line cut off by a crash is no line."""
        return {one.sample: one for one in self._lines() if all(digest in media for digest in one.media)}

    def digests(self) -> set[str]:
        """Every medium that it names."""
        return {digest for one in self._lines() for digest in one.media}

    def add(self, one: Stored) -> None:
        """Append one line; it is on the disk when this returns."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.open("ab+") as file:
            if file.tell() and not _ends_whole(file):
                file.write(b"\n")  # after a line that a crash has cut off
            file.write(json.dumps(one.model_dump(mode="json")).encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())

    def delete(self) -> None:
        self.path.unlink(missing_ok=True)

    def _lines(self) -> Iterator[Stored]:
        if not self.path.is_file():
            return
        for line in self.path.read_bytes().splitlines():
            try:
                yield Stored.model_validate_json(line)
            except ValidationError:
                continue


def _ends_whole(file: Any) -> bool:
    file.seek(-1, os.SEEK_END)
    return bool(file.read(1) == b"\n")
