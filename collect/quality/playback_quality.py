"""How the frames of a clip were shown, against their times in the clip."""

import numpy as np

from collect.bundle.tables import Table
from collect.bundle.trials import Trial
from collect.quality.format import PlaybackQuality
from collect.quality.intervals import interval_histogram

#: Where the screen's refresh is not known.
_USUAL_REFRESH_HZ = 60.0


def playback_quality(trial: Trial, flips: Table, refresh_hz: float | None) -> PlaybackQuality | None:
    """None where it is not known: an import tells no frames. flips: as Bundle.flips_of gives them."""
    frames = trial.frames_in_clip
    if frames is None or frames == 0:
        return None
    shown = len(np.unique(flips["frame"])) if len(flips) else 0
    offset_ms = None
    if trial.sound_ns is not None and trial.clip_started_ns is not None:
        offset_ms = round((trial.sound_ns - trial.clip_started_ns) / 1e6, 2)
    late_ms = lateness_ms(flips)
    period_ms = 1000 / (refresh_hz or _USUAL_REFRESH_HZ)
    p50, p95, most = (
        tuple(round(float(v), 2) for v in np.percentile(late_ms, (50, 95, 100))) if shown else (None, None, None)
    )
    # Judged by the frame's time in the clip, so that variable frame rates get no false gaps.
    return PlaybackQuality(
        frames_in_clip=frames,
        frames_shown=shown,
        frames_skipped=max(0, frames - shown),
        frames_late=int((late_ms > period_ms + 0.5).sum()),
        shown=round(min(1.0, shown / frames), 4),
        late_ms_p50=p50,
        late_ms_p95=p95,
        late_ms_max=most,
        intervals=interval_histogram(np.diff(flips["flip_ns"]) / 1e6, _usual_ms(flips)),
        sound_offset_ms=offset_ms,
    )


def lateness_ms(flips: Table) -> np.ndarray:
    """(N,) how long after its time in the clip each frame was flipped; the first flip is the clip's zero."""
    if len(flips) == 0:
        return np.empty(0)
    since_ms = (flips["flip_ns"] - flips["flip_ns"][0]) / 1e6
    return since_ms - (flips["clip_pts_ms"] - flips["clip_pts_ms"][0])


def _usual_ms(flips: Table) -> float:
    """The clip's own frame interval, by its time stamps; to a tenth of a ms, so that clips of one rate are alike."""
    steps = np.diff(flips["clip_pts_ms"]) / np.maximum(1, np.diff(flips["frame"]))
    return round(float(np.median(steps)), 1) if len(steps) else 0.0
