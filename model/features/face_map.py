"""All aligned faces of a laboratory in one memory map, so that a batch is read without opening a file.

    <root>/map-<n>/pictures.u8    frames of 112 × 112 × 3 bytes, RGB, one after the other
    <root>/map-<n>/moments.bin    one MOMENT a frame, in the same order
    <root>/map-<n>/index.jsonl    {"key": …, "first": frame, "count": frames}, a line for each trial's video

Pictures are written first and the line last, each of them synced: what has no whole line was never there, and is
written over. Faces are let go of by writing a map without them under the next number and deleting all others.
"""

import fcntl
import json
import os
import shutil
from collections.abc import Callable, Iterator, Set
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from model.disk import sync
from model.errors import FeaturesNotKeptError
from model.features.aligned_face import FACE_PX
from model.features.face_moments import MOMENT

_FRAME_BYTES = FACE_PX * FACE_PX * 3
_PICTURES, _MOMENTS, _INDEX, _LOCK = "pictures.u8", "moments.bin", "index.jsonl", "lock"
_PARTIAL = ".partial"
_COPIED_AT_ONCE = 512


@dataclass(frozen=True)
class Place:
    """Frames [first, first + count) of the map."""

    first: int
    count: int


@dataclass(frozen=True)
class FaceView:
    """One state of the map. `pictures` (F, 112, 112, 3) uint8 and `moments` (F,) of MOMENT are read from disk as they
    are asked for.
    """

    index: dict[str, Place]
    pictures: np.ndarray
    moments: np.ndarray

    def rows(self, key: str) -> np.ndarray:
        """(n,) row of `pictures` for each moment of a trial's video, -1 where no face was found. Raises KeyError."""
        place = self.index[key]
        rows = np.arange(place.first, place.first + place.count)
        return np.where(self.moments["valid"][rows], rows, -1)


class FaceMap:
    """`root` holds the map. Threads and processes may read and write at once."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def view(self) -> FaceView:
        """Everything that is there now."""
        while True:
            folder = self._folder()
            if folder is None:
                return FaceView({}, np.zeros((0, FACE_PX, FACE_PX, 3), np.uint8), np.zeros(0, MOMENT))
            try:
                index = _read_index(folder)
                frames = _frames(index)
                # Mode 'c': as if writable, which torch asks for, and never written.
                pictures = _mapped(folder / _PICTURES, np.dtype(np.uint8), (frames, FACE_PX, FACE_PX, 3))
                moments = _mapped(folder / _MOMENTS, MOMENT, (frames,))
            except FileNotFoundError:
                if self._folder() == folder:
                    raise
                continue  # a map without what was let go of took its place meanwhile
            return FaceView(index, pictures, moments)

    def keys(self) -> set[str]:
        """Of the videos whose faces are there."""
        folder = self._folder()
        return set() if folder is None else set(_read_index(folder))

    def keep(self, key: str, pictures: np.ndarray, moments: np.ndarray) -> None:
        """Add the faces of one video; nothing happens where they are there. `pictures` (n, 112, 112, 3) uint8,
        `moments` (n,) of MOMENT.

        Raises FeaturesNotKeptError where the disk does not take them.
        """
        if pictures.shape != (len(moments), FACE_PX, FACE_PX, 3) or pictures.dtype != np.uint8:
            raise ValueError(f"{key}: {pictures.dtype} {pictures.shape} for {len(moments)} moments")
        try:
            with self._locked():
                folder = self._folder() or self._made(1, _fill_with_nothing)
                index = _read_index(folder)
                if key in index:
                    return
                first = _frames(index)
                _write_at(folder / _PICTURES, first * _FRAME_BYTES, np.ascontiguousarray(pictures).tobytes())
                _write_at(folder / _MOMENTS, first * MOMENT.itemsize, moments.astype(MOMENT).tobytes())
                line = json.dumps({"key": key, "first": first, "count": len(moments)}) + "\n"
                _write_at(folder / _INDEX, _whole_bytes(folder / _INDEX), line.encode())
        except OSError as error:
            raise FeaturesNotKeptError(
                f"{self.root}: the faces of a trial ({pictures.nbytes / 1e6:.1f} MB) could not be written "
                f"({error.strerror}). Make room there, or set `features` to another folder, and start again: what was "
                "computed before is kept."
            ) from error

    def retain(self, keys: Set[str]) -> int:
        """Let go of all videos but those of `keys`; returns how many were let go of. Interrupted, the next call
        finishes it.
        """
        if not self.root.is_dir():
            return 0
        with self._locked():
            folder = self._folder()
            index = {} if folder is None else _read_index(folder)
            kept = {key: place for key, place in index.items() if key in keys}
            if folder is not None and len(kept) < len(index):
                folder = self._made(_number(folder) + 1, partial(_copy, folder, kept))
            # Also what a call that was killed has left: there may be faces in it of somebody who has withdrawn.
            for other in self.root.glob("map-*"):
                if other != folder:
                    shutil.rmtree(other)
            return len(index) - len(kept)

    def _folder(self) -> Path | None:
        """The newest map."""
        maps = [folder for folder in self.root.glob("map-*") if folder.suffix != _PARTIAL]
        return max(maps, key=_number, default=None)

    def _made(self, number: int, fill: Callable[[Path], None]) -> Path:
        """A new map, whole or not at all."""
        folder = self.root / f"map-{number}"
        arriving = folder.with_suffix(_PARTIAL)
        if arriving.exists():
            shutil.rmtree(arriving)
        arriving.mkdir()
        try:
            fill(arriving)
            arriving.rename(folder)
        except OSError:  # a full disk needs the room
            shutil.rmtree(arriving, ignore_errors=True)
            raise
        sync(self.root)
        return folder

    @contextmanager
    def _locked(self) -> Iterator[None]:
        self.root.mkdir(parents=True, exist_ok=True)
        with (self.root / _LOCK).open("a") as file:
            fcntl.flock(file, fcntl.LOCK_EX)  # also between threads, as each has opened the file for itself
            yield


def _number(folder: Path) -> int:
    return int(folder.name.removeprefix("map-"))


def _fill_with_nothing(folder: Path) -> None:
    for name in (_PICTURES, _MOMENTS, _INDEX):
        (folder / name).touch()


def _read_index(folder: Path) -> dict[str, Place]:
    """Of whole lines: the last one may have been cut off."""
    lines = (folder / _INDEX).read_bytes().split(b"\n")[:-1]
    rows = [json.loads(line) for line in lines]
    return {row["key"]: Place(row["first"], row["count"]) for row in rows}


def _whole_bytes(index: Path) -> int:
    """Where the next line begins."""
    return index.read_bytes().rfind(b"\n") + 1


def _frames(index: dict[str, Place]) -> int:
    return max((place.first + place.count for place in index.values()), default=0)


def _mapped(path: Path, dtype: np.dtype, shape: tuple[int, ...]) -> np.ndarray:
    if not shape[0]:
        return np.zeros(shape, dtype)  # nothing cannot be mapped
    return np.memmap(path, dtype, mode="c", shape=shape)


def _write_at(path: Path, offset: int, data: bytes) -> None:
    """`data` at `offset`, on the disk when this returns, and nothing after it."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT, 0o644)
    try:
        os.ftruncate(handle, offset)
        view = memoryview(data)
        while view:
            written = os.pwrite(handle, view, offset)
            view, offset = view[written:], offset + written
        os.fsync(handle)
    finally:
        os.close(handle)


def _copy(source: Path, kept: dict[str, Place], target: Path) -> None:
    """Pictures and moments of `kept`, one after the other, and their index."""
    lines, first = [], 0
    sizes = {_PICTURES: _FRAME_BYTES, _MOMENTS: MOMENT.itemsize}
    for name, size in sizes.items():
        with (source / name).open("rb") as there, (target / name).open("wb") as here:
            for place in kept.values():
                there.seek(place.first * size)
                left = place.count
                while left:
                    some = min(left, _COPIED_AT_ONCE)
                    here.write(there.read(some * size))
                    left -= some
            here.flush()
            os.fsync(here.fileno())
    for key, place in kept.items():
        lines.append(json.dumps({"key": key, "first": first, "count": place.count}) + "\n")
        first += place.count
    _write_at(target / _INDEX, 0, "".join(lines).encode())
    sync(target)
