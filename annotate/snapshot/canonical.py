"""The name of a snapshot: a hash of its rows that neither the database nor the Parquet library can change."""

import hashlib
import json
import math
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any

from annotate.snapshot.format import TABLE_COLUMNS, FoldPlan, LabelPolicy, SnapshotFilters

Row = Mapping[str, Any]

_TYPES: dict[str, type] = {"str": str, "int": int, "float": float, "bool": bool}


def checked_row(table: str, row: Row, place: str) -> dict[str, Any]:
    """The row with its columns in the declared order. Raises ValueError naming place and column."""
    columns = TABLE_COLUMNS[table]
    if row.keys() != columns.keys():
        missing, extra = sorted(set(columns) - set(row)), sorted(set(row) - set(columns))
        raise ValueError(f"{place}: columns missing {missing}, unknown {extra}")
    try:
        return {name: check(row[name]) for name, check in _CHECKS[table]}
    except ValueError:
        for name, check in _CHECKS[table]:
            try:
                check(row[name])
            except ValueError as error:
                raise ValueError(f"{place}, column {name}: {error}") from None
        raise


def _check_of(kind: str) -> Callable[[Any], Any]:
    """What a column of this kind does with a value; made once, as there are hundreds of thousands of values."""
    wanted = _TYPES[kind.rstrip("?")]
    if wanted is float:
        return partial(_number, kind)

    def check(value: Any) -> Any:
        if type(value) is wanted:
            return value
        if value is None:
            _check_empty(kind)
            return None
        if wanted is str and isinstance(value, str):
            return str(value)
        raise ValueError(f"expected {kind}, got {value!r}")

    return check


def _number(kind: str, value: Any) -> float | None:
    if value is None:
        _check_empty(kind)
        return None
    if type(value) is not float and type(value) is not int:
        raise ValueError(f"expected {kind}, got {value!r}")
    if not math.isfinite(value):
        raise ValueError(f"{value} is not a finite number")
    return value + 0.0  # -0.0 and 0.0 are one number, so they get one name


def _check_empty(kind: str) -> None:
    if not kind.endswith("?"):
        raise ValueError(f"empty, but a {kind} is required")


_CHECKS = {
    table: [(name, _check_of(kind)) for name, kind in columns.items()] for table, columns in TABLE_COLUMNS.items()
}


def sort_key(table: str, row: Row) -> tuple[str, ...]:
    return tuple(str(row[name]) for name in ("trial", "instrument", "rater") if name in TABLE_COLUMNS[table])


def content_sha256(
    tables: Mapping[str, Iterable[Row]], policy: LabelPolicy, filters: SnapshotFilters, folds: FoldPlan
) -> str:
    """SHA-256 over checked rows in canonical order, and over how they came to be."""
    digest = hashlib.sha256()
    for part in (policy, filters, folds):
        digest.update(_canonical(part.model_dump(mode="json")))
    for table in sorted(TABLE_COLUMNS):
        digest.update(_canonical(table))
        for row in tables[table]:
            digest.update(_canonical([row[name] for name in TABLE_COLUMNS[table]]))
    return digest.hexdigest()


_encode = json.JSONEncoder(sort_keys=True, ensure_ascii=True, separators=(",", ":"), allow_nan=False).encode


def _canonical(value: object) -> bytes:
    return _encode(value).encode() + b"\n"
