"""Tobii Pro Lab's text export (TSV), and that of Tobii Studio 3: UTF-8 or UTF-16, decimal points or commas."""

from collections.abc import Callable
from io import TextIOWrapper
from pathlib import Path

from collect.gaze.errors import GazeFileError, cannot_open
from collect.gaze.recognise import encoding_of
from collect.gaze.recording import GazeRecording, ReadUpTo
from collect.gaze.tobii_columns import tobii_columns
from collect.gaze.tobii_rows import TobiiRows

_EVERY = 5000


def read_tobii_text(path: Path, progress: Callable[[int, int], None] | None = None) -> GazeRecording:
    """Read a whole export of one recording. `progress` gets bytes read and bytes in all.

    A file that breaks off is read up to there. Raises GazeFileError, which names line and column.
    """
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            encoding = encoding_of(file.read(8192))
        if encoding is None:
            raise GazeFileError(f"{path}, line 1: this is no text. Give the .tsv file that Tobii Pro Lab has exported.")
        with path.open("rb") as file, TextIOWrapper(file, encoding, newline="\n") as text:
            names = _fields(text.readline())
            rows = TobiiRows(str(path), tobii_columns(f"{path}, line 1", names))
            number, why = 1, None
            for number, line in enumerate(text, start=2):
                if not line.endswith("\n"):
                    number -= 1
                    why = f"From line {number + 1} on the file breaks off: this line has no line end, and was left out."
                    size_read = size - len(line.encode(encoding.removesuffix("-sig")))
                    break
                fields = _fields(line)
                if len(fields) < 2:
                    continue
                if len(fields) > len(names) + 1 or len(fields) < max(rows.needed, 2):
                    raise GazeFileError(
                        f"{path}, line {number}: expected {len(names)} fields with tabs between, found {len(fields)}. "
                        "Export the recording from Tobii Pro Lab again."
                    )
                rows.take(number, fields)
                if progress is not None and number % _EVERY == 0:
                    progress(min(file.tell(), size), size)
    except OSError as error:
        raise cannot_open(path, error) from None
    except UnicodeDecodeError as error:
        raise GazeFileError(
            f"{path}: from byte {error.start} of its {error.encoding} text on it cannot be read ({error.reason}): the "
            "file is damaged. Export the recording from Tobii Pro Lab again."
        ) from None
    if progress is not None:
        progress(size, size)
    return rows.recording("tobii-tsv", ReadUpTo(number, size if why is None else size_read, size, why))


def _fields(line: str) -> list[str]:
    return [field.strip().strip('"') for field in line.rstrip("\r\n").split("\t")]
