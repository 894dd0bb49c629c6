"""The light that a clip threw into the eyes: the logarithm of its luminance, when its frames were shown."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from collect.bundle.reader import Bundle
from collect.bundle.trials import Trial
from collect.stimuli.luminance import LuminanceMeter, LuminancePoint, read_luminance

Values = NDArray[np.floating[Any]]

#: A screen's black is not without light, and the room is not dark: below this share of white nothing gets darker.
DARKEST = 0.005
#: Where a clip came without its time line, it is measured this often: faster than any pupil.
_MEASURED_EVERY_MS = 50.0


def luminance_line(bundle: Bundle, trial: Trial) -> tuple[LuminancePoint, ...] | None:
    """The clip's luminance, frame by frame: its file in the bundle, else measured from the clip; None without either.

    Raises LuminanceFileError for a file that is no time line.
    """
    clip = bundle.manifest.clip(trial.clip)
    if clip is not None and clip.luminance is not None:
        path = bundle.folder / "stimuli" / clip.luminance
        if path.is_file():
            return read_luminance(path) or None
    return _measured(trial.clip_path) if trial.clip_path is not None else None


def light_at(bundle: Bundle, trial: Trial, line: tuple[LuminancePoint, ...], times_ns: NDArray[np.int64]) -> Values:
    """(N,) log10 of relative luminance on the screen at these host times; the first frame's before it was shown.

    A frame shines from its flip to the next one. Where flips are not known (imports), the clip is taken to have been
    shown on time.
    """
    assert trial.clip_started_ns is not None, "a clip that was shown has begun"
    pts_ms = np.array([point.pts_ms for point in line])
    log = np.log10(np.maximum(DARKEST, np.array([point.luminance for point in line])))
    flips = bundle.flips_of(trial)
    since_ms = (times_ns - trial.clip_started_ns) / 1e6
    if len(flips) == 0:
        shown_ms, shown_log = pts_ms - pts_ms[0], log
    else:
        shown_ms = (flips["flip_ns"] - trial.clip_started_ns) / 1e6
        # A time line is to the microsecond, a time stamp is not.
        shown_log = log[_at_or_before(pts_ms, flips["clip_pts_ms"] + 0.002)]
    return shown_log[_at_or_before(shown_ms, since_ms)]


def _at_or_before(edges: Values, values: Values) -> NDArray[np.int64]:
    return np.maximum(0, np.searchsorted(edges, values, side="right") - 1)


def _measured(clip: Path) -> tuple[LuminancePoint, ...] | None:
    import av

    meter, points, due_ms = LuminanceMeter(), [], -np.inf
    try:
        with av.open(str(clip)) as container:
            for frame in container.decode(video=0):
                at_ms = float(frame.time or 0.0) * 1000
                if at_ms >= due_ms:
                    points.append(LuminancePoint(at_ms, meter.measure(frame)))
                    due_ms = at_ms + _MEASURED_EVERY_MS - 1e-6
    except (av.error.FFmpegError, IndexError):
        return None
    return tuple(points) or None
