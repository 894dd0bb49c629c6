"""Files that are no eye tracker's record are called what they look like."""

import zipfile
from pathlib import Path

import pytest

from collect.gaze.errors import GazeFileError
from collect.gaze.read import read_gaze


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"", "the file is empty"),
        (b"<!DOCTYPE html>\n<html>", "a page or an XML file"),
        (b"\0\0\0\x20ftypisom\0\0", r"a video \(MP4 or QuickTime\)"),
        (b"\x1aE\xdf\xa3\x01\0\0", r"a video \(Matroska or WebM\)"),
        (b"RIFF\0\0\0\0AVI ", r"a video or sound \(AVI or WAV\)"),
        (b"XDF:\0\0", r"Lab Streaming Layer recording \(XDF\)"),
        (b"0       P1                    ", "European Data Format file .* which holds EEG"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", r"an old Excel file \(\.xls\)\. Save it as \.xlsx"),
        (b"\x89HDF\r\n", "an HDF5 file"),
        (b"\x1f\x8b\x08\0", r"a compressed file \(gzip\)\. Unpack it"),
        (b'{"time": 1}', "a JSON file"),
        (b"MATLAB 5.0 MAT-file", "a MATLAB file"),
        (b"\x01\x02\0\0\xff\xfe\x03", "a binary file of a kind not known here"),
        (b"onset,duration\n1,2\n", "a text that begins with 'onset,duration'"),
        ("\tZeit\tGröße\n".encode("cp1252"), "a text that begins with 'Zeit.Größe'"),
        (b"time;x;y\r\n1;2;3\r\n", "a text that begins with 'time;x;y'"),
    ],
)
def test_foreign_files(tmp_path: Path, content: bytes, complaint: str) -> None:
    path = tmp_path / "recording.asc"
    path.write_bytes(content)
    with pytest.raises(GazeFileError, match=complaint) as caught:
        read_gaze(path)
    assert str(caught.value).startswith(f"{path}, line 1: ")


def test_an_archive_of_something_else(tmp_path: Path) -> None:
    path = tmp_path / "recording.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.txt", "hello")
    with pytest.raises(GazeFileError, match=r"an archive \(ZIP\)\. Unpack it"):
        read_gaze(path)


def test_absent_file_and_folder(tmp_path: Path) -> None:
    with pytest.raises(GazeFileError, match=r"none\.asc: cannot be read \(No such file"):
        read_gaze(tmp_path / "none.asc")
    with pytest.raises(GazeFileError, match=r"cannot be read \(Is a directory\)"):
        read_gaze(tmp_path)
