"""The bundle's CSV files as numpy arrays."""

import csv
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from collect.bundle import rows
from collect.bundle.errors import BundleBrokenError, broken
from collect.bundle.format import (
    CAMERA_FRAMES_FILE,
    FLIPS_FILE,
    GAZE_CLOCK_FILE,
    GAZE_EVENTS_FILE,
    GAZE_MESSAGES_FILE,
    GAZE_SAMPLES_FILE,
)
from collect.bundle.layout import CSV_COLUMNS

#: Missing floats are NaN. `device_ns` of a camera without a clock is -1.
DTYPES: dict[str, np.dtype[Any]] = {
    GAZE_SAMPLES_FILE: np.dtype(
        [("host_ns", "<i8"), *((name, "<f8") for name in CSV_COLUMNS[GAZE_SAMPLES_FILE][1:])],
    ),
    GAZE_EVENTS_FILE: np.dtype(
        [
            ("kind", "U8"), ("eye", "U1"), ("start_host_ns", "<i8"), ("end_host_ns", "<i8"),
            *((name, "<f8") for name in CSV_COLUMNS[GAZE_EVENTS_FILE][4:-1]), ("source", "U64"),
        ]
    ),
    GAZE_MESSAGES_FILE: np.dtype([("host_ns", "<i8"), ("device_ms", "<f8"), ("text", "O")]),
    GAZE_CLOCK_FILE: np.dtype([("host_ns", "<i8"), ("device_ms", "<f8"), ("uncertainty_ns", "<i8")]),
    CAMERA_FRAMES_FILE: np.dtype([("frame", "<i8"), ("pts_ms", "<f8"), ("device_ns", "<i8"), ("host_ns", "<i8")]),
    FLIPS_FILE: np.dtype([("trial", "<i8"), ("frame", "<i8"), ("clip_pts_ms", "<f8"), ("flip_ns", "<i8")]),
}  # fmt: skip

Table = npt.NDArray[Any]


def read_table(folder: Path, name: str, *, sealed: bool) -> Table:
    """One of the bundle's CSV files as a structured array of DTYPES[name]; empty where the file is absent.

    Half a last line is passed over in an unsealed bundle and refused in a sealed one. Raises BundleBrokenError, which
    names the line.
    """
    path = folder / name
    if not path.is_file():
        return np.empty(0, DTYPES[name])
    data = _whole_lines(folder, name, path.read_bytes(), sealed=sealed)
    head, _, body = data.partition(b"\n")
    expected = rows.header_line(CSV_COLUMNS[name]).rstrip("\n")
    if data and head.decode("utf-8", "replace") != expected:
        raise broken(folder, f"{name}, line 1", f"expected the column names '{expected}'")
    if not body:
        return np.empty(0, DTYPES[name])
    has_text = name in (GAZE_EVENTS_FILE, GAZE_MESSAGES_FILE)
    return _read_rows(folder, name, body) if has_text else _read_numbers(folder, name, body)


def _whole_lines(folder: Path, name: str, data: bytes, *, sealed: bool) -> bytes:
    whole = rows.complete_part(data)
    if sealed and len(whole) != len(data):
        line = whole.count(b"\n") + 1
        raise broken(folder, f"{name}, line {line}", "the file breaks off in the middle of this line")
    return whole


def _read_numbers(folder: Path, name: str, body: bytes) -> Table:
    missing = b",-1" if name == CAMERA_FRAMES_FILE else b",nan"
    # Twice, because of three commas in a row the first pass fills only one gap in two.
    filled = body.replace(b",,", missing + b",").replace(b",,", missing + b",").replace(b",\n", missing + b"\n")
    lines = filled.decode("utf-8", "replace").split("\n")[:-1]
    try:
        table = np.loadtxt(lines, DTYPES[name], delimiter=",", comments=None, ndmin=1)
        if len(table) != len(lines):
            raise ValueError("an empty line")
    except ValueError:
        raise _first_bad_line(folder, name, body) from None
    return table


def _read_rows(folder: Path, name: str, body: bytes) -> Table:
    """Tables with text in them. They are small beside the samples, so the csv module is quick enough."""
    try:
        lines = body.decode("utf-8").split("\n")[:-1]
        return np.array([_row(name, row) for row in csv.reader(lines, strict=True)], DTYPES[name])
    except (ValueError, csv.Error):
        raise _first_bad_line(folder, name, body) from None


def _row(name: str, fields: list[str]) -> tuple[object, ...]:
    """One row of values; raises ValueError that says which column is wrong."""
    columns, dtype = CSV_COLUMNS[name], DTYPES[name]
    if len(fields) != len(columns):
        raise ValueError(f"expected {len(columns)} fields, found {len(fields)}")
    values: list[object] = []
    for column, field in zip(columns, fields, strict=True):
        kind = dtype[column].kind
        try:
            if kind == "i":
                values.append(-1 if column == "device_ns" and field == "" else int(field))
            elif kind == "f":
                values.append(float(field or "nan"))
            else:
                values.append(_word(column, field))
        except ValueError:
            raise ValueError(f"field '{column}': '{field[:40]}' cannot stand here") from None
    return tuple(values)


def _word(column: str, field: str) -> str:
    allowed = {"kind": ("fixation", "saccade", "blink"), "eye": ("L", "R")}.get(column)
    if allowed is not None and field not in allowed:
        raise ValueError
    return field


def _first_bad_line(folder: Path, name: str, body: bytes) -> BundleBrokenError:
    """Read slowly what could not be read quickly, to say where and why."""
    for number, line in enumerate(body.split(b"\n")[:-1], start=2):
        try:
            _row(name, next(csv.reader([line.decode("utf-8")], strict=True), []))
        except UnicodeDecodeError:
            return broken(folder, f"{name}, line {number}", "this is not UTF-8")
        except (ValueError, csv.Error) as error:
            return broken(folder, f"{name}, line {number}", str(error))
    return broken(folder, name, "this cannot be read as the table that it should be")
