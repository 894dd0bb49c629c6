"""What a file is, told from how it begins; its name may say anything."""

import zipfile
from pathlib import Path

from collect.gaze.errors import GazeFileError, cannot_open
from collect.gaze.recording import GazeFormat

_KNOWN = "EyeLink ASC and EDF, Tobii Pro Lab exports (TSV, XLSX), and Tobii Studio exports can be read"
_ASC_WORDS = frozenset(
    b"** MSG START INPUT BUTTON SAMPLES EVENTS PRESCALER VPRESCALER PUPIL END >>>>>>> "
    b"SFIX EFIX SSACC ESACC SBLINK EBLINK".split()
)

#: How files begin that people mistake for a tracker's record, and what these are.
_FOREIGN = (
    (b"%PDF", "a PDF document"),
    (b"\x1aE\xdf\xa3", "a video (Matroska or WebM)"),
    (b"RIFF", "a video or sound (AVI or WAV)"),
    (b"XDF:", "a Lab Streaming Layer recording (XDF), which is not read here"),
    (b"\x89HDF", "an HDF5 file, such as PsychoPy's ioHub writes"),
    (b"MATLAB", "a MATLAB file"),
    (b"PAR1", "a Parquet table"),
    (b"\xd0\xcf\x11\xe0", "an old Excel file (.xls). Save it as .xlsx, or export it as .tsv"),
    (b"\x89PNG", "a picture (PNG)"),
    (b"\xff\xd8\xff", "a picture (JPEG)"),
    (b"\x1f\x8b", "a compressed file (gzip). Unpack it"),
    (b"0       ", "a European Data Format file (also .edf), which holds EEG. EyeLink's EDF is another format"),
    (b"{", "a JSON file"),
    (b"<", "a page or an XML file"),
)


def recognise(path: Path) -> GazeFormat:
    """Which reader a file is for. Raises GazeFileError, which says what a foreign file looks like."""
    try:
        with path.open("rb") as file:
            start = file.read(8192)
    except OSError as error:
        raise cannot_open(path, error) from None
    if not start:
        raise GazeFileError(f"{path}, line 1: the file is empty. Copy it again from where it was recorded.")
    if start.startswith(b"SR_RESEARCH"):
        return "eyelink-edf"
    if start.startswith(b"PK\x03\x04"):
        return _zipped(path)
    if start[4:8] == b"ftyp":
        raise _foreign(path, "a video (MP4 or QuickTime)")
    for beginning, what in _FOREIGN:
        if start.startswith(beginning):
            raise _foreign(path, what)
    return _text(path, start)


def _zipped(path: Path) -> GazeFormat:
    try:
        with zipfile.ZipFile(path) as archive:
            names = set(archive.namelist())
    except (zipfile.BadZipFile, OSError):
        raise GazeFileError(
            f"{path}: this is a spreadsheet or archive that breaks off ({path.stat().st_size:,} bytes); nothing of it "
            "can be read, as its list of contents stands at its end. Copy it again."
        ) from None
    if "xl/workbook.xml" in names:
        return "tobii-xlsx"
    raise _foreign(path, "an archive (ZIP). Unpack it")


def _text(path: Path, start: bytes) -> GazeFormat:
    line = start.lstrip(b"\xef\xbb\xbf").lstrip().split(b"\n", 1)[0].strip()
    if _is_asc(line):
        return "eyelink-asc"
    text = as_text(start)
    if text is None:
        raise _foreign(path, "a binary file of a kind not known here")
    head = text.lstrip()
    if head.startswith(("System Properties:", "Data properties:")):
        return "tobii-studio"
    if _has_columns(head, "Recording timestamp", "RecordingTimestamp", "Gaze point X", "GazePointX", "Sensor"):
        return "tobii-tsv"
    if "left_gaze_point_on_display_area" in head:
        raise _foreign(
            path,
            "a log written by a program through Tobii's SDK: its columns are the program's own, and its positions are "
            "shares of the screen. Export the recording from Tobii Pro Lab",
        )
    shown = "".join(letter if letter.isprintable() else "?" for letter in head.split("\n", 1)[0].rstrip("\r")[:40])
    raise _foreign(path, f"a text that begins with '{shown}'")


def _is_asc(line: bytes) -> bool:
    """A line that only an ASC file begins with; samples alone begin with a time and a position."""
    if line.split(b" ")[0].split(b"\t")[0] in _ASC_WORDS or line.startswith(b"**"):
        return True
    fields = line.split(b"\t")
    return len(fields) >= 4 and all(field.strip(b" .+-0123456789e") == b"" for field in fields[:4])


def _has_columns(head: str, *names: str) -> bool:
    first = head.split("\n", 1)[0]
    return any(first.startswith(name) or f"\t{name}" in first or f'"{name}' in first for name in names)


def as_text(data: bytes) -> str | None:
    """The beginning of a text file as Tobii writes them: UTF-16 or UTF-8, with or without a mark; None for no text."""
    encoding = encoding_of(data)
    return None if encoding is None else data.decode(encoding, "replace")


def encoding_of(data: bytes) -> str | None:
    """The encoding of a text file that begins so; None for a binary file."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    if data[1:40:2].count(b"\0") > 10:  # UTF-16 without its mark
        return "utf-16-le"
    if b"\0" in data:
        return None
    try:
        data[: data.rfind(b"\n") + 1].decode("utf-8-sig")
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8-sig"


def _foreign(path: Path, what: str) -> GazeFileError:
    return GazeFileError(f"{path}, line 1: this is no eye tracker's record, but {what}. {_KNOWN}.")
