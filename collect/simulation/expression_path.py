"""How a simulated face moves through a session: calm, an expression that comes, lives and goes, blinks, head."""

import math
from dataclasses import dataclass

import numpy as np

from collect.bundle.format import Emotion
from collect.simulation.expression import Expression, level_of
from collect.simulation.face import FacePose

_BLINK_S = 0.26
_OFFSET_S = 0.9


@dataclass(frozen=True)
class _Episode:
    """One expression: it begins `onset_s` after `start_ns` and takes `rise_s` to its apex."""

    expression: Expression
    start_ns: int
    onset_s: float
    rise_s: float
    wave_hz: float
    wave_phase: float
    stop_ns: int | None = None


class ExpressionPath:
    """Pose by time. Times only go forward; the head and the lids are random, but the same for the same seed."""

    def __init__(self, random: np.random.Generator, start_ns: int) -> None:
        self._random = random
        self._epoch_ns = start_ns
        self._episode: _Episode | None = None
        self._waves = [[(random.uniform(0.03, 0.22), random.uniform(0, 2 * math.pi), random.normal(0, size))
                        for _ in range(3)] for size in (0.7, 0.5, 0.005, 0.008)]  # fmt: skip
        self._blink_ns = start_ns + self._until_blink()

    def begin(self, expression: Expression, clip_begins_ns: int) -> None:
        """An expression that comes some time after the clip has begun."""
        random = self._random
        self._episode = _Episode(
            expression, clip_begins_ns, float(random.uniform(0.9, 1.6)), float(random.uniform(0.4, 0.9)),
            float(random.uniform(0.12, 0.3)), float(random.uniform(0, 2 * math.pi)),
        )  # fmt: skip

    def end(self, now_ns: int) -> None:
        """The face comes to rest."""
        if self._episode is not None and self._episode.stop_ns is None:
            self._episode = _Episode(**{**self._episode.__dict__, "stop_ns": now_ns})

    def pose(self, now_ns: int) -> FacePose:
        """The pose at now_ns, which is not before any earlier one."""
        emotion: Emotion = "neutral"
        felt, level = True, 0.0
        if self._episode is not None:
            emotion, _, felt = self._episode.expression
            level = _level(self._episode, now_ns)
        seconds = (now_ns - self._epoch_ns) / 1e9
        move_x, move_y, roll, light = (
            sum(size * math.sin(2 * math.pi * hz * seconds + phase) for hz, phase, size in waves)
            for waves in self._waves
        )
        # A strong feeling moves the head: surprise draws it back, sadness sinks it.
        nod = {"sadness": 1.6, "surprise": -1.8, "fear": -1.2, "anger": 1.2}.get(emotion, 0.0) * level
        return FacePose(emotion, felt, level, self._lids(now_ns), move_x, move_y + nod, roll, 1.0 + light)

    def _lids(self, now_ns: int) -> float:
        share = (now_ns - self._blink_ns) / (_BLINK_S * 1e9)
        if share >= 1:
            self._blink_ns = now_ns + self._until_blink()
            return 0.0
        # Lids fall about twice as fast as they rise.
        return 0.0 if share < 0 else min(1.0, share / 0.3) if share < 0.45 else max(0.0, (1 - share) / 0.55)

    def _until_blink(self) -> int:
        return round(1e9 * (0.8 + float(self._random.exponential(3.2))))


def _level(episode: _Episode, now_ns: int) -> float:
    """0 … 1: a smooth rise, an apex that lives a little, a smooth end."""
    apex = level_of(episode.expression.intensity)
    seconds = ((now_ns if episode.stop_ns is None else min(now_ns, episode.stop_ns)) - episode.start_ns) / 1e9
    rise = _smooth((seconds - episode.onset_s) / episode.rise_s)
    life = 0.93 + 0.07 * math.sin(2 * math.pi * episode.wave_hz * seconds + episode.wave_phase)
    level = apex * rise * life
    if episode.stop_ns is not None:
        level *= 1 - _smooth((now_ns - episode.stop_ns) / 1e9 / _OFFSET_S)
    return level


def _smooth(share: float) -> float:
    share = min(max(share, 0.0), 1.0)
    return share * share * (3 - 2 * share)
