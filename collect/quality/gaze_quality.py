"""How much of a clip the tracker saw the eyes."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from collect.bundle.format import ScreenInfo, TrackerInfo
from collect.bundle.tables import Table
from collect.quality.format import Gap, GazeQuality, GazeSecond

#: Shorter losses are noise, longer ones no blink (a blink lasts about 0.1 to 0.4 s).
BLINK_S = (0.07, 0.5)
Mask = NDArray[np.bool_]


def gaze_quality(
    samples: Table, events: Table, start_ns: int, end_ns: int, tracker: TrackerInfo, screen: ScreenInfo
) -> GazeQuality | None:
    """Of the samples and events of one clip, start_ns to end_ns. None for a clip of no length.

    samples, events: as Bundle.samples_of and eye_events_of give them.
    """
    duration_s = (end_ns - start_ns) / 1e9
    if duration_s <= 0:
        return None
    since_s = (samples["host_ns"] - start_ns) / 1e9
    seen = {"L": _seen(samples, "left"), "R": _seen(samples, "right")}
    either = seen["L"] | seen["R"]
    expected = max(round(duration_s * tracker.rate_hz), len(samples))
    gaps = losses(since_s, either, duration_s, 1 / tracker.rate_hz)
    blinks, blinks_from = _blinks(events, gaps)
    return GazeQuality(
        samples=len(samples),
        expected=expected,
        valid=_share(either.sum(), expected),
        left=_share(seen["L"].sum(), expected) if "L" in tracker.eyes else None,
        right=_share(seen["R"].sum(), expected) if "R" in tracker.eyes else None,
        on_screen=_on_screen(samples, seen, screen),
        blinks=blinks,
        blinks_from=blinks_from,
        gaps=tuple(Gap(from_s=round(a, 3), to_s=round(b, 3)) for a, b in gaps if b - a > BLINK_S[1]),
        seconds=_seconds(since_s, seen, duration_s, tracker),
    )


def losses(since_s: NDArray[Any], seen: Mask, duration_s: float, period_s: float) -> list[tuple[float, float]]:
    """Spans (from, to) in seconds without any valid sample, of at least BLINK_S[0]; missing samples count as unseen."""
    valid_s = since_s[seen]
    edges = np.concatenate([[-period_s], valid_s, [duration_s]])
    spans = np.diff(edges)
    wide = np.flatnonzero(spans >= BLINK_S[0] + period_s)
    return [(max(0.0, float(edges[k] + period_s)), float(edges[k + 1])) for k in wide]


def _seen(samples: Table, eye: str) -> Mask:
    return np.isfinite(samples[f"{eye}_x"]) & np.isfinite(samples[f"{eye}_y"])


def _share(part: float, whole: float) -> float:
    return round(min(1.0, float(part) / whole), 4) if whole else 0.0


def _on_screen(samples: Table, seen: dict[str, Mask], screen: ScreenInfo) -> float | None:
    """Of the left eye where it is seen, else of the right."""
    x = np.where(seen["L"], samples["left_x"], samples["right_x"])
    y = np.where(seen["L"], samples["left_y"], samples["right_y"])
    either = seen["L"] | seen["R"]
    if not either.any():
        return None
    inside = (x >= 0) & (x < screen.width_px) & (y >= 0) & (y < screen.height_px)
    return _share((inside & either).sum(), either.sum())


def _blinks(events: Table, gaps: list[tuple[float, float]]) -> tuple[int, Any]:
    """A blink of both eyes is one blink."""
    if len(events) == 0:
        return sum(BLINK_S[0] <= to - start <= BLINK_S[1] for start, to in gaps), "gaps"
    blinks = events[events["kind"] == "blink"]
    spans = sorted(zip(blinks["start_host_ns"].tolist(), blinks["end_host_ns"].tolist(), strict=True))
    count, until = 0, None
    for start, end in spans:
        if until is None or start > until:
            count += 1
        until = end if until is None else max(until, end)
    return count, "tracker" if (events["source"] == "tracker").any() else "samples"


def _seconds(
    since_s: NDArray[Any], seen: dict[str, Mask], duration_s: float, tracker: TrackerInfo
) -> tuple[GazeSecond, ...]:
    # What is left of a clip of 8.01 s is no second: it goes with the one before.
    bins = max(1, int(np.ceil(duration_s - 0.1)))
    lengths = np.append(np.ones(bins - 1), duration_s - (bins - 1))
    second = np.clip(since_s.astype(int), 0, bins - 1)
    came = np.bincount(second, minlength=bins)
    # A tracker gives a sample more or less than its rate says in any one second.
    expected = np.maximum(np.maximum(np.floor(lengths * tracker.rate_hz), came), 1)
    both = {"any": seen["L"] | seen["R"], "left": seen["L"], "right": seen["R"]}
    shares = {name: np.bincount(second, mask, bins) / expected for name, mask in both.items()}
    return tuple(
        GazeSecond(
            any=round(float(shares["any"][k]), 3),
            left=round(float(shares["left"][k]), 3) if "L" in tracker.eyes else None,
            right=round(float(shares["right"][k]), 3) if "R" in tracker.eyes else None,
        )
        for k in range(bins)
    )
