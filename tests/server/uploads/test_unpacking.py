"""Archives that lie about what they hold: each is refused in words, and nothing lies outside the one folder."""

import io
import os
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from collect.bundle.packing import pack_bundle
from server.uploads.errors import ArchiveRefusedError
from server.uploads.unpacking import unpack_bundle

GOLDEN = Path(__file__).parents[2] / "golden" / "bundle-v1"
ID = "0123456789abcdef" * 2
Member = tuple[tarfile.TarInfo, bytes]


def member(name: str, content: bytes = b"x", kind: bytes = tarfile.REGTYPE, **more: object) -> Member:
    info = tarfile.TarInfo(name)
    info.size, info.type = len(content), kind
    for field, value in more.items():
        setattr(info, field, value)
    return info, content


def archive(path: Path, *members: Member, form: int = tarfile.PAX_FORMAT) -> Path:
    with tarfile.open(path, "w", format=form) as tar:
        for info, content in members:
            tar.addfile(info, io.BytesIO(content))
    return path


def files_in(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_bundle_comes_out_as_it_was_packed(tmp_path: Path) -> None:
    packed = pack_bundle(GOLDEN)
    file = tmp_path / "a.tar"
    file.write_bytes(packed.read(0, packed.size))
    assert file.stat().st_size == packed.size
    folder = unpack_bundle(file, tmp_path / "out", max_files=100)
    assert folder.name == packed.bundle_id
    assert files_in(folder) == files_in(GOLDEN)


def test_the_archive_is_a_tar_like_any_other(tmp_path: Path) -> None:
    packed = pack_bundle(GOLDEN)
    with tarfile.open(fileobj=io.BytesIO(packed.read(0, packed.size))) as tar:
        assert all(each.isfile() and each.mtime == 0 and each.uid == 0 for each in tar.getmembers())


def test_long_and_foreign_names_pass(tmp_path: Path) -> None:
    name = f"{ID}/stimuli/{'笑' * 60}.mp4"
    file = archive(tmp_path / "a.tar", member(name, b"clip"), member(f"{ID}.report.json", b"{}"))
    folder = unpack_bundle(file, tmp_path / "out", max_files=2)
    assert (folder.parent / name).read_bytes() == b"clip"
    assert folder.with_name(f"{ID}.report.json").read_bytes() == b"{}"


LIES: dict[str, tuple[tuple[Member, ...], str]] = {
    "an absolute path": ((member("/etc/passwd"),), "no name of a file"),
    "a path that climbs": ((member(f"{ID}/../../../evil"),), "no name of a file"),
    "a path that climbs by backslashes": ((member(f"{ID}\\..\\evil"),), "no name of a file"),
    "a drive": ((member("C:/evil"),), "lies beside"),
    "an empty part": ((member(f"{ID}//evil"),), "no name of a file"),
    "a control character": ((member(f"{ID}/a\nb"),), "no name of a file"),
    "a name that turns round": ((member(f"{ID}/a\u202eb"),), "no name of a file"),
    "too deep": ((member(f"{ID}/" + "a/" * 20 + "b"),), "no name of a file"),
    "a file beside the bundle": ((member("evil.sh"),), "lies beside"),
    "two bundles": ((member(f"{ID}/a"), member(f"{'f' * 32}/a")), "lies beside"),
    "only a report": ((member(f"{ID}.report.json"),), "holds no bundle"),
    "nothing": ((), "holds no bundle"),
    "a symbolic link": ((member(f"{ID}/a", b"", tarfile.SYMTYPE, linkname="/etc/passwd"),), "a symbolic link"),
    "a hard link": ((member(f"{ID}/a", b"", tarfile.LNKTYPE, linkname="/etc/passwd"),), "a hard link"),
    "a device": ((member(f"{ID}/a", b"", tarfile.CHRTYPE),), "a device"),
    "a pipe": ((member(f"{ID}/a", b"", tarfile.FIFOTYPE),), "a named pipe"),
    "a folder": ((member(f"{ID}/a", b"", tarfile.DIRTYPE),), "a folder of its own"),
    "an unknown kind": ((member(f"{ID}/a", b"", b"Q"),), "unknown kind"),
    "a name twice": ((member(f"{ID}/a"), member(f"{ID}/a", b"other")), "twice"),
    "names that differ in case": ((member(f"{ID}/a"), member(f"{ID}/A")), "twice"),
    "names that differ in composition": ((member(f"{ID}/é"), member(f"{ID}/e\u0301")), "twice"),
    "a file as a folder": ((member(f"{ID}/a"), member(f"{ID}/a/b")), "twice"),
    "a folder as a file": ((member(f"{ID}/a/b"), member(f"{ID}/a")), "twice"),
    "too many files": (tuple(member(f"{ID}/{n}", b"") for n in range(20)), "more than 12 files"),
    "a sparse file": ((member(f"{ID}/a", pax_headers={"GNU.sparse.realsize": "1099511627776"}),), "extended header"),
    "times and owners": ((member(f"{ID}/a", pax_headers={"mtime": "1.5"}),), "extended header"),
    "a size that is no number": ((member(f"{ID}/a", pax_headers={"size": "-5"}),), "has the size"),
    "a huge size": ((member(f"{ID}/a", pax_headers={"size": "99999999999999"}),), "bytes, but"),
    "a huge extended header": ((member(f"{ID}/a", pax_headers={"path": "a" * 100_000}),), "extended header"),
}  # fmt: skip


@pytest.mark.parametrize("lie", LIES)
def test_an_archive_that_lies_is_refused(tmp_path: Path, lie: str) -> None:
    members, told = LIES[lie]
    file = archive(tmp_path / "a.tar", *members)
    with pytest.raises(ArchiveRefusedError, match=told) as refused:
        unpack_bundle(file, tmp_path / "out", max_files=12)
    assert "Nothing of it was taken" in str(refused.value)
    assert {path.relative_to(tmp_path).parts[0] for path in tmp_path.rglob("*")} <= {"a.tar", "out"}
    assert not any(path.is_symlink() for path in tmp_path.rglob("*"))


def garbled(content: bytes) -> bytes:
    return os.urandom(512) + content[512:]


def cut_short(content: bytes) -> bytes:
    return content[:2600]


def in_latin(content: bytes) -> bytes:
    with_accent = tarfile.TarInfo(f"{ID}/caf\xe9").tobuf(tarfile.USTAR_FORMAT, "latin-1", "strict")
    return with_accent + bytes(1024)


def with_more_behind(content: bytes) -> bytes:
    return content + b"#!/bin/sh\n" + bytes(502)


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (garbled, "no tar archive"),
        (cut_short, "breaks off"),
        (in_latin, "no UTF-8"),
        (with_more_behind, "follows the end"),
    ],
)
def test_a_damaged_archive_is_refused(tmp_path: Path, spoil: Callable[[bytes], bytes], told: str) -> None:
    file = archive(tmp_path / "a.tar", member(f"{ID}/a", b"x" * 2000))
    file.write_bytes(spoil(file.read_bytes()))
    with pytest.raises(ArchiveRefusedError, match=told):
        unpack_bundle(file, tmp_path / "out", max_files=12)
