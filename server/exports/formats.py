"""Rows as bytes, a part at a time: CSV, JSON, one JSON document a line, Parquet."""

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from enum import StrEnum
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

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
_ARROW = {
    Kind.TEXT: pa.string(),
    Kind.INTEGER: pa.int64(),
    Kind.NUMBER: pa.float64(),
    Kind.YES_NO: pa.bool_(),
    Kind.TIME: pa.timestamp("us", tz="UTC"),
}
#: Rows of one Parquet row group: what is in memory at once.
_ROW_GROUP = 50_000


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
        yield "".join(f"{document}\n" for document in _documents(columns, some)).encode()


def _json(columns: Sequence[Column], rows: Iterable[Rows]) -> Iterator[bytes]:
    yield b"["
    before = "\n"
    for some in rows:
        for document in _documents(columns, some):
            yield f"{before}{document}".encode()
            before = ",\n"
    yield b"\n]\n"


def _parquet(columns: Sequence[Column], rows: Iterable[Rows]) -> Iterator[bytes]:
    schema = pa.schema(
        [
            pa.field(column.name, _ARROW[column.kind], metadata={"unit": column.unit, "says": column.says})
            for column in columns
        ]
    )
    sink = _Passing()
    with pq.ParquetWriter(sink, schema) as writer:
        for group in _grouped(rows, _ROW_GROUP):
            values = zip(columns, zip(*group, strict=True), strict=True)
            arrays = [pa.array(cells, _ARROW[column.kind]) for column, cells in values]
            writer.write_table(pa.Table.from_arrays(arrays, schema=schema))
            yield sink.taken()
    yield sink.taken()


def _grouped(rows: Iterable[Rows], least: int) -> Iterator[Rows]:
    waiting: Rows = []
    for some in rows:
        waiting += some
        if len(waiting) >= least:
            yield waiting
            waiting = []
    if waiting:
        yield waiting


class _Passing(io.RawIOBase):
    """A file that gives away what is written to it, so that no more than a row group is ever held."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._length = 0

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        part = bytes(data)
        self._parts.append(part)
        self._length += len(part)
        return len(part)

    def tell(self) -> int:
        return self._length

    def taken(self) -> bytes:
        """What was written since the last time."""
        parts, self._parts = self._parts, []
        return b"".join(parts)


def _documents(columns: Sequence[Column], rows: Rows) -> Iterator[str]:
    names = [column.name for column in columns]
    for row in _converted(rows, [_JSON_VALUES[column.kind] for column in columns]):
        yield json.dumps(dict(zip(names, row, strict=True)), ensure_ascii=False, allow_nan=False)


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
