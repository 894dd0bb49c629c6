"""Gaze, pupil and eye events of one trial, as a function of what is felt and never of what is shown.

A trial is made in chunks, each when it is first needed: a session in real time asks for a few milliseconds at a time, a
virtual one for everything. Both get the same numbers.
"""

from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from collect.bundle.format import Emotion
from collect.simulation.gaze_style import Eyes, GazeStyle, style_of

Values = NDArray[np.floating[Any]]

CHUNK_MS = 4000.0
#: Saccade duration on the main sequence, Carpenter (1988): 2.2 ms a degree and 21 ms more.
_SACCADE_MS_PER_DEG, _SACCADE_MS = 2.2, 21.0
#: No emotion acts at once: it comes with the clip.
_ONSET_MS, _RISE_MS = 700.0, 600.0


class EyeMovement(NamedTuple):
    """One event of both eyes in milliseconds since the trial's start; places are the left eye's, in pixels."""

    kind: Literal["fixation", "saccade", "blink"]
    start_ms: float
    end_ms: float
    x: float
    y: float
    end_x: float
    end_y: float


@dataclass(frozen=True)
class ScreenGeometry:
    """Pixels of the screen, and how many of them make a degree of visual angle where it is looked at from."""

    width_px: int = 1920
    height_px: int = 1080
    px_per_deg: float = 38.0


USUAL_SCREEN = ScreenGeometry()


class TrialGaze:
    """The eyes of one trial at `rate_hz`, from its start on, without end."""

    def __init__(
        self,
        felt: Emotion,
        eyes: Eyes,
        screen: ScreenGeometry,
        rate_hz: float,
        random: np.random.Generator,
        clip_after_ms: float = 0.0,
    ) -> None:
        """`clip_after_ms`: when the clip begins, in milliseconds since the trial's start; nothing is felt before."""
        self.rate_hz = rate_hz
        self._onset_ms = clip_after_ms + _ONSET_MS
        self.movements: list[EyeMovement] = []
        self._eyes, self._screen, self._random = eyes, screen, random
        self._rest = style_of("neutral", eyes, random)
        self._style = style_of(felt, eyes, random)
        self._hippus = [(random.uniform(0.08, 0.5), random.uniform(0, 2 * np.pi), abs(random.normal(0, 0.012)))
                        for _ in range(4)]  # fmt: skip
        self._flash_ms = clip_after_ms + float(random.normal(1500, 150))
        self._x, self._y = screen.width_px * 0.5, screen.height_px * 0.5
        self._planned_ms = 0.0
        self._made = 0
        self._chunks: list[Values] = []

    def samples(self, start: int, stop: int) -> Values:
        """(stop - start, 6) left x, y, pupil, right x, y, pupil of the samples start … stop - 1; NaN in blinks.

        Sample n belongs to n / rate_hz seconds after the trial's start. Pupils in arbitrary units of area.
        """
        while self._made < stop:
            self._make_chunk()
        per_chunk = self._chunk_samples
        first, last = start // per_chunk, max(stop - 1, start) // per_chunk
        joined = np.concatenate(self._chunks[first : last + 1])
        return joined[start - first * per_chunk : stop - first * per_chunk]

    @property
    def disparity(self) -> tuple[float, float]:
        """Pixels by which the right eye is measured away from the left."""
        return self._eyes.disparity_x, self._eyes.disparity_y

    def mean_pupil(self, movement: EyeMovement, eye: Literal["L", "R"]) -> float:
        """Mean size over a movement, of the samples in it or of the one before it begins."""
        first = int(movement.start_ms / 1000 * self.rate_hz)
        last = max(first + 1, int(movement.end_ms / 1000 * self.rate_hz))
        seen = self.samples(first, last)[:, 2 if eye == "L" else 5]
        seen = seen[~np.isnan(seen)]
        return float(seen.mean()) if len(seen) else float("nan")

    @property
    def _chunk_samples(self) -> int:
        return max(1, round(CHUNK_MS / 1000 * self.rate_hz))

    def _make_chunk(self) -> None:
        count = self._chunk_samples
        times_ms = (self._made + np.arange(count)) * (1000 / self.rate_hz)
        while self._planned_ms <= times_ms[-1]:
            self._plan_next()
        x, y, open_eyes = self._positions(times_ms)
        drift = 2.0 * self._eyes.noise_px * _slow(times_ms, self._random)
        noise = self._random.normal(0, self._eyes.noise_px, (count, 4))
        pupil = self._pupil(times_ms)
        pupil_noise = 1 + self._random.normal(0, 0.003, (count, 2))
        columns = np.stack(
            [
                x + drift + noise[:, 0], y - drift + noise[:, 1], pupil * pupil_noise[:, 0],
                x + drift + noise[:, 2] + self._eyes.disparity_x, y - drift + noise[:, 3] + self._eyes.disparity_y,
                pupil * self._eyes.anisocoria * pupil_noise[:, 1],
            ], axis=1,
        )  # fmt: skip
        columns[~open_eyes] = np.nan
        self._chunks.append(np.round(columns, 2))
        self._made += count

    def _strength(self, t_ms: Values | float) -> Values:
        """How far the emotion has come, 0 … 1."""
        return np.clip((np.asarray(t_ms) - self._onset_ms) / _RISE_MS, 0, 1)

    def _plan_next(self) -> None:
        """One fixation, then what ends it: a saccade, or a blink with the eyes where they were."""
        style = self._style if self._random.random() < self._strength(self._planned_ms) else self._rest
        duration = float(np.clip(style.fixation_ms * np.exp(self._random.normal(0, 0.38)), 80, 1600))
        blinks = self._random.random() < style.blinks_per_minute / 60_000 * (duration + 40)
        start = self._planned_ms
        end = start + duration
        self.movements.append(EyeMovement("fixation", start, end, self._x, self._y, np.nan, np.nan))
        if blinks:
            self._planned_ms = end + float(np.clip(self._random.normal(150, 40), 70, 320))
            self.movements.append(EyeMovement("blink", end, self._planned_ms, np.nan, np.nan, np.nan, np.nan))
            return
        x, y = self._target(style)
        degrees = float(np.hypot(x - self._x, y - self._y)) / self._screen.px_per_deg
        self._planned_ms = end + (_SACCADE_MS + _SACCADE_MS_PER_DEG * degrees) * style.slowness
        self.movements.append(EyeMovement("saccade", end, self._planned_ms, self._x, self._y, x, y))
        self._x, self._y = x, y

    def _target(self, style: GazeStyle) -> tuple[float, float]:
        width, height = self._screen.width_px, self._screen.height_px
        if self._random.random() < style.aversion:
            side = float(self._random.choice([0.06, 0.94]))
            x, y = side + self._random.normal(0, 0.03), self._random.uniform(0.1, 0.9)
        else:
            x = self._random.normal(style.centre_x, style.spread_x)
            y = self._random.normal(style.centre_y, style.spread_y)
        return float(np.clip(x, 0.01, 0.99)) * width, float(np.clip(y, 0.01, 0.99)) * height

    def _positions(self, times_ms: Values) -> tuple[Values, Values, NDArray[np.bool_]]:
        """Left eye's true x and y, and whether the eyes are open, at each time."""
        moves = [move for move in self.movements if move.end_ms > times_ms[0]]
        at = np.searchsorted([move.start_ms for move in moves], times_ms, side="right") - 1
        table = np.array([move[1:] for move in moves], float)[np.maximum(at, 0)]
        start, end, x, y, end_x, end_y = table.T
        share = np.clip((times_ms - start) / (end - start), 0, 1)
        # Minimum jerk (Flash & Hogan 1985): a saccade's smooth start and stop.
        glide = share**3 * (10 - 15 * share + 6 * share**2)
        moving = ~np.isnan(end_x)
        return (
            np.where(moving, x + (end_x - x) * glide, x),
            np.where(moving, y + (end_y - y) * glide, y),
            ~np.isnan(x),
        )

    def _pupil(self, times_ms: Values) -> Values:
        seconds = times_ms / 1000
        unrest = sum((size * np.sin(2 * np.pi * hz * seconds + phase) for hz, phase, size in self._hippus), 0.0)
        since = np.maximum(times_ms - self._flash_ms, 0) / 1000
        # The pupil's answer to one event: a gamma function that peaks 0.9 s after it (after Hoeks & Levelt 1993).
        answer = (since / 0.9) ** 3 * np.exp(3 * (1 - since / 0.9))
        lasting = self._style.dilation * np.clip((times_ms - self._onset_ms) / 1500, 0, 1)
        return self._eyes.pupil_at_rest * (1 + lasting + self._style.flash * answer + unrest)


def _slow(times_ms: Values, random: np.random.Generator) -> Values:
    """Drift of fixations: two slow waves, between -1 and 1."""
    seconds = times_ms / 1000
    waves = [np.sin(2 * np.pi * random.uniform(0.6, 2.0) * seconds + random.uniform(0, 6.28)) for _ in range(2)]
    return 0.5 * (waves[0] + waves[1])
