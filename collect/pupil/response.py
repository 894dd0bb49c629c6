"""How one participant's pupil follows light, fitted over the clips of their own session.

The pupil's steady diameter falls about linearly with the logarithm of luminance over the range of a screen (the middle
of the curve of Watson and Yellott 2012), it begins to answer to a change some 0.2 to 0.5 s later (Ellis 1981), and
slow filters of the light describe the course of its answer (Korn and Bach 2016). The model here is the smallest with
these three: a delay, one low-pass, one slope an eye.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from collect.pupil.errors import PupilNotCorrectedError

Values = NDArray[np.floating[Any]]

MODEL = (
    "diameter = a constant for each clip + slope × low-passed, delayed log10 of relative luminance; least squares over "
    "the session (after Ellis 1981, Watson & Yellott 2012, Korn & Bach 2016)"
)
STEP_S = 0.05
LATENCIES_S = tuple(round(0.2 + 0.05 * n, 2) for n in range(17))
TIME_CONSTANTS_S = (0.1, 0.15, 0.25, 0.4, 0.6, 0.9, 1.3, 2.0)
#: Until then the eyes still answer to the page before the clip, whose luminance nobody wrote down.
SETTLING_S = 2.0
_LEAST_SECONDS = 10.0
#: Of log10 luminance within clips; less light than this changes no pupil.
_LEAST_CHANGE = 0.03
#: With the light of so many other clips every pupil is tried, to learn what chance explains.
_OTHER_CLIPS = 9


@dataclass(frozen=True)
class ClipPupil:
    """One clip on a grid of STEP_S from its first flip on: diameters relative to the session's median, NaN if missing.

    light: log10 of relative luminance; left, right: (N,) as light.
    """

    light: Values
    left: Values
    right: Values


@dataclass(frozen=True)
class LightResponse:
    """`slopes`: change of the relative diameter for ten times the luminance, left and right; NaN for no such eye.

    `reference`: the log10 luminance to which corrected diameters belong.
    """

    latency_s: float
    time_constant_s: float
    slopes: tuple[float, float]
    r2: float
    reference: float
    clips: int
    seconds: float

    def predicted(self, light: Values, slope: float) -> Values:
        """(N,) how much wider than at `reference` the pupil is expected to be, by light (N,) on the grid of STEP_S."""
        return slope * (delayed(low_passed(light, self.time_constant_s), self.latency_s) - self.reference)


def fit_response(clips: Sequence[ClipPupil]) -> LightResponse:
    """The delay, time constant and slopes with the least squared error. Raises PupilNotCorrectedError.

    Each clip has a constant of its own: how wide the pupil is during a whole clip may be what the clip makes people
    feel, and must not be taken for what its light does.
    """
    first = round(SETTLING_S / STEP_S)
    clips = [clip for clip in clips if len(clip.light) > first and _valid(clip)[first:].any()]
    seconds = float(sum(_valid(clip)[first:].sum() for clip in clips)) * STEP_S
    if seconds < _LEAST_SECONDS:
        raise PupilNotCorrectedError(
            f"the pupil was measured for {seconds:.0f} s of clips with known luminance (from {SETTLING_S:.0f} s after "
            f"their beginning), and a fit needs {_LEAST_SECONDS:.0f} s"
        )
    spread = float(np.sqrt(np.mean(np.concatenate([_centred(clip.light[first:]) for clip in clips]) ** 2)))
    if spread < _LEAST_CHANGE:
        raise PupilNotCorrectedError("the clips' luminance hardly changes, so there is nothing to correct for")
    latency_s, time_constant_s, slopes, r2 = _best(clips, first)
    if not np.nansum(slopes) < 0:
        raise PupilNotCorrectedError(
            "the pupil did not become smaller with light in this session, so the model does not describe it"
        )
    if r2 <= max(_best(wrong, first)[3] for wrong in _paired_otherwise(clips)):
        raise PupilNotCorrectedError(
            "the luminance of a clip explains its pupil no better than another clip's luminance, or its own at another "
            "time, so what it explains is chance"
        )
    reference = float(np.mean(np.concatenate([clip.light for clip in clips])))
    return LightResponse(latency_s, time_constant_s, slopes, r2, reference, len(clips), seconds)


def low_passed(light: Values, time_constant_s: float) -> Values:
    """First-order low-pass of (N,) on the grid of STEP_S; what came before is taken to have been as the first value."""
    share = 1 - np.exp(-STEP_S / time_constant_s)
    slow = np.empty(len(light))
    state = light[0]
    for place, value in enumerate(light.tolist()):
        state += share * (value - state)
        slow[place] = state
    return slow


def delayed(light: Values, latency_s: float) -> Values:
    steps = min(round(latency_s / STEP_S), len(light) - 1)
    return np.concatenate([np.full(steps, light[0]), light[: len(light) - steps]])


def _best(clips: Sequence[ClipPupil], first: int) -> tuple[float, float, tuple[float, float], float]:
    """Latency, time constant, slopes and r2 of the least squared error among those that narrow the pupil by light."""
    grid = list(product(LATENCIES_S, TIME_CONSTANTS_S))
    lights = [_answers(clip.light)[:, first:] for clip in clips]
    squares = np.zeros((2, len(grid)))
    products = np.zeros((2, len(grid)))
    total = 0.0
    for light, clip in zip(lights, clips, strict=True):
        for row, pupil in enumerate((clip.left[first:], clip.right[first:])):
            seen = np.isfinite(pupil)
            if seen.any():
                y, x = _centred(pupil[seen]), light[:, seen]
                x = x - x.mean(axis=1, keepdims=True)
                squares[row] += (x**2).sum(axis=1)
                products[row] += x @ y
                total += float(y @ y)
    with np.errstate(invalid="ignore", divide="ignore"):
        slopes = products / squares  # NaN for an eye that was not measured
        explained = np.nansum(products**2 / squares, axis=0)
    # Wider with more light is no answer to it: chance, or what the clip's story does.
    explained[~(np.nansum(slopes, axis=0) < 0)] = -1.0
    at = int(np.argmax(explained))
    r2 = max(0.0, float(explained[at]) / total) if total > 0 else 0.0
    return *grid[at], (float(slopes[0, at]), float(slopes[1, at])), r2


def _answers(light: Values) -> Values:
    """(latencies × time constants, N) the light delayed and low-passed in every way, in the order of their product."""
    slow = [low_passed(light, tau) for tau in TIME_CONSTANTS_S]
    return np.array([delayed(light, latency_s) for latency_s in LATENCIES_S for light in slow])


def _paired_otherwise(clips: Sequence[ClipPupil]) -> Iterator[list[ClipPupil]]:
    """Pupils with light that they never saw: of other clips, and of their own backwards and moved by thirds.

    What is explained then is chance.
    """
    for by in range(1, min(len(clips), _OTHER_CLIPS + 1)):
        yield [_with_light(clip, clips[(place + by) % len(clips)].light) for place, clip in enumerate(clips)]
    yield [_with_light(clip, clip.light[::-1]) for clip in clips]
    for third in (1, 2):
        yield [_with_light(clip, np.roll(clip.light, third * len(clip.light) // 3)) for clip in clips]


def _with_light(clip: ClipPupil, light: Values) -> ClipPupil:
    """The last value goes on where the light is too short."""
    longer = np.concatenate([light, np.full(max(0, len(clip.light) - len(light)), light[-1])])
    return ClipPupil(longer[: len(clip.light)], clip.left, clip.right)


def _valid(clip: ClipPupil) -> NDArray[np.bool_]:
    return np.isfinite(clip.left) | np.isfinite(clip.right)


def _centred(values: Values) -> Values:
    seen = values[np.isfinite(values)]
    return values - seen.mean() if len(seen) else values
