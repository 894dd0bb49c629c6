"""How well the clocks of tracker and camera were mapped to the host's."""

from typing import Literal

import numpy as np

from collect.bundle.format import CAMERA_FRAMES_FILE, GAZE_CLOCK_FILE
from collect.bundle.reader import Bundle
from collect.bundle.trials import Trial
from collect.clock_mapping.mapping import ClockMapping, clock_mapping, late_clock_mapping
from collect.quality.format import ClockQuality
from collect.quality.session_time import SessionTime

#: Points kept for the plot; the figures are of all readings.
_POINTS = 300
#: Fewer readings than this within a trial say nothing of its 95th percentile: then the session's counts.
_LEAST_READINGS = 20


class SessionClocks:
    """The mappings of a session's parts. Each part has host times of its own, so each is mapped by itself."""

    def __init__(self, bundle: Bundle, time: SessionTime) -> None:
        self._time = time
        self._trackers = [_tracker_mapping(bundle, time, part) for part in range(time.parts)]
        self._cameras = [_camera_mapping(bundle, time, part) for part in range(time.parts)]

    def quality(self) -> tuple[ClockQuality, ...]:
        """What is known of each clock; one that told nothing is left out."""
        found = [self._of("tracker", part, mapping) for part, mapping in enumerate(self._trackers) if mapping]
        found += [self._of("camera", part, mapping) for part, mapping in enumerate(self._cameras) if mapping]
        return tuple(found)

    def tracker_residual_ms(self, trial: Trial) -> float | None:
        """95th percentile of the tracker's residuals in this trial, or in its part of the session; None: not known.

        Only the tracker is judged by it. A camera's residuals are how long frames waited to be fetched; its mapping
        lies along those that did not wait, and lost frames are judged by themselves.
        """
        mapping = self._trackers[trial.part]
        if mapping is None:
            return None
        residuals = np.abs(mapping.residuals_ms)
        if trial.clip_started_ns is not None and trial.clip_ended_ns is not None:
            times = mapping.readings_host_ns
            within = residuals[(times >= trial.clip_started_ns) & (times < trial.clip_ended_ns)]
            if len(within) >= _LEAST_READINGS:
                residuals = within
        return round(float(np.quantile(residuals, 0.95)), 4)

    def _of(self, device: Literal["tracker", "camera"], part: int, mapping: ClockMapping) -> ClockQuality:
        chosen = np.unique(np.linspace(0, mapping.n - 1, min(_POINTS, mapping.n)).astype(int))
        times = [self._time.seconds(part, int(t)) for t in mapping.readings_host_ns[chosen]]
        residuals = [round(float(ms), 4) for ms in mapping.residuals_ms[chosen]]
        return ClockQuality(
            device=device,
            part=part,
            readings=mapping.n,
            residual_ms_median=round(mapping.residual_median_ms, 4),
            residual_ms_p95=round(mapping.residual_p95_ms, 4),
            drift_ppm=round(mapping.drift_ppm, 2),
            points=tuple(zip(times, residuals, strict=True)),
        )


def _tracker_mapping(bundle: Bundle, time: SessionTime, part: int) -> ClockMapping | None:
    readings = time.part_of_table(GAZE_CLOCK_FILE, bundle.clock_readings(), part)
    return clock_mapping(readings["host_ns"], readings["device_ms"], readings["uncertainty_ns"])


def _camera_mapping(bundle: Bundle, time: SessionTime, part: int) -> ClockMapping | None:
    frames = time.part_of_table(CAMERA_FRAMES_FILE, bundle.camera_frames(), part)
    frames = frames[frames["device_ns"] >= 0]
    if len(frames) < 2 or bundle.header.origin == "imported":
        return None
    return late_clock_mapping(frames["host_ns"], frames["device_ns"] / 1e6)
