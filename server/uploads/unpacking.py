"""Unpacking what somebody sent: nothing is written that is not a plain file at its place within one new folder.

The archive is read block by block, so that no header can make us read, allocate or write more than the archive holds:
Python's tarfile reads extended headers of any size, follows sparse maps and knows links, and none of it is wanted here.
"""

import re
import tarfile
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from server.uploads.errors import ArchiveRefusedError

_BLOCK = tarfile.BLOCKSIZE
_CHUNK_BYTES = 1 << 20
_LARGEST_EXTENDED_HEADER = 1 << 16
_DEEPEST = 8
_ROOT = re.compile(r"([0-9a-f]{32})(\.report\.json)?")
_KINDS = {
    tarfile.SYMTYPE: "a symbolic link",
    tarfile.LNKTYPE: "a hard link",
    tarfile.CHRTYPE: "a device",
    tarfile.BLKTYPE: "a device",
    tarfile.FIFOTYPE: "a named pipe",
    tarfile.DIRTYPE: "a folder of its own",
    tarfile.GNUTYPE_SPARSE: "a sparse file",
}
_EXPECTED = "expected the archive that `duchenne upload` makes. Nothing of it was taken"

Progress = Callable[[int, int], None]


def unpack_bundle(archive: Path, target: Path, max_files: int, progress: Progress | None = None) -> Path:
    """Unpack into the new folder `target`; returns the bundle's folder in it, beside which its report may lie.

    `progress` counts bytes. Raises ArchiveRefusedError: the caller then deletes `target`.
    """
    target.mkdir()
    with archive.open("rb") as file:
        return _Reader(file, archive.stat().st_size, target, max_files, progress).read()


class _Reader:
    def __init__(self, file: BinaryIO, size: int, target: Path, max_files: int, progress: Progress | None) -> None:
        self._file, self._size, self._target = file, size, target
        self._max_files, self._progress = max_files, progress
        self._at = 0
        self._root: str | None = None
        self._names: set[str] = set()
        self._folders: set[str] = set()

    def read(self) -> Path:
        extended: dict[str, str] = {}
        while (header := self._header()) is not None:
            if header.type == tarfile.XHDTYPE:
                extended = self._extended(header)
                continue
            name = extended.get("path", header.name)
            size = _number(extended["size"], name) if "size" in extended else header.size
            extended = {}
            self._take(header, name, size)
        if self._root is None or not (self._target / self._root).is_dir():
            raise ArchiveRefusedError(f"the archive holds no bundle; {_EXPECTED}")
        return self._target / self._root

    def _take(self, header: tarfile.TarInfo, name: str, size: int) -> None:
        if header.type not in (tarfile.REGTYPE, tarfile.AREGTYPE):
            kind = _KINDS.get(header.type, f"of the unknown kind {header.type!r}")
            raise ArchiveRefusedError(f"{name!r} in the archive: is {kind}; {_EXPECTED}")
        path = self._place(name)
        left = self._size - self._at
        if not 0 <= size <= left:
            raise ArchiveRefusedError(
                f"{name!r} in the archive: is said to have {size} bytes, but {left} follow; {_EXPECTED}"
            )
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("xb") as out:
            for begin in range(0, size, _CHUNK_BYTES):
                out.write(self._bytes(min(_CHUNK_BYTES, size - begin)))
                if self._progress is not None:
                    self._progress(self._at, self._size)
        self._bytes(-size % _BLOCK)

    def _header(self) -> tarfile.TarInfo | None:
        """The next header; None at the end, after which nothing but zeros may follow."""
        block = self._bytes(_BLOCK)
        if not block.strip(b"\0"):
            while self._at < self._size:
                if self._bytes(min(_CHUNK_BYTES, self._size - self._at)).strip(b"\0"):
                    raise ArchiveRefusedError(f"something follows the end of the archive; {_EXPECTED}")
            return None
        try:
            return tarfile.TarInfo.frombuf(block, "utf-8", "strict")
        except (tarfile.TarError, ValueError) as error:
            what = (
                "a name in it is no UTF-8" if isinstance(error, UnicodeError) else "it is no tar archive, or is damaged"
            )
            raise ArchiveRefusedError(
                f"the archive cannot be read at byte {self._at - _BLOCK}: {what}; {_EXPECTED}"
            ) from None

    def _extended(self, header: tarfile.TarInfo) -> dict[str, str]:
        """What an extended header says of the next file: a long name, a large size, and nothing else."""
        if not 0 <= header.size <= _LARGEST_EXTENDED_HEADER:
            raise ArchiveRefusedError(f"an extended header in the archive has {header.size} bytes; {_EXPECTED}")
        data = self._bytes(header.size)
        self._bytes(-header.size % _BLOCK)
        found: dict[str, str] = {}
        while data:
            length, _, _ = data.partition(b" ")
            size = int(length) if length.isdigit() and len(length) < 8 else 0
            record, data = data[len(length) + 1 : size], data[size:]
            key, equals, value = record.removesuffix(b"\n").partition(b"=")
            try:
                name = key.decode("ascii")
                if not equals or not record.endswith(b"\n") or name not in ("path", "size") or name in found:
                    raise ValueError(name)
                found[name] = value.decode("utf-8")
            except ValueError:
                raise ArchiveRefusedError(
                    f"an extended header in the archive says more than a name and a size in UTF-8; {_EXPECTED}"
                ) from None
        return found

    def _place(self, name: str) -> Path:
        """Where a file of this name goes. Names are compared as file systems that ignore case compare them."""
        parts = name.split("/")
        wrong = (
            "\\" in name
            or any(part in ("", ".", "..") or len(part.encode()) > 255 for part in parts)
            or any(unicodedata.category(letter)[0] == "C" for letter in name)
            or len(parts) > _DEEPEST
        )
        if wrong:
            raise ArchiveRefusedError(f"{name!r} in the archive: is no name of a file within a bundle; {_EXPECTED}")
        root = _ROOT.fullmatch(parts[0])
        if root is None or (len(parts) == 1) != bool(root[2]) or self._root not in (None, root[1]):
            raise ArchiveRefusedError(f"{name!r} in the archive: lies beside the bundle; {_EXPECTED}")
        self._root = root[1]
        key = unicodedata.normalize("NFC", name).casefold()
        folders = {key[:at] for at, letter in enumerate(key) if letter == "/"}
        if key in self._names or key in self._folders or folders & self._names:
            raise ArchiveRefusedError(f"{name!r} in the archive: is there twice, or differs only in case; {_EXPECTED}")
        self._names.add(key)
        self._folders |= folders
        if len(self._names) > self._max_files:
            raise ArchiveRefusedError(f"the archive holds more than {self._max_files} files; {_EXPECTED}")
        return self._target.joinpath(*parts)

    def _bytes(self, count: int) -> bytes:
        data = self._file.read(count)
        self._at += len(data)
        if len(data) != count:
            raise ArchiveRefusedError(f"the archive breaks off at byte {self._at}; {_EXPECTED}")
        return data


def _number(text: str, name: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > 18:
        raise ArchiveRefusedError(f"{name!r} in the archive: has the size {text[:40]!r}; {_EXPECTED}")
    return int(text)
