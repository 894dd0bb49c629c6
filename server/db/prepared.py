"""Statements for the few places that run hundreds of times a second: compiled once, then handed to the driver as text.

What SQLAlchemy does around each execution is worth its time nearly everywhere; where a rater waits for a dozen small
statements it takes several times as long as they do. Values go through the same types (times in UTC, booleans) in both
directions. Errors are the driver's own.
"""

from collections import namedtuple
from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import Connection, Delete, Dialect, Insert, Select, Update
from sqlalchemy.types import TypeDecorator

Process = Callable[[Any], Any]


class Prepared:
    """A statement with named `bindparam`s. What is spelt out anew each time, as IN with a list is, it cannot hold.

    It runs in the connection's transaction, which must have begun.
    """

    def __init__(self, statement: Select[*tuple[Any, ...]] | Insert | Update | Delete) -> None:
        self._statement = statement
        self._compiled: dict[str, _Compiled] = {}

    def all(self, connection: Connection, values: Mapping[str, Any]) -> list[Any]:
        """Its rows, as named tuples."""
        return self.all_on(connection.connection.dbapi_connection, connection.dialect, values)

    def all_on(self, raw: Any, dialect: Dialect, values: Mapping[str, Any]) -> list[Any]:
        """The same on a connection of the driver's own."""
        compiled = self._for(dialect)
        return compiled.rows(raw.execute(compiled.text, compiled.parameters(values)).fetchall())

    def first(self, connection: Connection, values: Mapping[str, Any]) -> Any:
        """Its first row, None if it has none."""
        rows = self.all(connection, values)
        return rows[0] if rows else None

    def value(self, connection: Connection, values: Mapping[str, Any]) -> Any:
        """The first value of its first row, None if it has none."""
        row = self.first(connection, values)
        return None if row is None else row[0]

    def run(self, connection: Connection, values: Mapping[str, Any]) -> None:
        """Run it for what it changes."""
        compiled = self._for(connection.dialect)
        raw: Any = connection.connection.dbapi_connection
        raw.execute(compiled.text, compiled.parameters(values))

    def _for(self, dialect: Dialect) -> "_Compiled":
        compiled = self._compiled.get(dialect.name)
        if compiled is None:
            compiled = self._compiled[dialect.name] = _Compiled(self._statement, dialect)
        return compiled


class _Compiled:
    """A statement in one engine's own words."""

    def __init__(self, statement: Select[*tuple[Any, ...]] | Insert | Update | Delete, dialect: Dialect) -> None:
        compiled = statement.compile(dialect=dialect)
        self.text = str(compiled)
        assert "POSTCOMPILE" not in self.text, f"this is spelt out anew each time: {self.text}"
        self._constants = {
            name: _processed(bind.type, dialect, bind.value)
            for bind, name in compiled.bind_names.items()
            if not bind.required
        }
        self._given = [
            (name, bind.type.dialect_impl(dialect).bind_processor(dialect))
            for bind, name in compiled.bind_names.items()
            if name not in self._constants
        ]
        self._order = compiled.positiontup
        columns = [] if isinstance(statement, (Update, Delete)) else list(statement.exported_columns)
        self._row = _row_class([str(column.key) for column in columns])
        self._processors = [_from_driver(column.type, dialect) for column in columns]
        self._plain = not any(self._processors)

    def parameters(self, values: Mapping[str, Any]) -> Any:
        ready = dict(self._constants)
        for name, process in self._given:
            value = values[name]
            ready[name] = value if process is None else process(value)
        return ready if self._order is None else [ready[name] for name in self._order]

    def rows(self, found: list[Any]) -> list[Any]:
        make = self._row._make
        if self._plain:
            return [make(row) for row in found]
        return [
            make(
                [
                    value if process is None else process(value)
                    for value, process in zip(row, self._processors, strict=True)
                ]
            )
            for row in found
        ]


def _row_class(names: list[str]) -> Any:
    return namedtuple("Row", names, rename=True)


def _from_driver(type_: Any, dialect: Dialect) -> Process | None:
    if dialect.name == "postgresql" and not isinstance(type_, TypeDecorator):
        return None  # its driver gives numbers, booleans and times as what they are
    process: Process | None = type_.dialect_impl(dialect).result_processor(dialect, None)
    return process


def _processed(type_: Any, dialect: Dialect, value: Any) -> Any:
    process = type_.dialect_impl(dialect).bind_processor(dialect)
    return value if process is None else process(value)
