import hashlib
from pathlib import Path

import pytest

from annotate.errors import AnnotateError
from annotate.media_store import MediaDamagedError, MediaMissingError, MediaStore


def test_a_file_is_found_by_its_digest_and_kept_once(tmp_path: Path) -> None:
    source = tmp_path / "face.mp4"
    source.write_bytes(b"frames" * 500_000)
    store = MediaStore(tmp_path / "media")
    sha256 = store.put_file(source)
    assert sha256 == hashlib.sha256(source.read_bytes()).hexdigest()
    assert store.put_bytes(source.read_bytes()) == sha256
    assert [path for path in store.root.rglob("*") if path.is_file()] == [store.path(sha256)]
    store.verify(sha256)


def test_one_flipped_bit_is_found(tmp_path: Path) -> None:
    store = MediaStore(tmp_path)
    sha256 = store.put_bytes(b"frames")
    place = store.path(sha256)
    place.write_bytes(b"fraMes")
    with pytest.raises(MediaDamagedError, match="changed on disk"):
        store.verify(sha256)


def test_an_absent_medium_is_told_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(MediaMissingError, match="restore the media folder"):
        MediaStore(tmp_path).path("0" * 64)


@pytest.mark.parametrize("sha256", ["../../../etc/passwd", "0" * 63, "G" * 64, ""])
def test_only_digests_name_media(tmp_path: Path, sha256: str) -> None:
    with pytest.raises(AnnotateError, match="no SHA-256 digest"):
        MediaStore(tmp_path).path(sha256)


def test_nothing_is_left_of_a_copy_that_failed(tmp_path: Path) -> None:
    store = MediaStore(tmp_path / "media")
    with pytest.raises(IsADirectoryError):
        store.put_file(tmp_path)
    assert not list(tmp_path.rglob("*.bin"))


def test_what_is_removed_is_gone_and_may_be_removed_twice(tmp_path: Path) -> None:
    store = MediaStore(tmp_path / "media")
    sha256 = store.put_bytes(b"a face")
    assert store.remove(sha256)
    assert sha256 not in store
    assert not store.remove(sha256)
