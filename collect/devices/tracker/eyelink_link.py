"""Samples and eye events as they come over an EyeLink's link, in the host's time."""

import math
from collections.abc import Callable
from typing import Any

from collect.devices.protocols import EyeEvent, GazeSample
from collect.devices.tracker.eyelink_host import EyeLinkHost

#: More than two seconds at 2000 Hz; a poll never turns into an endless loop.
_LARGEST_POLL = 5000
#: The library documents the number, but gives it no name.
_LEFT_EYE = 0


class LinkData:
    """Reads what waits on the link. host_ns: the clock mapping, from the tracker's ms."""

    def __init__(self, host: EyeLinkHost, host_ns: Callable[[float], int]) -> None:
        self._host, self._host_ns = host, host_ns

    def read(self) -> tuple[list[GazeSample], list[EyeEvent]]:
        """All that waits. Raises TrackerUnavailableError where the link breaks."""
        host, library = self._host, self._host.library
        kinds = {library.ENDFIX: self._fixation, library.ENDSACC: self._saccade, library.ENDBLINK: self._blink}
        samples: list[GazeSample] = []
        events: list[EyeEvent] = []
        for _ in range(_LARGEST_POLL):
            kind = host.asked("reading the link", host.link.getNextData)
            if kind == 0:
                break
            if kind == library.SAMPLE_TYPE:
                samples.append(self._sample(host.link.getFloatData()))
            elif kind in kinds:
                events.append(kinds[kind](host.link.getFloatData()))
        return samples, events

    def _sample(self, raw: Any) -> GazeSample:
        left = self._eye(raw.getLeftEye()) if raw.isLeftSample() else (math.nan,) * 3
        right = self._eye(raw.getRightEye()) if raw.isRightSample() else (math.nan,) * 3
        time_ms = float(raw.getTime())
        return GazeSample(self._host_ns(time_ms), time_ms, *left, *right)

    def _eye(self, raw: Any) -> tuple[float, float, float]:
        x, y = raw.getGaze()
        pupil = float(raw.getPupilSize())
        # In a blink the tracker gives no gaze, and a pupil of 0, which is no measurement either.
        return self._present(x), self._present(y), self._present(pupil) if pupil > 0 else math.nan

    def _fixation(self, raw: Any) -> EyeEvent:
        x, y = raw.getAverageGaze()
        return self._event("fixation", raw, (x, y), pupil=float(raw.getAveragePupilSize()))

    def _saccade(self, raw: Any) -> EyeEvent:
        return self._event("saccade", raw, raw.getStartGaze(), raw.getEndGaze())

    def _blink(self, raw: Any) -> EyeEvent:
        return self._event("blink", raw)

    def _event(
        self, kind: Any, raw: Any, start: Any = (math.nan, math.nan), end: Any = (math.nan, math.nan),
        pupil: float = math.nan,
    ) -> EyeEvent:  # fmt: skip
        start_ms, end_ms = float(raw.getStartTime()), float(raw.getEndTime())
        return EyeEvent(
            kind, "L" if raw.getEye() == _LEFT_EYE else "R",
            self._host_ns(start_ms), self._host_ns(end_ms), start_ms, end_ms,
            self._present(start[0]), self._present(start[1]), self._present(end[0]), self._present(end[1]),
            pupil, "tracker",
        )  # fmt: skip

    def _present(self, value: float) -> float:
        return math.nan if value == self._host.library.MISSING_DATA else float(value)
