"""Media by content: a folder in which every file lies under the SHA-256 of its bytes.

    <root>/ab/abcdef….bin

The server writes it, the model reads it; a digest in a database row or a snapshot is all that one needs to find the
file. annotate.media_bucket keeps the same files in an S3-compatible object store, with such a folder as its cache.
"""

import hashlib
import os
import tempfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from annotate.errors import AnnotateError

CHUNK_BYTES = 1 << 20


class MediaMissingError(AnnotateError):
    """A digest is named but no such file lies in the store."""


class MediaDamagedError(AnnotateError):
    """A file in the store no longer has the digest that it lies under."""


def file_sha256(path: Path) -> str:
    """SHA-256 of a file's bytes, hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


class MediaStore:
    """A folder of media."""

    def __init__(self, root: Path) -> None:
        self.root = root

    @property
    def name(self) -> str:
        """What messages call the store."""
        return str(self.root)

    def digests(self) -> Iterator[str]:
        """Every digest that a file lies under, in no order."""
        for place in self.root.glob("??/*.bin"):
            yield place.stem

    def _place(self, sha256: str) -> Path:
        if len(sha256) != 64 or not set(sha256) <= set("0123456789abcdef"):
            raise AnnotateError(f"{sha256!r} is no SHA-256 digest: expected 64 lower-case hex digits")
        return self.root / sha256[:2] / f"{sha256}.bin"

    def __contains__(self, sha256: str) -> bool:
        return self._place(sha256).is_file()

    def path(self, sha256: str) -> Path:
        """Where the file lies. Raises MediaMissingError."""
        place = self._place(sha256)
        if not place.is_file():
            raise MediaMissingError(
                f"{place}: missing. A snapshot or a database row names this medium; restore the media folder from its "
                "backup, or ingest the recording again"
            )
        return place

    def verify(self, sha256: str) -> None:
        """Raises MediaMissingError or MediaDamagedError."""
        place = self.path(sha256)
        found = file_sha256(place)
        if found != sha256:
            raise MediaDamagedError(
                f"{place}: its content has the digest {found[:12]}…, not the one it is filed under. The file "
                "changed on disk; restore it from a backup, or ingest the recording again"
            )

    def remove(self, sha256: str) -> bool:
        """Delete the file for good, as its participant wishes; False where it was gone already."""
        place = self._place(sha256)
        try:
            place.unlink()
        except FileNotFoundError:
            return False
        return True

    def put_file(self, source: Path) -> str:
        """Copy a file in and return its digest; a file that is there already is left as it is."""
        with source.open("rb") as file:
            return self._put(iter(lambda: file.read(CHUNK_BYTES), b""))

    def put_bytes(self, content: bytes) -> str:
        return self._put(iter((content,)))

    def _put(self, chunks: Iterator[bytes]) -> str:
        self.root.mkdir(parents=True, exist_ok=True)
        # The digest is that of the bytes written here, so a source that changes meanwhile cannot be misfiled.
        handle, name = tempfile.mkstemp(prefix=".arriving-", dir=self.root)
        arriving = Path(name)
        try:
            with os.fdopen(handle, "wb") as file:
                sha256 = _copy(chunks, file.write)
                file.flush()
                os.fsync(file.fileno())
            self._keep(arriving, sha256)
        finally:
            arriving.unlink(missing_ok=True)
        return sha256

    def _keep(self, arriving: Path, sha256: str) -> None:
        """Let a file of this digest, synced to the disk, lie where it belongs."""
        place = self._place(sha256)
        if not place.is_file():
            place.parent.mkdir(exist_ok=True)
            arriving.replace(place)
            for folder in (place.parent, self.root):  # a row that is committed next may name it
                _sync_folder(folder)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _copy(chunks: Iterable[bytes], write: Callable[[bytes], object]) -> str:
    digest = hashlib.sha256()
    for chunk in chunks:
        digest.update(chunk)
        write(chunk)
    return digest.hexdigest()
