"""The clip that the screen flashes with: dark and light by turns, for times that do not repeat."""

from pathlib import Path

import av
import numpy as np
from numpy.random import Generator

FPS = 30
#: Grey values, away from black and white: what a camera clips tells no time.
DARK, LIGHT = 30, 200
#: Seconds that one of them lasts. Never more than three flashes a second: some people get seizures from them.
SHORTEST_S, LONGEST_S = 0.45, 0.85
_WIDTH, _HEIGHT = 320, 180


def flash_states(seconds: float, random: Generator) -> list[bool]:
    """For each frame of the clip, is it light? Random times, so that no camera's rate keeps step with them."""
    states: list[bool] = []
    light = False
    while len(states) < seconds * FPS:
        states += [light] * int(random.integers(round(SHORTEST_S * FPS), round(LONGEST_S * FPS) + 1))
        light = not light
    return states


def write_flashes(path: Path, states: list[bool]) -> None:
    """A silent clip of these frames."""
    with av.open(str(path), "w", format="mp4") as container:
        # Many key frames: a change of light must be in one frame at once and whole.
        video = container.add_stream("libx264", rate=FPS, options={"preset": "ultrafast", "crf": "10", "g": "1"})
        video.width, video.height, video.pix_fmt = _WIDTH, _HEIGHT, "yuv420p"
        for light in states:
            picture = np.full((_HEIGHT, _WIDTH, 3), LIGHT if light else DARK, np.uint8)
            container.mux(video.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(video.encode(None))
