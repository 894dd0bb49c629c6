"""How loud a clip is: integrated loudness and true peak by EBU R 128 (ITU-R BS.1770), from decoded sound.

FFmpeg's `ebur128` filter measures the loudness. The true peak is taken here from the same sound at 192 kHz, as
BS.1770 has it, because the filter tells it in steps too coarse for a quiet clip.
"""

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import av

#: Below this BS.1770's gate leaves nothing over: silence has no loudness.
_GATE_LUFS = -70.0
_PEAK_RATE_HZ = 192_000
_MEASURING_RATE_HZ = 48_000


class LoudnessMeter:
    """Takes a clip's audio frames in their order, then tells what they amount to.

    Mono is measured as it is heard in a lab: from both loudspeakers, 3 LU above the single channel.
    """

    def __init__(self) -> None:
        import av

        self._again = (av.error.BlockingIOError, av.error.EOFError)
        # One format for everything that follows: sound in a file may change its format from frame to frame.
        self._measured = av.AudioResampler(format="dblp", rate=_MEASURING_RATE_HZ)
        self._oversampled = av.AudioResampler(format="dblp", rate=_PEAK_RATE_HZ)
        self._graph: av.filter.Graph | None = None
        self._peak = 0.0
        self._lufs = -math.inf

    def take(self, frame: "av.AudioFrame") -> None:
        frame.pts = None  # a gap in the sound is no loudness; the resamplers must not fill it
        for part in self._oversampled.resample(frame):
            self._peak = max(self._peak, float(np.abs(part.to_ndarray()).max(initial=0.0)))
        for part in self._measured.resample(frame):
            self._push(part)

    def finish(self) -> tuple[float | None, float | None]:
        """(integrated loudness in LUFS, true peak in dBTP); None where there is nothing to be heard.

        The loudness is also None for sound shorter than the 0.4 s that one block of the measurement takes.
        """
        for part in self._oversampled.resample(None):
            self._peak = max(self._peak, float(np.abs(part.to_ndarray()).max(initial=0.0)))
        for part in self._measured.resample(None):
            self._push(part)
        if self._graph is not None:
            self._graph.push(None)
            self._pull()
        lufs = self._lufs if self._lufs > _GATE_LUFS else None
        return lufs, 20 * math.log10(self._peak) if self._peak > 0 else None

    def _push(self, frame: "av.AudioFrame") -> None:
        if self._graph is None:
            self._graph = _ebur128(frame)
        self._graph.push(frame)
        self._pull()

    def _pull(self) -> None:
        assert self._graph is not None
        while True:
            try:
                out = self._graph.pull()
            except self._again:
                return
            self._lufs = float(out.metadata.get("lavfi.r128.I", self._lufs))


def _ebur128(frame: "av.AudioFrame") -> "av.filter.Graph":
    import av

    graph = av.filter.Graph()
    source = graph.add_abuffer(
        sample_rate=frame.sample_rate, format=frame.format, layout=frame.layout, time_base=frame.time_base
    )
    meter = graph.add("ebur128", "metadata=1:dualmono=1")
    sink = graph.add("abuffersink")
    source.link_to(meter)
    meter.link_to(sink)
    graph.configure()
    return graph
