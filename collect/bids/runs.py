"""A session as BIDS runs: each stretch of recording that has one clock, from its first gaze sample on."""

from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from collect.bundle.format import (
    CAMERA_FRAMES_FILE,
    GAZE_EVENTS_FILE,
    GAZE_MESSAGES_FILE,
    GAZE_SAMPLES_FILE,
    JournalEvent,
    SessionResumed,
)
from collect.bundle.reader import Bundle
from collect.bundle.tables import Table
from collect.bundle.trials import Trial


@dataclass(frozen=True)
class Run:
    """What was recorded between two resumes of a session; most sessions are one run, whose `number` is None.

    Zero of a run is its first gaze sample (without any, its first journal line): times in all its files count from
    there, in seconds of the host's clock.
    """

    number: int | None
    zero_ns: int
    journal: tuple[JournalEvent, ...]
    trials: tuple[Trial, ...]
    samples: Table
    eye_events: Table
    messages: Table
    camera_frames: Table

    @property
    def entity(self) -> str:
        """The part of a file name that tells the run; '' where the session is one."""
        return "" if self.number is None else f"_run-{self.number}"

    def seconds(self, host_ns: int) -> float:
        return round((host_ns - self.zero_ns) / 1e9, 6)

    @property
    def timestamps_ms(self) -> npt.NDArray[np.float64]:
        """(N,): the tracker's own time of every sample, in ms; where it has none, host time since zero."""
        if self.tracker_has_clock:
            return np.asarray(self.samples["device_ms"])
        return np.asarray((self.samples["host_ns"] - self.zero_ns) / 1e6)

    @property
    def tracker_has_clock(self) -> bool:
        return bool(np.isfinite(self.samples["device_ms"]).all())

    def timestamp_ms(
        self, host_ns: npt.NDArray[np.int64], device_ms: npt.NDArray[np.float64]
    ) -> npt.NDArray[np.float64]:
        """(N,): times of events as the samples' timestamps count.

        Where an event has no time of the tracker, it stands as far from the nearest sample as on the host's clock.
        """
        near = _nearest(np.asarray(self.samples["host_ns"]), host_ns)
        mapped = self.timestamps_ms[near] + (host_ns - self.samples["host_ns"][near]) / 1e6
        if not self.tracker_has_clock:
            return np.round(mapped, 6)
        return np.where(np.isfinite(device_ms), device_ms, np.round(mapped, 3))


def runs_of(bundle: Bundle) -> tuple[Run, ...]:
    """The session's runs in their order; parts in which neither a trial began nor the tracker recorded are left out."""
    resumes = [place for place, event in enumerate(bundle.journal) if isinstance(event, SessionResumed)]
    cuts = [0, *resumes, len(bundle.journal)]
    parts = [
        _part(bundle, part, bundle.journal[start:end])
        for part, (start, end) in enumerate(pairwise(cuts))
        if end > start
    ]
    used = [part for part in parts if part.trials or len(part.samples)]
    if len(used) == 1:
        return tuple(used)
    return tuple(replace(run, number=number) for number, run in enumerate(used, start=1))


def _part(bundle: Bundle, part: int, journal: tuple[JournalEvent, ...]) -> Run:
    samples = bundle.of_part(part, GAZE_SAMPLES_FILE, bundle.gaze_samples())
    return Run(
        number=None,
        zero_ns=int(samples["host_ns"][0]) if len(samples) else journal[0].t_ns,
        journal=journal,
        trials=tuple(trial for trial in bundle.trials if trial.part == part),
        samples=samples,
        eye_events=bundle.of_part(part, GAZE_EVENTS_FILE, bundle.eye_events()),
        messages=bundle.of_part(part, GAZE_MESSAGES_FILE, bundle.gaze_messages()),
        camera_frames=bundle.of_part(part, CAMERA_FRAMES_FILE, bundle.camera_frames()),
    )


def _nearest(times: npt.NDArray[np.int64], wanted: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Place in `times` (ascending, not empty) of the one nearest to each of `wanted`."""
    after = np.clip(np.searchsorted(times, wanted), 1, max(1, len(times) - 1))
    if len(times) == 1:
        return np.zeros(len(wanted), dtype=np.int64)
    before = after - 1
    return np.where(wanted - times[before] <= times[after] - wanted, before, after)
