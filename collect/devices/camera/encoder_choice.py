"""Which x264 preset this machine can hold: tried at setup, on pictures that the camera has just taken."""

import time
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from collect.devices.camera.face_video import VideoEncoder
from collect.devices.errors import EncoderTooSlowError

#: From the one that makes the best picture of a bit to the one that takes the least time.
PRESETS = ("veryfast", "superfast", "ultrafast")
#: The share of one core that encoding may take, with few cores and with enough of them: the clip is decoded and drawn
#: on the same machine.
_FEW_CORES, _SHARE_OF_FEW, _SHARE = 4, 0.35, 0.6
#: The quickest preset is taken up to this share; beyond it pictures would be lost.
_MOST = 0.8
_ROUNDS = 2


class EncoderChoice(NamedTuple):
    """`load`: the share of one core that it took."""

    preset: str
    load: float


def choose_encoder(seconds_per_picture: Callable[[str], float], fps: float, cores: int, size: str) -> EncoderChoice:
    """The best preset that leaves head room.

    :param seconds_per_picture: measures a preset: seconds of one core. :param size: of the pictures, for the message.
    :raises EncoderTooSlowError: not even the quickest keeps up.
    """
    share = _SHARE if cores >= _FEW_CORES else _SHARE_OF_FEW
    load = 0.0
    for preset in PRESETS:
        load = seconds_per_picture(preset) * fps
        if load <= (share if preset != PRESETS[-1] else _MOST):
            return EncoderChoice(preset, load)
    raise EncoderTooSlowError(
        f"This machine cannot encode {size} at {fps:g} pictures a second: even x264's quickest preset took"
        f" {load * 100:.0f} % of a processor core, and {_MOST * 100:.0f} % is the most. Choose a smaller size or rate"
        " in the study's field 'camera', end other programs, or take a quicker machine."
    )


def measured(preset: str, pictures: Sequence[NDArray[np.uint8]], fps: float) -> float:
    """Seconds of processor time that one of these pictures takes, encoded as `FaceVideoWriter` does.

    Time of this thread, in which x264 works: what other programs do just now does not count.
    """
    first = pictures[0]
    height = first.shape[0] if first.ndim == 3 else first.shape[0] * 2 // 3
    encoder = VideoEncoder(first.shape[1], height, fps, preset)
    # Forth and back, so that no cut between two rounds is dearer than what the camera gives.
    order = [*pictures, *reversed(pictures)] * _ROUNDS
    begun = time.thread_time()
    for number, picture in enumerate(order):
        encoder.encode(picture, round(number * 1000 / fps))
    return (time.thread_time() - begun) / len(order)
