"""REMoDNaV (MIT licence), behind one function. Imported when called: it brings statsmodels and matplotlib."""

import logging
import warnings
from functools import cache
from importlib.metadata import version
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from collect.gaze.errors import GazeReaderMissingError

Column = npt.NDArray[np.float64]

#: What the numbers of `classify` mean: number modulo the length of this.
LABELS: tuple[Literal["fixation", "saccade", "oscillation", "pursuit"] | None, ...] = (
    None, "fixation", "saccade", "oscillation", "pursuit",
)  # fmt: skip
#: REMoDNaV's labels: an 'I' in front is for what lies between its larger saccades; high and low velocity oscillations.
_NUMBERS = {"FIXA": 1, "SACC": 2, "ISAC": 2, "HPSO": 3, "LPSO": 3, "IHPS": 3, "ILPS": 3, "PURS": 4}

#: REMoDNaV's own settings, in seconds.
_SAVITZKY_GOLAY_S, _DILATE_S = 0.019, 0.01
_DURATIONS_S = {
    "min_intersaccade_duration": 0.04,
    "min_saccade_duration": 0.01,
    "max_pso_duration": 0.04,
    "min_fixation_duration": 0.04,
}


def algorithm() -> str:
    """Name and version, as gaze/events.csv says them. Raises GazeReaderMissingError."""
    _classifier()
    return f"REMoDNaV {version('remodnav')}"


def classify(
    x: Column, y: Column, rate_hz: float, px_per_degree: float, *, min_pursuit_s: float
) -> npt.NDArray[np.int32]:
    """What each of (N,) samples at even steps belongs to: 0, or LABELS by the remainder, each event its own number.

    Settings are REMoDNaV's own but `min_pursuit_s`; lengths that at this rate are less than a sample become one, as
    the library demands, and the smoothing window becomes the nearest odd number of samples.
    """
    make = _classifier()
    sample_s = 1.01 / rate_hz  # a little more, since the library rounds down
    window = round((_SAVITZKY_GOLAY_S * rate_hz - 1) / 2) * 2 + 1
    x, y, padding = _with_whole_ends(x, y, 2 * window)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of numpy's, on means of nothing and on np.core: they are no news for the user
        classifier = make(
            px2deg=1 / px_per_degree,
            sampling_rate=rate_hz,
            min_pursuit_duration=max(min_pursuit_s, sample_s),
            **{name: max(seconds, sample_s) for name, seconds in _DURATIONS_S.items()},
        )
        prepared = classifier.preproc(
            np.rec.fromarrays([x, y], dtype=[("x", "f8"), ("y", "f8")]),
            dilate_nan=max(_DILATE_S, sample_s),
            savgol_length=(window + 0.01) / rate_hz if window >= 3 else 0.0,
        )
        events = classifier(prepared)
    codes = np.zeros(len(x), np.int32)
    for index, event in enumerate(events):
        span = slice(round(event["start_time"] * rate_hz), round(event["end_time"] * rate_hz))
        codes[span] = index * len(LABELS) + _NUMBERS[event["label"]]
    return codes[padding : len(codes) - padding]


def _with_whole_ends(x: Column, y: Column, length: int) -> tuple[Column, Column, int]:
    """The smoothing of the library fails where an end of the signal is missing: such a signal is drawn out at rest.

    Returns how many samples were put before and behind.
    """
    seen = np.flatnonzero(np.isfinite(x) & np.isfinite(y))
    if np.isfinite(x[:length] + y[:length]).all() and np.isfinite(x[-length:] + y[-length:]).all():
        return x.copy(), y.copy(), 0
    return *(np.concatenate([np.full(length, c[seen[0]]), c, np.full(length, c[seen[-1]])]) for c in (x, y)), length


@cache
def _classifier() -> Any:
    try:
        from remodnav.clf import EyegazeClassifier
    except ModuleNotFoundError as error:
        raise GazeReaderMissingError(
            f"Eye events are found by the library REMoDNaV, which is not installed whole ({error.name} is missing). "
            "Install it with: pip install 'duchenne[collect]'."
        ) from None
    # It warns of every single sample that is quicker than 1000 degrees a second.
    logging.getLogger("remodnav.clf").setLevel(logging.ERROR)
    return EyegazeClassifier
