"""What is known of the face at one moment of a trial, beside its picture."""

import numpy as np

#: Faces a second that are kept of a trial.
RATE_HZ = 8

#: One moment. `time_ms` on the clip's clock, of the frame that was taken; `presence` and `score` in [0, 1] (the
#: landmark network's and the detector's); `faces` that were in the picture when it was last searched whole; of the
#: aligned face: `blur`, the variance of its Laplacian (small where it is blurred), `light`, its mean grey in [0, 1],
#: `clipped`, the share of its pixels that are black or white. NaN where no face was found.
MOMENT = np.dtype(
    [
        ("valid", "?"), ("faces", "u1"), ("time_ms", "<f8"), ("presence", "<f4"), ("score", "<f4"), ("blur", "<f4"),
        ("light", "<f4"), ("clipped", "<f4"),
    ]
)  # fmt: skip


def count_of(duration_ms: float) -> int:
    """How many moments a trial has: RATE_HZ a second, and at least one."""
    return max(1, round(duration_ms * RATE_HZ / 1000.0))


def moments_ms(duration_ms: float, count: int) -> np.ndarray:
    """`count` moments, each in the middle of an equal part of the clip."""
    return (np.arange(count) + 0.5) * (duration_ms / count)


def nothing_found(count: int) -> np.ndarray:
    """(count,) of MOMENT: no face at any."""
    moments = np.zeros(count, dtype=MOMENT)
    for name in ("time_ms", "presence", "score", "blur", "light", "clipped"):
        moments[name] = np.nan
    return moments
