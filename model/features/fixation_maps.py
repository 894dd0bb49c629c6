"""Where a participant looked on the clip: one map for each of eight equal parts of a trial.

A fixation is spread over what the eye sees sharply and the tracker cannot tell apart, and counts by how long it lasts
in the part. The player fits a clip into the screen, proportions kept, in its middle; so the map is of the clip's
picture, however large it was shown.
"""

import math
from pathlib import Path

import numpy as np

from model.features.gaze import read_events, read_samples

#: Change it whenever the same recording would give another map.
EXTRACTOR = "maps-1"
PARTS = 8
MAP_PX = 28
#: Deviation of a fixation, as a share of the screen's width: about one degree where a screen 53 cm wide is 65 cm away.
SPREAD_SCREEN = 0.02

_erf = np.vectorize(math.erf, otypes=[np.float64])


def fixation_maps(
    samples_file: Path,
    events_file: Path | None,
    duration_ms: float,
    screen_px: tuple[int, int],
    clip_px: tuple[int, int] | None,
) -> np.ndarray:
    """(PARTS, MAP_PX, MAP_PX) float32, rows from the top: how much longer a cell was looked at than if the gaze had
    been spread evenly over the whole map, which is 1. NaN throughout a part in which nothing was fixated.

    Without fixations, as in recordings whose tracker told none, the samples themselves are spread. `clip_px` None: the
    clip is not known, and the map is of the screen. Raises MediaError.
    """
    start_s, end_s, x, y = _fixations(events_file, screen_px)
    if not len(x):
        start_s, end_s, x, y = _samples(samples_file, screen_px)
    edges_s = np.arange(PARTS + 1) * (duration_ms / PARTS) / 1000.0
    looked_s = np.clip(np.minimum(edges_s[1:, None], end_s) - np.maximum(edges_s[:-1, None], start_s), 0.0, None)
    inside = looked_s.any(axis=0)
    looked_s, x, y = looked_s[:, inside], x[inside], y[inside]
    left, top, wide, high = _picture_on_screen(screen_px, clip_px)
    spread_y = SPREAD_SCREEN * screen_px[0] / screen_px[1]
    across, down = _shares(x, left, wide, SPREAD_SCREEN), _shares(y, top, high, spread_y)
    seconds = looked_s.sum(axis=1)
    heat = np.einsum("pk,ky,kx->pyx", looked_s, down, across)
    known = seconds > 0
    shares = heat / np.where(known, seconds, 1.0)[:, None, None]
    return np.where(known[:, None, None], shares * MAP_PX**2, np.nan).astype(np.float32)


def _fixations(events_file: Path | None, screen_px: tuple[int, int]) -> tuple[np.ndarray, ...]:
    """Start and end in seconds, x and y as shares of the screen, all (k,), of either eye."""
    if events_file is None:
        return (np.zeros(0),) * 4
    events = read_events(events_file)
    start, end = (np.asarray(events[name], dtype=np.float64) / 1000.0 for name in ("start_ms", "end_ms"))
    x, y = (np.asarray(events[name], dtype=np.float64) / size for name, size in zip("xy", screen_px, strict=True))
    usable = (events["kind"] == "fixation") & np.isfinite(start + end + x + y) & (end > start)
    return start[usable], end[usable], x[usable], y[usable]


def _samples(samples_file: Path, screen_px: tuple[int, int]) -> tuple[np.ndarray, ...]:
    """As _fixations, of single samples: each lasts as long as samples usually do."""
    samples = read_samples(samples_file, screen_px)
    seen = np.isfinite(samples.x) & np.isfinite(samples.y)
    lasts_s = float(np.median(np.diff(samples.t_s))) if len(samples.t_s) > 1 else 0.0
    start_s = samples.t_s[seen]
    return start_s, start_s + lasts_s, samples.x[seen], samples.y[seen]


def _picture_on_screen(
    screen_px: tuple[int, int], clip_px: tuple[int, int] | None
) -> tuple[float, float, float, float]:
    """Left, top, width and height of the picture, as shares of the screen."""
    if clip_px is None:
        return 0.0, 0.0, 1.0, 1.0
    scale = min(screen_px[0] / clip_px[0], screen_px[1] / clip_px[1])
    wide, high = clip_px[0] * scale / screen_px[0], clip_px[1] * scale / screen_px[1]
    return (1 - wide) / 2, (1 - high) / 2, wide, high


def _shares(places: np.ndarray, first: float, length: float, spread: float) -> np.ndarray:
    """(k, MAP_PX) share of a normal distribution around each place that falls into each cell from `first` on."""
    edges = first + length * np.arange(MAP_PX + 1) / MAP_PX
    below = 0.5 * (1.0 + _erf((edges - places[:, None]) / (spread * math.sqrt(2.0))))
    return np.asarray(np.diff(below, axis=1))
