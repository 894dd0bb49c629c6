"""A made-up gaze: rests of known length, quick moves between them, and a little noise."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Column = npt.NDArray[np.float64]
PX_PER_DEGREE = 40.0


@dataclass(frozen=True)
class Walk:
    time_ms: Column
    x: Column
    y: Column
    #: Where the eye rests, and from which sample until before which.
    rests: tuple[tuple[float, float, int, int], ...]


def walk(rate_hz: float = 500.0, rests: int = 12, seed: int = 1) -> Walk:
    """Saccades of 40 ms with the smooth course of a real one, rests of 300 to 600 ms, noise of 0.02 degrees."""
    rng = np.random.default_rng(seed)
    xs, ys, found = [], [], []
    at, count = np.array([900.0, 500.0]), 0
    for _ in range(rests):
        length = int(rng.uniform(0.3, 0.6) * rate_hz)
        found.append((float(at[0]), float(at[1]), count, count + length))
        to = at + rng.choice([-1, 1], 2) * rng.uniform(120, 300, 2)
        share = np.linspace(0, 1, int(0.04 * rate_hz) + 1)[1:, None]
        move = at + (to - at) * (share**3 * (10 - 15 * share + 6 * share**2))
        for place in (np.tile(at, (length, 1)), move):
            xs.append(place[:, 0])
            ys.append(place[:, 1])
            count += len(place)
        at = to
    x, y = np.concatenate(xs), np.concatenate(ys)
    noise = 0.02 * PX_PER_DEGREE
    return Walk(
        np.arange(len(x)) * 1000 / rate_hz,
        x + rng.normal(0, noise, len(x)),
        y + rng.normal(0, noise, len(y)),
        tuple(found),
    )
