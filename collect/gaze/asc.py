"""EyeLink ASC files, as SR Research's edf2asc writes them: desktop and remote, one eye or both, any rate.

One scan over the lines. Sample lines, which are nearly all, are gathered as bytes and converted many at a time; every
other line is looked at by its first word (EyeLink Portable Duo User Manual, section 4.9, 'The ASC File Format').
"""

from collections.abc import Callable
from pathlib import Path
from typing import IO

from collect.gaze.asc_lines import AscLines
from collect.gaze.errors import GazeFileError
from collect.gaze.recording import AscRecording
from collect.gaze.sample_columns import BadSampleError

_TODO = "Convert the tracker's EDF file again with edf2asc, or restore the file from a copy."
_FIRST_WORDS = ("**", "MSG", "START", "INPUT", "BUTTON", "SAMPLES", "EVENTS", "PRESCALER", "VPRESCALER", "PUPIL")

#: Enough lines at once to be quick, few enough to be light.
_BATCH_BYTES = 1 << 20


def read_asc(path: Path, progress: Callable[[int, int], None] | None = None) -> AscRecording:
    """Read a whole ASC file. `progress` gets bytes read and bytes in all.

    A file that breaks off is read up to there, and `warnings` says so. Raises GazeFileError for a file that is no ASC
    file, and for a line that cannot be read, which it names.
    """
    try:
        with path.open("rb") as file:
            _refuse_foreign(path, file.read(4096))
            file.seek(0)
            return _scan(path, file, progress)
    except OSError as error:
        raise GazeFileError(
            f"{path}: cannot be read ({error.strerror}). Give the path of an EyeLink ASC file."
        ) from None


def _scan(path: Path, file: IO[bytes], progress: Callable[[int, int], None] | None) -> AscRecording:
    scan = AscLines()
    take_sample = scan.columns.lines.append
    size = path.stat().st_size
    before, number, read, line = 0, 0, 0, b"\n"
    try:
        while batch := file.readlines(_BATCH_BYTES):
            for number, line in enumerate(batch, start=before + 1):
                if 48 <= line[0] <= 57:  # a digit: a sample
                    take_sample(line)
                elif line[0] > 32:
                    scan.line(number, line)
            before = number
            read += sum(map(len, batch))
            if line.endswith(b"\n"):
                scan.columns.convert()
            if progress is not None:
                progress(read, size)
        if not line.endswith(b"\n"):
            scan.cut_off(number, line)
        recording = scan.finish(number)
    except BadSampleError as error:
        raise _bad_sample(path, error) from None
    except (ValueError, IndexError) as error:
        if line.endswith(b"\n"):
            text = line.decode("utf-8", "replace").strip()[:80]
            raise GazeFileError(f"{path}, line {number}: cannot be read: '{text}' ({error}). {_TODO}") from None
        scan.cut_off(number, b"")
        recording = scan.finish(number)
    if not recording.blocks and not len(recording.samples):
        raise GazeFileError(f"{path}: no recording in {number} lines (no START line). {_TODO}")
    return recording


def _refuse_foreign(path: Path, start: bytes) -> None:
    """Say what a file seems to be that is no ASC file."""
    first = start.lstrip(b"\xef\xbb\xbf").lstrip().split(b"\n", 1)[0].strip()
    text = first[:40].decode("ascii", "replace")
    if not first:
        what = "the file is empty"
    elif first.startswith(b"SR_RESEARCH"):
        what = "this is an EyeLink EDF file. Convert it with SR Research's edf2asc and give the .asc file"
    elif b"\0" in start:
        what = "this is a binary file, not EyeLink ASC text"
    elif first[:1].isdigit():
        what = "the file begins with a sample: nothing says of which eye. Convert it with events (edf2asc without -s)"
    elif not text.startswith(_FIRST_WORDS):
        what = f"this is no EyeLink ASC file: it begins with '{text}'"
    else:
        return
    raise GazeFileError(f"{path}, line 1: {what}. Give a file that edf2asc has written.")


def _bad_sample(path: Path, error: BadSampleError) -> GazeFileError:
    """Look for the line among all lines again: counting them while reading would cost every good file time."""
    bad: bytes = error.args[0]
    with path.open("rb") as file:
        number = next((number for number, line in enumerate(file, start=1) if line == bad), 0)
    text = bad.decode("utf-8", "replace").strip()[:80]
    return GazeFileError(f"{path}, line {number}: this is no sample of the eyes recorded here: '{text}'. {_TODO}")
