"""A trial's gaze and eye events as Parquet files on the clip's clock: 0 is the flip of the clip's first frame."""

import io
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from annotate.snapshot.format import EYE_EVENT_MEDIA_COLUMNS, GAZE_MEDIA_COLUMNS

Rows = npt.NDArray[Any]
_TEXT_COLUMNS = ("kind", "eye", "source")


def gaze_parquet(samples: Rows, clip_started_ns: int) -> bytes:
    """(N,) samples of a bundle as a Parquet file with GAZE_MEDIA_COLUMNS."""
    columns = {name: samples[name] for name in GAZE_MEDIA_COLUMNS if name != "t_ms"}
    return _parquet({"t_ms": clip_ms(samples["host_ns"], clip_started_ns), **columns}, GAZE_MEDIA_COLUMNS)


def eye_events_parquet(events: Rows, clip_started_ns: int) -> bytes:
    """(N,) eye events of a bundle as a Parquet file with EYE_EVENT_MEDIA_COLUMNS."""
    times = {
        "start_ms": clip_ms(events["start_host_ns"], clip_started_ns),
        "end_ms": clip_ms(events["end_host_ns"], clip_started_ns),
    }
    columns = {name: events[name] for name in EYE_EVENT_MEDIA_COLUMNS if name not in times}
    return _parquet({**times, **columns}, EYE_EVENT_MEDIA_COLUMNS)


def clip_ms(host_ns: npt.NDArray[np.int64], clip_started_ns: int) -> npt.NDArray[np.float64]:
    """Host times on the clip's clock. Subtracted as integers: a float64 loses the last digits of a host time."""
    return (host_ns - clip_started_ns) / 1e6


def _parquet(columns: dict[str, Rows], order: tuple[str, ...]) -> bytes:
    arrays = [
        pa.array(columns[name].tolist(), pa.string())
        if name in _TEXT_COLUMNS
        # from_pandas=False: a missing value stays NaN, as the format says, and does not become null
        else pa.array(np.ascontiguousarray(columns[name], np.float64), pa.float64(), from_pandas=False)
        for name in order
    ]
    file = io.BytesIO()
    pq.write_table(pa.Table.from_arrays(arrays, names=list(order)), file)
    return file.getvalue()
