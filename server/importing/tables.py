"""Spreadsheets and text tables as rows of cells, with the place of each row, for tables that people have made."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from zipfile import BadZipFile

from collect.gaze.recognise import encoding_of
from server.importing.errors import TableUnreadableError

#: None where the cell is empty.
Cell = str | float | int | None
SUFFIXES = (".xlsx", ".csv", ".tsv", ".txt")


@dataclass(frozen=True)
class Sheet:
    """One table. `where` begins an error; `rows` are line (from 1) and cells, empty rows left out."""

    where: str
    title: str
    rows: list[tuple[int, tuple[Cell, ...]]]


def read_sheets(path: Path) -> list[Sheet]:
    """All sheets of a .xlsx, or the one table of a text file (tab, semicolon or comma between). Raises
    TableUnreadableError."""
    try:
        return _workbook(path) if path.suffix.lower() == ".xlsx" else [_text(path)]
    except OSError as error:
        raise TableUnreadableError(
            f"{path}: cannot be read ({error.strerror}). Check the file and its rights"
        ) from None


def _workbook(path: Path) -> list[Sheet]:
    import openpyxl  # takes a while, and text tables need none of it

    try:
        with path.open("rb") as file:
            book = openpyxl.load_workbook(file, read_only=True, data_only=True)
            sheets = []
            for sheet in book.worksheets:
                sheet.reset_dimensions()  # programs other than Excel write wrong ones
                rows = [(line, tuple(map(_cell, row))) for line, row in enumerate(sheet.iter_rows(values_only=True), 1)]
                sheets.append(Sheet(f"{path}, sheet '{sheet.title}'", str(sheet.title), _filled(rows)))
            return sheets
    except (BadZipFile, KeyError, EOFError, SyntaxError, ValueError) as error:
        # SyntaxError is what the XML parser raises (ParseError), KeyError what a missing part of the archive does.
        raise TableUnreadableError(
            f"{path}: the spreadsheet is damaged ({error}). Copy it again from where you have it"
        ) from None


def _text(path: Path) -> Sheet:
    data = path.read_bytes()
    encoding = encoding_of(data[:8192])
    try:
        lines = data.decode(encoding or "utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise TableUnreadableError(
            f"{path}: is no text from byte {error.start} on ({error.reason}). Save it as UTF-8, or give the .xlsx"
        ) from None
    head = lines[0] if lines else ""
    between = "\t" if "\t" in head else max(",;", key=head.count)
    reader = csv.reader(lines, delimiter=between)
    return Sheet(str(path), path.stem, _filled([(reader.line_num, tuple(map(_cell, row))) for row in reader]))


def _filled(rows: list[tuple[int, tuple[Cell, ...]]]) -> list[tuple[int, tuple[Cell, ...]]]:
    return [(line, row) for line, row in rows if any(cell is not None for cell in row)]


def _cell(value: object) -> Cell:
    if isinstance(value, str):
        return value.strip() or None
    if value is None or isinstance(value, bool):
        return None if value is None else str(value)
    return value if isinstance(value, int | float) else str(value)


def text_of(row: Sequence[Cell], index: int | None) -> str:
    """The cell as text; '' where there is none. A whole number has no decimal point: 7.0 is '7'."""
    value = None if index is None or index >= len(row) else row[index]
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return "" if value is None else str(value)
