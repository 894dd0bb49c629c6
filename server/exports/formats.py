"""Rows as bytes, a part at a time: CSV, JSON, one JSON document a line, Parquet."""

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from enum import StrEnum
from typing import Any

from pydantic_core import to_json

from server.exports.columns import Column, Kind
from server.exports.reading import Rows

#: The cells of one column, and how a format takes them.
Cells = Sequence[Any]
Convert = Callable[[Cells], Cells]


class Format(StrEnum):
    """How a table is written."""

    CSV = "csv"
    PARQUET = "parquet"
    NDJSON = "ndjson"
    JSON = "json"


MEDIA_TYPES = {
    Format.CSV: "text/csv; charset=utf-8; header=present",
    Format.PARQUET: "application/vnd.apache.parquet",
    Format.NDJSON: "application/x-ndjson",
    Format.JSON: "application/json",
}

#: A spreadsheet takes a cell that begins like this for a formula, and runs it.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def encode(fmt: Format, columns: Sequence[Column], rows: Iterable[Rows]) -> Iterator[bytes]:
    """The table in this format, part by part; a header is there even where there is no row."""
    return _ENCODERS[fmt](columns, rows)


def _csv(columns: Sequence[Column], rows: Iterable[Rows]) -> Iterator[bytes]:
    yield (",".join(column.name for column in columns) + "\r\n").encode()
    converters = [_CSV_CELLS[column.kind] for column in columns]
    for some in rows:
        text = io.StringIO()
        csv.writer(text).writerows(_converted(some, converters))
        yield text.getvalue().encode()


def _ndjson(columns: Sequence[Column], rows: Iterable[Rows]) -> Iterator[bytes]:
    for some in rows:
        yield b"".join(document + b"\n" for document in _documents(columns, some))


def _json(columns: Sequence[Column], rows: Iterable[Rows]) -> Iterator[bytes]:
    yield b"["
    before = b"\n"
    for some in rows:
        if documents := b",\n".join(_documents(columns, some)):
            yield before + documents
            before = b",\n"
    yield b"\n]\n"


def _parquet(columns: Sequence[Column], rows: Iterable[Rows]) -> Iterator[bytes]:
    from server.exports.parquet import parquet  # PyArrow's libraries, in a server that may never export

    return parquet(columns, rows)


def _documents(columns: Sequence[Column], rows: Rows) -> Iterator[bytes]:
    names = [column.name for column in columns]
    for row in _converted(rows, [_JSON_VALUES[column.kind] for column in columns]):
        yield to_json(dict(zip(names, row, strict=True)))  # four times as quick as the standard library's


def _converted(rows: Rows, converters: Sequence[Convert | None]) -> Iterable[tuple[Any, ...]]:
    """Column by column, which is quicker than cell by cell."""
    if not rows:
        return ()
    converted = [
        cells if convert is None else convert(cells)
        for cells, convert in zip(zip(*rows, strict=True), converters, strict=True)
    ]
    return zip(*converted, strict=True)


def _harmless(cells: Cells) -> Cells:
    """Most words of a column come again and again, so each is looked at once."""
    disarmed = {text: f"'{text}" for text in set(cells) if text is not None and text.startswith(_FORMULA)}
    return [disarmed.get(text, text) for text in cells] if disarmed else cells


def _truth(cells: Cells) -> Cells:
    return [None if cell is None else bool(cell) for cell in cells]


def _truth_in_words(cells: Cells) -> Cells:
    return [None if cell is None else "true" if cell else "false" for cell in cells]


def _iso(cells: Cells) -> Cells:
    # The database gives times in UTC.
    return [None if time is None else f"{time.isoformat(timespec='milliseconds')[:-6]}Z" for time in cells]


_CSV_CELLS: dict[Kind, Convert | None] = {
    Kind.TEXT: _harmless,
    Kind.INTEGER: None,
    Kind.NUMBER: None,
    Kind.YES_NO: _truth_in_words,
    Kind.TIME: _iso,
}
_JSON_VALUES: dict[Kind, Convert | None] = {
    Kind.TEXT: None,
    Kind.INTEGER: None,
    Kind.NUMBER: None,
    Kind.YES_NO: _truth,
    Kind.TIME: _iso,
}
_ENCODERS: dict[Format, Callable[[Sequence[Column], Iterable[Rows]], Iterator[bytes]]] = {
    Format.CSV: _csv,
    Format.PARQUET: _parquet,
    Format.NDJSON: _ndjson,
    Format.JSON: _json,
}
