"""Media in an S3-compatible object store, by content, with a bounded folder of this machine as a cache.

    s3://<bucket>/<prefix>/ab/abcdef….bin

Who may open the bucket is the business of the usual variables (AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY,
AWS_SESSION_TOKEN, AWS_REGION, or the role of the machine): the library reads them, so they stand in no setting, no log
and no message of ours. What the store answers is never passed on either.
"""

import hashlib
import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Self

from annotate.errors import AnnotateError
from annotate.media_store import MediaDamagedError, MediaMissingError, MediaStore

#: Files larger than this go in several parts, each of this size.
PART_BYTES = 8 << 20
DEFAULT_CACHE_BYTES = 20 << 30
#: A cached file that was asked for this recently is left alone: somebody may be about to open it.
_IN_USE_S = 120.0
_GIVE_UP_AFTER = timedelta(seconds=60)


class BucketAddressError(AnnotateError):
    """The address names no bucket."""


class BucketUnreachableError(AnnotateError):
    """The object store does not answer, or does not let us in."""


@dataclass(frozen=True)
class Bucket:
    """Where in an object store media lie. `endpoint`: the store's URL, '' for Amazon's own."""

    bucket: str
    prefix: str = ""
    endpoint: str = ""

    @classmethod
    def parse(cls, address: str, endpoint: str = "") -> Self:
        """Of `s3://bucket` or `s3://bucket/prefix`. Raises BucketAddressError."""
        name, _, prefix = address.removeprefix("s3://").partition("/")
        if not address.startswith("s3://") or not name or "@" in name or ":" in name:
            raise BucketAddressError(f"{address!r}: expected s3://bucket or s3://bucket/prefix")
        if endpoint and not endpoint.startswith(("http://", "https://")):
            raise BucketAddressError(f"{endpoint!r}: expected the object store's URL, as https://s3.example.org")
        if "@" in endpoint:
            raise BucketAddressError("the object store's URL holds a name or password; they belong in AWS_* variables")
        return cls(name, prefix.strip("/"), endpoint.rstrip("/"))

    def __str__(self) -> str:
        where = f" at {self.endpoint}" if self.endpoint else ""
        return f"s3://{self.bucket}{'/' if self.prefix else ''}{self.prefix}{where}"


def open_media(root: Path, bucket: Bucket | None = None, cache_bytes: int = DEFAULT_CACHE_BYTES) -> MediaStore:
    """The media in the folder `root`; or, given a bucket, those in it, with `root` as the cache."""
    return MediaStore(root) if bucket is None else BucketMediaStore(bucket, root, cache_bytes)


class BucketMediaStore(MediaStore):
    """Media in a bucket. `path` gives a file of the cache, fetched and held against its digest if it is not there."""

    def __init__(self, bucket: Bucket, cache: Path, cache_bytes: int = DEFAULT_CACHE_BYTES) -> None:
        super().__init__(cache)
        self.bucket = bucket
        self._cache_bytes = cache_bytes
        self._since_sweep = cache_bytes  # so that the first file looks at what earlier runs have left
        self._store = _open(bucket)

    @property
    def name(self) -> str:
        return str(self.bucket)

    def __contains__(self, sha256: str) -> bool:
        return super().__contains__(sha256) or self._size(sha256) is not None

    def digests(self) -> Iterator[str]:
        import obstore

        with self._told():
            for batch in obstore.list(self._store):
                for entry in batch:
                    name = entry["path"].rpartition("/")[2]
                    if name.endswith(".bin"):
                        yield name.removesuffix(".bin")

    def path(self, sha256: str) -> Path:
        """A file of the cache. Raises MediaMissingError, MediaDamagedError, BucketUnreachableError."""
        place = self._place(sha256)
        with suppress(FileNotFoundError):
            os.utime(place)
            return place
        self.root.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=".arriving-", dir=self.root)
        arriving = Path(name)
        try:
            with os.fdopen(handle, "wb") as file:
                for chunk in self._checked(sha256):
                    file.write(chunk)
            self._make_room(arriving.stat().st_size)
            super()._keep(arriving, sha256)
        finally:
            arriving.unlink(missing_ok=True)
        return place

    def verify(self, sha256: str) -> None:
        """Of the file that `path` gives; one that was damaged in the cache is fetched anew."""
        try:
            super().verify(sha256)
        except MediaDamagedError:
            self._place(sha256).unlink(missing_ok=True)
            self.path(sha256)

    def remove(self, sha256: str) -> bool:
        import obstore

        there = self._size(sha256) is not None
        with self._told():
            obstore.delete(self._store, _key(sha256))
        return super().remove(sha256) or there

    def _keep(self, arriving: Path, sha256: str) -> None:
        import obstore

        size = arriving.stat().st_size
        if self._size(sha256) != size:
            in_parts = size > PART_BYTES
            try:
                with self._told():
                    obstore.put(self._store, _key(sha256), arriving, use_multipart=in_parts, chunk_size=PART_BYTES)
            except FileNotFoundError:
                raise BucketUnreachableError(
                    f"{self.name}: there is no bucket {self.bucket.bucket!r}; make it, or correct the setting `media`"
                ) from None
            if self._size(sha256) != size:
                raise BucketUnreachableError(
                    f"{self.name}: took {sha256[:12]}… of {size} bytes and now has another; try again, and if it "
                    "stays, look at the object store's log"
                )
        self._make_room(size)
        super()._keep(arriving, sha256)

    def _size(self, sha256: str) -> int | None:
        """How many bytes the bucket has under a digest; None if it has none."""
        import obstore

        self._place(sha256)  # refuses what is no digest
        try:
            with self._told():
                return int(obstore.head(self._store, _key(sha256))["size"])
        except FileNotFoundError:
            return None

    def _checked(self, sha256: str) -> Iterator[bytes]:
        """The bytes in the bucket; raises at the end if they do not have the digest."""
        import obstore

        self._place(sha256)
        digest = hashlib.sha256()
        try:
            with self._told():
                for chunk in obstore.get(self._store, _key(sha256)).stream(min_chunk_size=1 << 20):
                    content = bytes(chunk)
                    digest.update(content)
                    yield content
        except FileNotFoundError:
            raise MediaMissingError(
                f"{self.name}: has no {sha256}. A snapshot or a database row names this medium; restore it from a "
                "backup, or ingest the recording again"
            ) from None
        if digest.hexdigest() != sha256:
            raise MediaDamagedError(
                f"{self.name}: what lies under {sha256} has the digest {digest.hexdigest()[:12]}…. It changed in the "
                "object store; restore it from a backup, or ingest the recording again"
            )

    @contextmanager
    def _told(self) -> Iterator[None]:
        """The library's errors in our words; FileNotFoundError passes."""
        from obstore import exceptions

        try:
            yield
        except (exceptions.PermissionDeniedError, exceptions.UnauthenticatedError):
            raise BucketUnreachableError(
                f"{self.name}: the object store does not let us in; check AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and "
                "AWS_REGION of whoever runs this, and that they may read, write, list and delete there"
            ) from None
        except (exceptions.BaseError, OSError) as error:
            if isinstance(error, FileNotFoundError):
                raise
            raise BucketUnreachableError(
                f"{self.name}: the object store does not answer as it should ({type(error).__name__}); check the "
                "settings `media` and `media_endpoint` and that it runs, then try again"
            ) from None

    def _make_room(self, size: int) -> None:
        """Before a file of this size comes into the cache: those that were not asked for longest go.

        The folder is looked through only when a twentieth of what it may hold has come in since.
        """
        self._since_sweep += size
        if self._since_sweep * 20 < self._cache_bytes:
            return
        self._since_sweep = 0
        held = sorted((stat.st_mtime, stat.st_size, place) for place, stat in self._cached())
        too_much = sum(bytes_ for _, bytes_, _ in held) + size - self._cache_bytes
        for used, bytes_, place in held:
            if too_much <= 0 or used > time.time() - _IN_USE_S:
                return
            place.unlink(missing_ok=True)
            too_much -= bytes_

    def _cached(self) -> Iterator[tuple[Path, os.stat_result]]:
        for place in self.root.glob("??/*.bin"):
            with suppress(FileNotFoundError):
                yield place, place.stat()


def _key(sha256: str) -> str:
    return f"{sha256[:2]}/{sha256}.bin"


def _open(bucket: Bucket) -> Any:
    from obstore.store import S3Store

    where: dict[str, Any] = {"endpoint": bucket.endpoint} if bucket.endpoint else {}
    if not (os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")):
        where["region"] = "us-east-1"  # what the makers of other object stores expect
    return S3Store(
        bucket.bucket,
        prefix=bucket.prefix or None,
        client_options={"allow_http": bucket.endpoint.startswith("http://")},
        retry_config={"max_retries": 5, "retry_timeout": _GIVE_UP_AFTER},
        **where,
    )
