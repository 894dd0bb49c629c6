"""Rows as Parquet, a part at a time."""

import io
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from server.exports.columns import Column, Kind
from server.exports.reading import Rows

_ARROW = {
    Kind.TEXT: pa.string(),
    Kind.INTEGER: pa.int64(),
    Kind.NUMBER: pa.float64(),
    Kind.YES_NO: pa.bool_(),
    Kind.TIME: pa.timestamp("us", tz="UTC"),
}
#: Rows of one Parquet row group, at least.
_ROW_GROUP = 20_000


def parquet(columns: Sequence[Column], rows: Iterable[Rows]) -> Iterator[bytes]:
    """The table, a row group at a time; each column says its unit and meaning."""
    schema = pa.schema(
        [
            pa.field(column.name, _ARROW[column.kind], metadata={"unit": column.unit, "says": column.says})
            for column in columns
        ]
    )
    sink = _Passing()
    with pq.ParquetWriter(sink, schema) as writer:
        for group in _grouped(_tables(columns, schema, rows), _ROW_GROUP):
            writer.write_table(group)
            yield sink.taken()
    yield sink.taken()


def _tables(columns: Sequence[Column], schema: pa.Schema, rows: Iterable[Rows]) -> Iterator[pa.Table]:
    """As Arrow holds them, rows weigh a tenth."""
    for some in rows:
        if some:
            values = zip(columns, zip(*some, strict=True), strict=True)
            arrays = [pa.array(cells, _ARROW[column.kind]) for column, cells in values]
            yield pa.Table.from_arrays(arrays, schema=schema)


def _grouped(tables: Iterable[pa.Table], least: int) -> Iterator[pa.Table]:
    waiting: list[pa.Table] = []
    for table in tables:
        waiting.append(table)
        if sum(each.num_rows for each in waiting) >= least:
            yield pa.concat_tables(waiting)
            waiting = []
    if waiting:
        yield pa.concat_tables(waiting)


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
