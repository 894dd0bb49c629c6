"""Tobii Pro Lab's spreadsheet export (XLSX)."""

from collections.abc import Callable
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

from collect.gaze.errors import GazeFileError, GazeReaderMissingError, cannot_open
from collect.gaze.recording import GazeRecording, ReadUpTo
from collect.gaze.tobii_columns import tobii_columns
from collect.gaze.tobii_rows import TobiiRows

_EVERY = 5000
#: So many rows fit a sheet; a longer recording is cut off without a word.
_ROWS_OF_A_SHEET = 1_048_576


def read_tobii_workbook(path: Path, progress: Callable[[int, int], None] | None = None) -> GazeRecording:
    """Read the first sheet that has the columns of a gaze export. `progress` gets rows read and rows in all.

    Raises GazeReaderMissingError where openpyxl is not installed, GazeFileError.
    """
    try:
        import openpyxl
    except ModuleNotFoundError:
        raise GazeReaderMissingError(
            f"{path}: spreadsheets are read by the library openpyxl, which is not installed. "
            "Install it with: pip install 'duchenne[collect]'. Or export the recording as .tsv."
        ) from None
    try:
        with path.open("rb") as file:  # openpyxl judges a path by its ending
            book = openpyxl.load_workbook(file, read_only=True, data_only=True)
            return _read(path, book, progress)
    except OSError as error:
        raise cannot_open(path, error) from None
    except (BadZipFile, KeyError, EOFError, SyntaxError) as error:
        # SyntaxError is what the XML parser raises (ParseError), KeyError what a missing part of the archive does.
        raise GazeFileError(
            f"{path}: the spreadsheet is damaged ({error}); nothing of it could be used. Export it again."
        ) from None


def _read(path: Path, book: Any, progress: Callable[[int, int], None] | None) -> GazeRecording:
    complaint: GazeFileError | None = None
    for sheet in book.worksheets:
        where = f"{path}, sheet '{sheet.title}'"
        sheet.reset_dimensions()  # programs other than Excel write wrong ones
        table = sheet.iter_rows(values_only=True)
        names = ["" if name is None else str(name).strip() for name in next(table, ())]
        try:
            rows = TobiiRows(where, tobii_columns(f"{where}, line 1", names))
        except GazeFileError as error:
            complaint = complaint or error
            continue
        number = 1
        for number, row in enumerate(table, start=2):
            if any(cell is not None for cell in row):
                rows.take(number, row)
            if progress is not None and number % _EVERY == 0:
                progress(number, max(number, sheet.max_row or 0))
        if progress is not None:
            progress(number, number)
        size = path.stat().st_size
        why = None
        if number >= _ROWS_OF_A_SHEET:
            why = f"The sheet is full after {number:,} rows, so the recording may go on: export it as .tsv."
        return rows.recording("tobii-xlsx", ReadUpTo(number, size, size, why))
    raise complaint or GazeFileError(f"{path}: the spreadsheet has no sheet. Export the recording again.")
