"""The seven protocols of EMER, and which measures answer each. A reading of the data set, kept here as one list."""

from collections.abc import Mapping
from dataclasses import dataclass

from annotate.scales import Instrument

_CLASSES = ("war", "uar", "weighted_f1")
_NUMBERS = ("ccc", "pcc", "rmse", "mae")


@dataclass(frozen=True)
class Protocol:
    """`measures` are names in Scores.measures."""

    name: str
    instrument: Instrument
    says: str
    measures: tuple[str, ...]


def _protocol(name: str, says: str, scales: Mapping[str, tuple[str, ...]]) -> Protocol:
    instrument = Instrument(name.split("-")[0])
    return Protocol(name, instrument, says, tuple(f"{scale}_{each}" for scale in scales for each in scales[scale]))


_VA = {"valence": _NUMBERS, "arousal": _NUMBERS}

PROTOCOLS: tuple[Protocol, ...] = (
    _protocol("ER-3", "felt: positive, negative or neutral", {"three": _CLASSES}),
    _protocol("ER-7", "felt: seven emotions", {"seven": _CLASSES}),
    _protocol("ER-VA", "felt: valence and arousal", _VA),
    _protocol("FER-3", "shown: positive, negative or neutral", {"three": _CLASSES}),
    _protocol("FER-7", "shown: seven emotions", {"seven": _CLASSES}),
    _protocol("FER-VA", "shown: valence and arousal", _VA),
    _protocol("FER-intensity", "shown: how strongly", {"intensity": _NUMBERS}),
)
