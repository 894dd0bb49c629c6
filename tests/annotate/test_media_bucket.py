"""Media in a real S3 server on the loopback: signed requests, several parts, a cache that is never believed blindly."""

import hashlib
import os
import socket
import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest
import uvicorn
from nanio.app import build_app
from nanio.auth.credentials import StaticCredentialResolver
from nanio.config import Settings

from annotate.media_bucket import PART_BYTES, Bucket, BucketAddressError, BucketMediaStore, BucketUnreachableError
from annotate.media_store import MediaDamagedError, MediaMissingError

SECRET = "a-secret-that-nobody-may-read"


@dataclass(frozen=True)
class ObjectStore:
    """A running server: its address and the folder in which its buckets lie."""

    url: str
    folder: Path

    def bucket(self, prefix: str = "lab/media") -> Bucket:
        return Bucket.parse(f"s3://faces/{prefix}", self.url)

    def files(self) -> list[Path]:
        return [path for path in (self.folder / "faces").rglob("*.bin") if path.is_file()]


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, started: threading.Event) -> None:
        super().__init__(config)
        self._begun = started

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._begun.set()


@pytest.fixture(scope="module")
def object_store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ObjectStore]:
    folder = tmp_path_factory.mktemp("object-store")
    (folder / "faces").mkdir()
    app = build_app(Settings(data_dir=folder, credentials=StaticCredentialResolver({"lab": SECRET})))
    started = threading.Event()
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        server = _Server(uvicorn.Config(app, log_level="error", access_log=False), started)
        thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
        thread.start()
        assert started.wait(30)
        yield ObjectStore(f"http://127.0.0.1:{listener.getsockname()[1]}", folder)
        server.should_exit = True
        thread.join()


@pytest.fixture(autouse=True)
def credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "lab")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)


@pytest.fixture
def store(object_store: ObjectStore, tmp_path: Path) -> BucketMediaStore:
    return BucketMediaStore(object_store.bucket(f"lab/{tmp_path.name}"), tmp_path / "cache")


def test_what_one_machine_puts_another_reads(
    object_store: ObjectStore, store: BucketMediaStore, tmp_path: Path
) -> None:
    content = os.urandom(2 * PART_BYTES + 7)  # three parts
    (tmp_path / "face.mp4").write_bytes(content)
    sha256 = store.put_file(tmp_path / "face.mp4")
    assert sha256 == hashlib.sha256(content).hexdigest()
    elsewhere = BucketMediaStore(store.bucket, tmp_path / "another machine")
    assert sha256 in elsewhere
    assert list(elsewhere.digests()) == [sha256]
    assert elsewhere.path(sha256).read_bytes() == content
    elsewhere.verify(sha256)
    assert not list(tmp_path.rglob(".arriving-*"))


def test_a_file_that_is_there_is_sent_once(object_store: ObjectStore, store: BucketMediaStore, tmp_path: Path) -> None:
    sha256 = store.put_bytes(b"a face")
    (file,) = [path for path in object_store.files() if path.stem == sha256]
    before = file.stat().st_mtime_ns
    assert BucketMediaStore(store.bucket, tmp_path / "other").put_bytes(b"a face") == sha256
    assert file.stat().st_mtime_ns == before


def test_what_changed_in_the_bucket_is_not_given_out(
    object_store: ObjectStore, store: BucketMediaStore, tmp_path: Path
) -> None:
    sha256 = store.put_bytes(b"frames")
    (file,) = [path for path in object_store.files() if path.stem == sha256]
    file.write_bytes(b"fraMes")
    elsewhere = BucketMediaStore(store.bucket, tmp_path / "other")
    with pytest.raises(MediaDamagedError, match="changed in the object store"):
        elsewhere.path(sha256)
    store.verify(sha256)  # what this machine has is whole
    assert not list((tmp_path / "other").rglob("*.bin"))


def test_what_changed_in_the_cache_is_fetched_anew(store: BucketMediaStore) -> None:
    sha256 = store.put_bytes(b"frames")
    store.path(sha256).write_bytes(b"fraMes")
    store.verify(sha256)
    assert store.path(sha256).read_bytes() == b"frames"


def test_what_is_removed_is_gone_from_bucket_and_cache(store: BucketMediaStore) -> None:
    sha256 = store.put_bytes(b"a face")
    assert store.remove(sha256)
    assert sha256 not in store
    assert not store.remove(sha256)
    with pytest.raises(MediaMissingError, match="ingest the recording again"):
        store.path(sha256)


def test_the_cache_stays_within_its_bound_and_keeps_what_is_in_use(store: BucketMediaStore, tmp_path: Path) -> None:
    digests = [store.put_bytes(bytes([number]) * 1000) for number in range(10)]
    small = BucketMediaStore(store.bucket, tmp_path / "small", cache_bytes=5000)
    for sha256 in digests:
        place = small.path(sha256)
        os.utime(place, (1, digests.index(sha256) + 1))  # asked for long ago, one after the other
    held = {place.stem for place in (tmp_path / "small").rglob("*.bin")}
    assert held == set(digests[-5:])
    small.path(digests[5])  # the oldest is asked for again, so the next one goes instead
    small.path(digests[0])
    held = {place.stem for place in (tmp_path / "small").rglob("*.bin")}
    assert digests[5] in held
    assert digests[6] not in held


def test_who_may_not_open_the_bucket_is_told_without_the_secret(
    object_store: ObjectStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "a-wrong-secret")
    with pytest.raises(BucketUnreachableError, match="AWS_SECRET_ACCESS_KEY") as told:
        BucketMediaStore(object_store.bucket(), tmp_path).put_bytes(b"a face")
    assert "a-wrong-secret" not in repr(told.value) + str(told.value.__cause__)
    assert not list(tmp_path.rglob("*"))


def test_a_bucket_that_is_not_there(object_store: ObjectStore, tmp_path: Path) -> None:
    store = BucketMediaStore(Bucket.parse("s3://no-such-bucket", object_store.url), tmp_path)
    with pytest.raises(BucketUnreachableError, match="no bucket 'no-such-bucket'"):
        store.put_bytes(b"a face")


@pytest.mark.parametrize(
    ("address", "endpoint"),
    [("s3://", ""), ("https://bucket", ""), ("s3://key:secret@bucket", ""), ("s3://bucket", "localhost:9000"),
     ("s3://bucket", "http://key:secret@localhost")],
)  # fmt: skip
def test_an_address_that_names_no_bucket(address: str, endpoint: str) -> None:
    with pytest.raises(BucketAddressError) as told:
        Bucket.parse(address, endpoint)
    assert "expected" in str(told.value) or "belong in AWS_" in str(told.value)
