"""A bundle as one archive to send: an uncompressed tar, never written to disk, of which any piece can be read.

    <bundle id>/…               every file of the bundle
    <bundle id>.report.json     what the quality report beside it says, if there is one

The same bundle gives the same bytes, wherever and whenever it is packed: sorted, without owners, times or the folder's
name. So its size and digest are known before it is sent, and whoever was cut off goes on with the very next byte. The
page of the report and the corrected pupil stay here: the first may show faces, and both are made from the rest.
"""

import hashlib
import tarfile
from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from collect.bundle.disk import files_below
from collect.bundle.errors import BundleError, broken
from collect.bundle.format import SEAL_FILE
from collect.bundle.tombstone import header_of, refuse_withdrawn

#: Of the files beside a bundle (collect.bundle.layout.BESIDE), what goes along.
SENT_BESIDE = (".report.json",)
_BLOCK = tarfile.BLOCKSIZE
_CHUNK_BYTES = 1 << 20


@dataclass(frozen=True)
class _Stretch:
    """Bytes of the archive from `start` on: `content` itself, or those of a file."""

    start: int
    length: int
    content: bytes | None = None
    path: Path | None = None


class BundleArchive:
    """The archive of a bundle. `name`: what the folder is called here; `size` in bytes."""

    def __init__(self, folder: Path, bundle_id: str, files: list[tuple[str, Path]]) -> None:
        self.folder = folder
        self.name = folder.name
        self.bundle_id = bundle_id
        self._stretches = list(_lay_out(folder, files))
        self._starts = [stretch.start for stretch in self._stretches]
        last = self._stretches[-1]
        self.size = last.start + last.length

    def read(self, offset: int, count: int) -> bytes:
        """Up to `count` bytes from `offset` on; fewer only at the end. Raises BundleError if a file changed."""
        pieces: list[bytes] = []
        end = min(self.size, offset + count)
        at = bisect_right(self._starts, offset) - 1
        while offset < end:
            stretch = self._stretches[at]
            skip = offset - stretch.start
            wanted = min(stretch.length - skip, end - offset)
            if wanted > 0:
                pieces.append(_read(stretch, skip, wanted))
                offset += wanted
            at += 1
        return b"".join(pieces)

    def sha256(self, progress: Callable[[int, int], None] | None = None) -> str:
        """SHA-256 of all bytes, hex. `progress` counts bytes."""
        digest = hashlib.sha256()
        for offset in range(0, self.size, _CHUNK_BYTES):
            digest.update(self.read(offset, _CHUNK_BYTES))
            if progress is not None:
                progress(min(self.size, offset + _CHUNK_BYTES), self.size)
        return digest.hexdigest()


def pack_bundle(folder: Path) -> BundleArchive:
    """The archive of the bundle at `folder`, sealed or not. Raises BundleError where it is none."""
    folder = folder.absolute()
    refuse_withdrawn(folder)
    bundle_id = header_of(folder).bundle_id
    sealed = (folder / SEAL_FILE).is_file()
    files = []
    for name, path in files_below(folder):
        if path.is_symlink() or not path.is_file():
            raise broken(folder, name, "this is no plain file; a bundle holds neither links nor devices")
        if sealed or not name.endswith(".partial"):  # being written when the power went
            files.append((f"{bundle_id}/{name}", path))
    for ending in SENT_BESIDE:
        beside = folder.with_name(folder.name + ending)
        if beside.is_file() and not beside.is_symlink():
            files.append((bundle_id + ending, beside))
    return BundleArchive(folder, bundle_id, sorted(files))


def _lay_out(folder: Path, files: list[tuple[str, Path]]) -> Iterator[_Stretch]:
    start = 0
    for name, path in files:
        size = path.stat().st_size
        header = _header(folder, name, size)
        yield _Stretch(start, len(header), content=header)
        start += len(header)
        yield _Stretch(start, size, path=path)
        start += size
        padding = bytes(-size % _BLOCK)
        yield _Stretch(start, len(padding), content=padding)
        start += len(padding)
    yield _Stretch(start, 2 * _BLOCK, content=bytes(2 * _BLOCK))


def _header(folder: Path, name: str, size: int) -> bytes:
    member = tarfile.TarInfo(name)
    member.size, member.mode = size, 0o644
    try:
        name.encode("utf-8")  # tarfile itself would write another encoding into the header
        return member.tobuf(tarfile.PAX_FORMAT, encoding="utf-8", errors="strict")
    except UnicodeError:
        raise broken(folder, name, "its name is no text (UTF-8), so it cannot be sent; name it anew") from None


def _read(stretch: _Stretch, skip: int, wanted: int) -> bytes:
    if stretch.path is None:
        assert stretch.content is not None
        return stretch.content[skip : skip + wanted]
    try:
        with stretch.path.open("rb") as file:
            file.seek(skip)
            content = file.read(wanted)
            grown = file.seek(0, 2) != stretch.length
    except OSError as error:
        raise BundleError(f"{stretch.path}: cannot be read ({error.strerror}). Mend this and send it again.") from error
    if len(content) != wanted or grown:
        raise BundleError(
            f"{stretch.path}: changed its size while it was read. Wait until nothing writes into the bundle any more, "
            "and send it again."
        )
    return content
