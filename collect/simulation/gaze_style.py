"""How felt emotion changes where and how the eyes look. Directions follow the literature, sizes are ours.

Arousal widens the pupil (Bradley et al. 2008); fear scans with short fixations, sadness looks low and long, disgust
looks away and blinks, anger holds on to one place, surprise is a flash of the pupil and a wide look.
"""

from dataclasses import dataclass, replace

import numpy as np

from collect.bundle.format import Emotion


@dataclass(frozen=True)
class GazeStyle:
    """How one person looks at one clip."""

    #: Median duration of a fixation.
    fixation_ms: float
    #: Where fixations gather and how widely, as shares of the screen's width and height.
    centre_x: float
    centre_y: float
    spread_x: float
    spread_y: float
    #: Share of fixations that flee to the rim of the screen.
    aversion: float
    #: Duration of a saccade relative to the main sequence: more than 1 is slow.
    slowness: float
    blinks_per_minute: float
    #: Pupil relative to the person's own size at rest: lasting, and a flash that comes soon after the start.
    dilation: float
    flash: float


_NEUTRAL = GazeStyle(
    fixation_ms=285, centre_x=0.5, centre_y=0.5, spread_x=0.14, spread_y=0.13, aversion=0.03, slowness=1.0,
    blinks_per_minute=13, dilation=0.0, flash=0.01,
)  # fmt: skip
_STYLES: dict[Emotion, GazeStyle] = {
    "neutral": _NEUTRAL,
    "happiness": replace(_NEUTRAL, centre_y=0.42, fixation_ms=265, dilation=0.07, flash=0.04, blinks_per_minute=16),
    "sadness": replace(
        _NEUTRAL, centre_y=0.63, fixation_ms=380, slowness=1.25, dilation=0.03, spread_x=0.11, blinks_per_minute=17,
    ),
    "fear": replace(
        _NEUTRAL, fixation_ms=195, spread_x=0.19, spread_y=0.17, slowness=0.92, dilation=0.16, flash=0.05,
        blinks_per_minute=9,
    ),
    "surprise": replace(
        _NEUTRAL, centre_y=0.47, fixation_ms=250, spread_x=0.19, spread_y=0.16, dilation=0.06, flash=0.22,
        blinks_per_minute=10,
    ),
    "disgust": replace(_NEUTRAL, aversion=0.24, fixation_ms=260, blinks_per_minute=24, dilation=0.02),
    "anger": replace(
        _NEUTRAL, spread_x=0.075, spread_y=0.07, fixation_ms=370, dilation=0.13, blinks_per_minute=8, slowness=0.95,
    ),
}  # fmt: skip


@dataclass(frozen=True)
class Eyes:
    """What stays with a person: factors and shifts on every style, and the size of the pupil at rest."""

    pupil_at_rest: float
    #: Right pupil relative to the left.
    anisocoria: float
    fixation_factor: float
    spread_factor: float
    blink_factor: float
    dilation_factor: float
    shift_x: float
    shift_y: float
    #: Pixels by which the right eye's measured gaze differs from the left's.
    disparity_x: float
    disparity_y: float
    #: Standard deviation of the tracker's noise in pixels.
    noise_px: float


def random_eyes(random: np.random.Generator) -> Eyes:
    def factor(spread: float) -> float:
        return float(np.exp(random.normal(0, spread)))

    return Eyes(
        pupil_at_rest=float(random.uniform(900, 1900)),
        anisocoria=float(random.normal(1, 0.03)),
        fixation_factor=factor(0.12),
        spread_factor=factor(0.10),
        blink_factor=factor(0.30),
        dilation_factor=factor(0.20),
        shift_x=float(random.normal(0, 0.02)),
        shift_y=float(random.normal(0, 0.025)),
        disparity_x=float(random.normal(0, 6)),
        disparity_y=float(random.normal(0, 4)),
        noise_px=float(random.uniform(1.0, 2.5)),
    )


def style_of(felt: Emotion, eyes: Eyes, random: np.random.Generator) -> GazeStyle:
    """The style of one trial: the emotion's, as this person has it and as strongly as this clip took hold of them."""
    hold = float(np.clip(random.normal(0.85, 0.22), 0.3, 1.3))

    def usual(field: str) -> float:
        rest: float = getattr(_NEUTRAL, field)
        return rest + hold * (getattr(_STYLES[felt], field) - rest)

    def about(value: float, spread: float) -> float:
        return float(value * np.exp(random.normal(0, spread)))

    spread = eyes.spread_factor * about(1.0, 0.15)
    return GazeStyle(
        fixation_ms=about(usual("fixation_ms") * eyes.fixation_factor, 0.12),
        centre_x=usual("centre_x") + eyes.shift_x + float(random.normal(0, 0.04)),
        centre_y=usual("centre_y") + eyes.shift_y + float(random.normal(0, 0.035)),
        spread_x=usual("spread_x") * spread,
        spread_y=usual("spread_y") * spread,
        aversion=float(np.clip(usual("aversion") + random.normal(0, 0.05), 0, 0.6)),
        slowness=about(usual("slowness"), 0.07),
        blinks_per_minute=about(usual("blinks_per_minute") * eyes.blink_factor, 0.25),
        dilation=usual("dilation") * eyes.dilation_factor + float(random.normal(0, 0.03)),
        flash=max(0.0, usual("flash") * eyes.dilation_factor + float(random.normal(0, 0.035))),
    )
