"""Eye events for a recording, or for a bundle, whose tracker found none."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from collect.bundle.format import ScreenInfo
from collect.bundle.reader import Bundle
from collect.bundle.rows import Event
from collect.bundle.tables import Table
from collect.gaze.events.detection import DetectedEvent, detect_events
from collect.gaze.events.remodnav import algorithm
from collect.gaze.events.scale import is_assumed, px_per_degree

#: The bundle knows fixations, saccades and blinks. EyeLink too calls 'fixation' what lies between two saccades, and a
#: pursuit is that; the oscillation after a saccade is neither.
_KINDS = {"fixation": "fixation", "pursuit": "fixation", "saccade": "saccade", "blink": "blink"}


def source_of(screen: ScreenInfo) -> str:
    """What gaze/events.csv says in `source`; tells where the size of the screen was assumed."""
    return algorithm() + (" (screen size assumed)" if is_assumed(screen) else "")


def events_of_samples(
    samples: Table,
    screen: ScreenInfo,
    rate_hz: float,
    progress: Callable[[int, int], None] | None = None,
) -> list[Event]:
    """Lines of gaze/events.csv, as GAZE_EVENT_COLUMNS has them, of both eyes in the order of their ends.

    `samples` is (N,) with the fields GAZE_SAMPLE_COLUMNS. An eye without positions has none. `progress` counts the
    samples of each eye that has any. Raises NoEventsError, GazeReaderMissingError.
    """
    host_ns, device_ms = samples["host_ns"], samples["device_ms"]
    time_ms = device_ms if np.isfinite(device_ms).all() else host_ns / 1e6
    source, scale = source_of(screen), px_per_degree(screen)
    rows = []
    eyes = [(eye, name) for eye, name in (("L", "left"), ("R", "right")) if np.isfinite(samples[f"{name}_x"]).any()]
    for number, (eye, name) in enumerate(eyes):
        x, y, pupil = (np.ascontiguousarray(samples[f"{name}_{what}"]) for what in ("x", "y", "pupil"))
        told = None if progress is None else _of_all_eyes(progress, number, len(eyes))
        found = detect_events(time_ms, x, y, pupil, rate_hz=rate_hz, px_per_degree=scale, progress=told)
        rows += [_row(event, eye, host_ns, device_ms, source) for event in found if event.kind in _KINDS]
    return sorted(rows, key=lambda row: row[3])


def events_of_bundle(bundle: Bundle, progress: Callable[[int, int], None] | None = None) -> Table:
    """(N,) with the fields GAZE_EVENT_COLUMNS: the bundle's own eye events; where it has none, found in its samples.

    `source` says which. Nothing is written. Empty for a bundle without samples. Raises NoEventsError for a tracker
    that is too slow, GazeReaderMissingError.
    """
    written = bundle.eye_events()
    samples = bundle.gaze_samples()
    if len(written) or not len(samples):
        return written
    rows = events_of_samples(samples, bundle.header.screen, bundle.header.tracker.rate_hz, progress)
    return np.array(rows, written.dtype)


def _of_all_eyes(progress: Callable[[int, int], None], number: int, eyes: int) -> Callable[[int, int], None]:
    """From the samples of the eye `number` to those of all."""
    return lambda done, total: progress(number * total + done, eyes * total)


def _row(
    event: DetectedEvent, eye: str, host_ns: npt.NDArray[np.int64], device_ms: npt.NDArray[np.float64], source: str
) -> Event:
    first, last = event.first, event.last
    return (
        _KINDS[event.kind], eye,
        int(host_ns[first]), int(host_ns[last]), float(device_ms[first]), float(device_ms[last]),
        event.x, event.y, event.end_x, event.end_y, event.pupil, source,
    )  # fmt: skip
