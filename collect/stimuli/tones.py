"""A simple tune for a placeholder clip."""

import numpy as np
import numpy.typing as npt

from collect.stimuli.clip_file import SOUND_HZ

_LOUDEST = 0.2  # of full scale; a placeholder shall startle nobody


def tune(notes: tuple[int, ...], note_s: float, harshness: float, seconds: float) -> npt.NDArray[np.float32]:
    """Play MIDI notes over and over: (seconds · SOUND_HZ,) in [-1, 1].

    `harshness` 0 is a pure tone, 1 one with strong overtones.
    """
    t = np.arange(round(seconds * SOUND_HZ)) / SOUND_HZ
    which = (t / note_s).astype(int)
    into = t - which * note_s
    frequency = 440.0 * 2.0 ** ((np.array(notes)[which % len(notes)] - 69) / 12)
    wave = sum(np.sin(2 * np.pi * frequency * n * into) * (harshness**n if n > 1 else 1.0) / n for n in range(1, 6))
    attack = np.minimum(1.0, into / 0.02)
    decay = np.exp(-2.5 * into / note_s) * np.minimum(1.0, (note_s - into) / 0.02)
    ends = np.minimum(1.0, np.minimum(t, seconds - t) / 0.1)
    sound = wave * attack * decay * ends
    return (_LOUDEST * sound / np.abs(sound).max()).astype(np.float32)
