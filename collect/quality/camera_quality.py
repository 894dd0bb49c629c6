"""How regularly the camera's frames came."""

import numpy as np

from collect.bundle.tables import Table
from collect.quality.format import CameraQuality
from collect.quality.intervals import interval_histogram

#: A camera that says 30 may give 29.5; one that gives 15 has lost half.
_TOLERATED = 0.1


def camera_quality(frames: Table, start_ns: int, end_ns: int, nominal_fps: float) -> CameraQuality | None:
    """Of the frames of one clip, start_ns to end_ns. None for a clip of no length.

    frames: as Bundle.camera_frames_of gives them. The camera's own clock tells its gaps where it has one: a frame that
    the host was late to fetch is not lost.
    """
    if end_ns <= start_ns:
        return None
    nominal_ms = 1000 / nominal_fps
    host_ms = (frames["host_ns"] - start_ns) / 1e6
    own_ms = _own_ms(frames, host_ms)
    steps = np.diff(own_ms)
    usual_ms = float(np.median(steps)) if len(steps) else nominal_ms
    period_ms = usual_ms if abs(usual_ms / nominal_ms - 1) <= _TOLERATED else nominal_ms
    lost = _lost(own_ms, period_ms) + _lost_at_the_edges(host_ms, (end_ns - start_ns) / 1e6, period_ms)
    expected = len(frames) + lost
    span_ms = float(own_ms[-1] - own_ms[0]) if len(own_ms) > 1 else 0.0
    return CameraQuality(
        frames=len(frames),
        expected=expected,
        lost=lost,
        lost_share=round(lost / expected, 4) if expected else 0.0,
        late=int((np.diff(host_ms) > 1.5 * period_ms).sum()),
        fps=round(1000 * (len(own_ms) - 1) / span_ms, 2) if span_ms > 0 else None,
        intervals=interval_histogram(np.diff(host_ms), round(nominal_ms, 1)),
    )


def _own_ms(frames: Table, host_ms: np.ndarray) -> np.ndarray:
    device_ns = frames["device_ns"]
    if len(frames) == 0 or (device_ns < 0).any() or (np.diff(device_ns) <= 0).any():
        return host_ms
    own_ms = (device_ns - device_ns[0]) / 1e6
    # Some drivers fill the field with something that is no clock of milliseconds.
    span = float(host_ms[-1] - host_ms[0])
    return own_ms if span == 0 or abs(float(own_ms[-1]) / span - 1) < 0.05 else host_ms


def _lost(own_ms: np.ndarray, period_ms: float) -> int:
    """Frames that gaps and the whole span agree on: jitter widens single gaps, but not the span."""
    if len(own_ms) < 2:
        return 0
    by_gaps = int(np.maximum(0, np.rint(np.diff(own_ms) / period_ms) - 1).sum())
    by_span = round(float(own_ms[-1] - own_ms[0]) / period_ms) - (len(own_ms) - 1)
    return max(0, min(by_gaps, by_span))


def _lost_at_the_edges(host_ms: np.ndarray, duration_ms: float, period_ms: float) -> int:
    """One frame more or less at each edge is no loss."""
    if len(host_ms) == 0:
        return int(duration_ms / period_ms)
    before, after = float(host_ms[0]), duration_ms - float(host_ms[-1])
    return sum(max(0, int(edge / period_ms) - 1) for edge in (before, after))
