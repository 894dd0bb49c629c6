"""One stream of Lab Streaming Layer: found, read, its clock compared with ours. The only file that imports pylsl."""

import ctypes
from typing import Any

import numpy as np
from numpy.typing import NDArray

from collect.bundle.study_devices import LSLTracker
from collect.devices.errors import TrackerUnavailableError
from collect.devices.protocols import Clock, ClockReading

_NS_PER_S, _MS_PER_S = 1_000_000_000, 1000.0
#: A tracker's program answers within a fraction of a second; a network that just woke up may take some more.
_FIND_S, _LOOK_AROUND_S, _CONNECT_S = 10.0, 1.0, 10.0
#: Seconds of samples kept while nobody reads: a self-report page may stand for minutes.
_BUFFER_S = 360
_LARGEST_CHUNK = 4096
#: The library's own clock is read between two readings of ours; of so many the quickest counts.
_READINGS_OF_LIBRARY = 5
_RATE_TOLERANCE = 0.05


class LSLStream:
    """Satisfies nobody's Protocol: what LSLEyeTracker needs of the library, and no more.

    Every method raises TrackerUnavailableError, in words, where the stream is lost.
    """

    def __init__(self, settings: LSLTracker, clock: Clock, find_s: float = _FIND_S) -> None:
        """Find the stream and connect. find_s: seconds until it is told that there is none, and which there are."""
        import pylsl

        self._library, self._clock, self._name = pylsl, clock, settings.stream
        described = self._found(settings, find_s)
        # Not 'recover': a tracker that comes back has another clock and another calibration, which people must see to.
        self._inlet: Any = pylsl.StreamInlet(described, max_buflen=_BUFFER_S, recover=False, as_numpy=True)
        self._last_correction_s: float | None = None
        try:
            self.info = self._inlet.info(_CONNECT_S)
            self._inlet.open_stream(_CONNECT_S)
        except (pylsl.util.LostError, TimeoutError) as error:
            raise self._lost("does not answer") from error
        self._check(settings)

    @property
    def labels(self) -> list[str]:
        return [label or "" for label in self.info.get_channel_labels() or []]

    def pull(self) -> tuple[NDArray[np.float64], NDArray[Any]]:
        """What waits: times (N,) in s of the sender's clock, values (N, channels). Each sample once, in order."""
        times, values = [], []
        try:
            while True:
                chunk, stamps = self._inlet.pull_chunk(timeout=0.0, max_samples=_LARGEST_CHUNK)
                times.append(stamps)
                values.append(chunk)
                if len(stamps) < _LARGEST_CHUNK:
                    break
        except self._library.util.LostError as error:
            raise self._lost("broke off") from error
        return np.concatenate(times), np.concatenate(values)

    def flush(self) -> None:
        """Forget what waits."""
        self._inlet.flush()

    def clock_reading(self, wait_s: float = 0.0) -> ClockReading | None:
        """How the sender's clock stood when the library last asked it; None where that was told before.

        wait_s: for the first answer of all.
        """
        correction, asked_s, trip_s = self._correction(wait_s)
        if asked_s == self._last_correction_s:
            return None
        self._last_correction_s = asked_s
        library_to_host_ns, half_look_ns = self._library_to_host()
        host_ns = round((asked_s + correction) * _NS_PER_S) + library_to_host_ns
        return ClockReading(host_ns, asked_s * _MS_PER_S, round(trip_s / 2 * _NS_PER_S) + half_look_ns)

    def close(self) -> None:
        self._inlet.close_stream()

    def _correction(self, wait_s: float) -> tuple[float, float, float]:
        """(seconds to add to the sender's clock, the sender's time when it was asked, seconds of the round trip).

        Of the library's C interface, since its Python one tells only the first of the three.
        """
        ask = self._library.util.lib.lsl_time_correction_ex
        ask.restype = ctypes.c_double
        asked_s, trip_s, error = ctypes.c_double(), ctypes.c_double(), ctypes.c_int()
        correction = ask(
            self._inlet.obj, ctypes.byref(asked_s), ctypes.byref(trip_s), ctypes.c_double(wait_s or _CONNECT_S),
            ctypes.byref(error),
        )  # fmt: skip
        if error.value != 0:
            raise self._lost("does not tell its clock")
        return float(correction), asked_s.value, trip_s.value

    def _library_to_host(self) -> tuple[int, int]:
        """Nanoseconds to add to the library's local clock, and how unsure they are."""
        looks = []
        for _ in range(_READINGS_OF_LIBRARY):
            before_ns = self._clock.now_ns()
            library_s = self._library.local_clock()
            took_ns = self._clock.now_ns() - before_ns
            looks.append((took_ns, before_ns + took_ns // 2 - round(library_s * _NS_PER_S)))
        took_ns, offset_ns = min(looks)
        return offset_ns, took_ns // 2 + 1

    def _found(self, settings: LSLTracker, find_s: float) -> Any:
        library = self._library
        # Asked for by the library itself: whoever answers first may be another stream of that name.
        asked = f"name={_quoted(settings.stream)}"
        if settings.source_id is not None:
            asked += f" and source_id={_quoted(settings.source_id)}"
        wanted = library.resolve_bypred(asked, 1, find_s)
        if settings.source_id is None and len(wanted) == 1:
            wanted = library.resolve_bypred(asked, 2, _LOOK_AROUND_S) or wanted
        if len(wanted) == 1:
            return wanted[0]
        if wanted:
            sources = ", ".join(f"'{stream.source_id()}'" for stream in wanted)
            raise TrackerUnavailableError(
                f"There are {len(wanted)} streams named '{settings.stream}' (sources {sources}). Say in the study's "
                "field 'tracker.source_id' which one it is."
            )
        visible = ", ".join(f"'{s.name()}' (source '{s.source_id()}')" for s in library.resolve_streams(_LOOK_AROUND_S))
        source = "" if settings.source_id is None else f" with the source '{settings.source_id}'"
        raise TrackerUnavailableError(
            f"There is no stream named '{settings.stream}'{source}. Streams that are there: {visible or 'none'}. "
            "Start the tracker's program and its streaming, let both computers be in one network, and look at the "
            "study's field 'tracker.stream'."
        )

    def _check(self, settings: LSLTracker) -> None:
        if self.info.channel_format() == self._library.cf_string:
            raise TrackerUnavailableError(
                f"The stream '{self._name}' holds texts, not numbers. Name a stream of gaze in the study's field "
                "'tracker.stream'."
            )
        rate_hz = self.info.nominal_srate()
        if rate_hz > 0 and abs(rate_hz - settings.rate_hz) > _RATE_TOLERANCE * settings.rate_hz:
            raise TrackerUnavailableError(
                f"The stream '{self._name}' says that it gives {rate_hz:g} samples a second; the study says "
                f"{settings.rate_hz:g}. Correct the study's field 'tracker.rate_hz', or the tracker's rate."
            )

    def _lost(self, how: str) -> TrackerUnavailableError:
        return TrackerUnavailableError(
            f"The stream '{self._name}' {how}: the tracker's program or the network is gone. Start the program again, "
            "look at the cable, then resume the session."
        )


def _quoted(text: str) -> str:
    """A text in XPath, which has no escapes: between the quotation marks that the text lacks."""
    return f'"{text}"' if "'" in text else f"'{text}'"
