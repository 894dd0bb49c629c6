"""One sample's eye file: the rows of Tobii's table, each a sample of the tracker, made media on the clip's clock."""

import io
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from annotate.snapshot.format import EYE_EVENT_MEDIA_COLUMNS, GAZE_MEDIA_COLUMNS
from collect.gaze.errors import GazeFileError
from collect.gaze.recording import GazeRecording, ReadUpTo
from collect.gaze.tobii_columns import tobii_columns
from collect.gaze.tobii_rows import TobiiRows
from server.importing.errors import TableUnreadableError
from server.importing.tables import Cell, Sheet, read_sheets, text_of

#: Names of a time column, compared as collect.gaze.tobii_columns does; without one, the tracker's rate makes the times.
_TIME = "recordingtimestamp"
_TEXT_COLUMNS = ("kind", "eye", "source")
#: A gaze whose every position is smaller was divided by the screen already.
_NOT_PIXELS = 1.5


class EyeFileError(Exception):
    """What is wrong with one eye file, complete: file, row, column, what was expected."""


class NoTimesError(EyeFileError):
    """The file has no times, and nobody has said how many rows a second it has."""


@dataclass(frozen=True)
class EyeFacts:
    """What a recording must say of its tracker, and what was counted. Times in ms.

    `gaze_blank` and `gaze_zero`: rows without a gaze, and rows whose gaze is exactly 0, 0, which no tracker computes.
    """

    duration_ms: float
    rate_hz: float
    eyes: str
    model: str
    screen_px: tuple[int, int] | None
    samples: int
    gaze_blank: int
    gaze_zero: int
    fixations: int
    saccades: int


@dataclass(frozen=True)
class EyeMedia:
    """Parquet files with GAZE_MEDIA_COLUMNS and EYE_EVENT_MEDIA_COLUMNS; no events where the file tells none."""

    gaze: bytes
    events: bytes | None
    facts: EyeFacts


def read_eye_file(path: Path, rate_hz: float | None = None) -> EyeMedia:
    """Read the whole file. `rate_hz`: rows a second, for a file without times.

    Every row becomes a sample, also one with blank cells: what is not there is NaN. Raises EyeFileError.
    """
    try:
        sheets = [sheet for sheet in read_sheets(path) if sheet.rows]
        if not sheets:
            raise EyeFileError(f"{path}: is empty; copy it again from where you have it")
        recording = _recording(path, sheets, rate_hz)
    except TableUnreadableError as error:
        raise EyeFileError(str(error)) from None
    except GazeFileError as error:
        raise EyeFileError(_own_advice(str(error))) from None
    _refuse_unlikely(path, recording)
    times = recording.samples.time_ms
    step = float(np.median(np.diff(times)))
    began = float(times[0])
    samples = {"t_ms": times - began} | {
        name: getattr(recording.samples, name) for name in GAZE_MEDIA_COLUMNS if name != "t_ms"
    }
    blank, zero = (_count(samples, what) for what in (np.isnan, lambda values: values == 0))
    header = recording.header
    facts = EyeFacts(
        duration_ms=float(times[-1]) - began + step,
        rate_hz=round(1000 / step, 1),
        eyes=header.eyes,
        model=header.model,
        screen_px=header.screen_px,
        samples=len(times),
        gaze_blank=blank,
        gaze_zero=zero,
        fixations=len(recording.fixations),
        saccades=len(recording.saccades),
    )
    events = _events(recording, began) if recording.has_events else None
    return EyeMedia(_parquet(samples, GAZE_MEDIA_COLUMNS), events, facts)


def _recording(path: Path, sheets: Sequence[Sheet], rate_hz: float | None) -> GazeRecording:
    complaint: GazeFileError | NoTimesError | None = None
    for sheet in sheets:
        try:
            return _of_sheet(path, sheet, rate_hz)
        except (GazeFileError, NoTimesError) as error:
            complaint = complaint or error
    assert complaint is not None, "there is a sheet, and it was refused"
    raise complaint


def _of_sheet(path: Path, sheet: Sheet, rate_hz: float | None) -> GazeRecording:
    head_line, head = sheet.rows[0]
    names = ["" if cell is None else str(cell) for cell in head]
    compared = [name.partition("[")[0].partition("(")[0].replace(" ", "").lower() for name in names]
    has_time = _TIME in compared
    sensor = compared.index("sensor") if "sensor" in compared else None
    # Two columns are put in front: that every row is a sample, as Tobii's own files say it, and the time.
    front = ["Sensor"] if has_time else ["Sensor", "Recording timestamp [ms]"]
    if sensor is not None:
        names[sensor] = ""
    columns = tobii_columns(f"{sheet.where}, row {head_line}", front + names)
    if not has_time and rate_hz is None:
        raise NoTimesError(f"{sheet.where}, row {head_line}: has no column 'Recording timestamp'")
    rows = TobiiRows(sheet.where, columns)
    told = any(_is_eye(row, sensor) for _, row in sheet.rows[1:])
    for count, (line, row) in enumerate(sheet.rows[1:]):
        what = "Eye Tracker" if _is_eye(row, sensor) or not told else ""
        times: list[Cell] = [] if has_time or rate_hz is None else [count * 1000 / rate_hz]
        rows.take(line, [what, *times, *row])
    size = path.stat().st_size
    return rows.recording("tobii-xlsx", ReadUpTo(len(sheet.rows), size, size))


def _is_eye(row: Sequence[Cell], sensor: int | None) -> bool:
    """Where the column says it in words: in the published tables words were made numbers, which say nothing."""
    return "eye" in text_of(row, sensor).lower()


def _count(samples: dict[str, Any], is_so: Callable[[Any], Any]) -> int:
    """Rows of which it is so for every position that was recorded."""
    positions = [samples[name] for name in ("left_x", "left_y", "right_x", "right_y")]
    recorded = [values for values in positions if not np.isnan(values).all()] or positions
    return int(np.count_nonzero(np.logical_and.reduce([is_so(values) for values in recorded])))


def _refuse_unlikely(path: Path, recording: GazeRecording) -> None:
    samples = recording.samples
    if recording.header.coordinates != "GAZE":
        raise EyeFileError(
            f"{path}: the gaze is in {recording.header.coordinates}, expected pixels of the screen (DACS px). Ask for "
            "the table with that column"
        )
    if len(samples) < 2 or not (np.diff(samples.time_ms) >= 0).all() or samples.time_ms[-1] <= samples.time_ms[0]:
        raise EyeFileError(
            f"{path}, column of times: expected at least two rows whose times rise, found {len(samples)} rows from "
            f"{samples.time_ms[0]:g} to {samples.time_ms[-1]:g} ms. Sort or correct them"
        )
    seen = np.abs(np.concatenate([samples.left_x, samples.right_x, samples.left_y, samples.right_y]))
    seen = seen[np.isfinite(seen)]
    if len(seen) and 0 < seen.max() <= _NOT_PIXELS:
        raise EyeFileError(
            f"{path}, columns of the gaze point: no position is above {seen.max():g}, so these are shares of the "
            "screen; expected pixels (DACS px). Ask for the table with that column, or multiply by the screen's size"
        )


def _events(recording: GazeRecording, began: float) -> bytes:
    rows: list[tuple[Any, ...]] = []
    source = recording.events_source or ""
    for one in recording.fixations:
        span = (one["start_ms"] - began, one["end_ms"] - began)
        rows.append(("fixation", str(one["eye"]), *span, one["x"], one["y"], math.nan, math.nan, one["pupil"], source))
    for one in recording.saccades:
        span = (one["start_ms"] - began, one["end_ms"] - began)
        places = (one["x"], one["y"], one["end_x"], one["end_y"])
        rows.append(("saccade", str(one["eye"]), *span, *places, math.nan, source))
    rows.sort(key=lambda row: (row[2], row[1]))
    return _parquet(dict(zip(EYE_EVENT_MEDIA_COLUMNS, zip(*rows, strict=True), strict=True)), EYE_EVENT_MEDIA_COLUMNS)


def _parquet(columns: dict[str, Any], order: tuple[str, ...]) -> bytes:
    arrays = [
        pa.array(list(columns[name]), pa.string())
        if name in _TEXT_COLUMNS
        # from_pandas=False: a missing value stays NaN, as the format says, and does not become null
        else pa.array(np.ascontiguousarray(columns[name], np.float64), pa.float64(), from_pandas=False)
        for name in order
    ]
    file = io.BytesIO()
    pq.write_table(pa.Table.from_arrays(arrays, names=list(order)), file)
    return file.getvalue()


def _own_advice(message: str) -> str:
    """The readers send people to Tobii's program; whoever holds a published data set has only its files."""
    return message.partition(" Export the recording")[0] + " Copy the file again, or correct it"
