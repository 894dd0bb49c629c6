"""A made-up study whose gap is known: people who feel one thing and show another, and raters who see both badly.

Every number here is invented, for tests and pictures only.
"""

from dataclasses import dataclass

import numpy as np

from annotate.gap.answers import Answer, TrialFacts
from annotate.scales import EMOTIONS, USUAL_POLARITY, Emotion

#: Where each emotion lies in the plane: valence, arousal.
PLACES: dict[str, tuple[float, float]] = {
    "happiness": (0.6, 0.4),
    "sadness": (-0.6, -0.3),
    "fear": (-0.6, 0.6),
    "surprise": (0.25, 0.6),
    "disgust": (-0.5, 0.1),
    "anger": (-0.7, 0.6),
    "neutral": (0.0, -0.1),
}
NAMES = [emotion.value for emotion in EMOTIONS]


@dataclass(frozen=True)
class Plan:
    """How the study is made up.

    `neutralize`: the chance that a felt emotion is shown as neutral. `mask`: that something negative is shown as
    happiness instead. `slip`: that a rater takes the trial for any of the seven classes, and places it there.
    `spread`: the standard deviation of a rater's valence and arousal. `leaning`: that of the raters' own offsets.
    With `neutralize` and `mask` 0 there is no gap.
    """

    participants: int = 24
    clips: int = 14
    raters: int = 3
    pool: int = 6
    neutralize: float = 0.3
    mask: float = 0.2
    slip: float = 0.15
    spread: float = 0.2
    leaning: float = 0.0
    seed: int = 1


@dataclass(frozen=True)
class MadeUp:
    """The answers, the facts, and what was planted: `felt` and `shown` class of each trial."""

    plan: Plan
    answers: list[Answer]
    facts: dict[str, TrialFacts]
    felt: dict[str, str]
    shown: dict[str, str]

    @property
    def true_shift(self) -> tuple[float, float]:
        """Mean valence and arousal of what was shown minus what was felt, as raters who slip see it."""
        moved = [np.subtract(PLACES[self.shown[trial]], PLACES[self.felt[trial]]) for trial in self.felt]
        valence, arousal = (1 - self.plan.slip) * np.mean(moved, axis=0)
        return float(valence), float(arousal)

    def seen_share(self, shown: str) -> float:
        """Of ER answers other than `shown`, the share of FER answers that say `shown`, as raters who slip give them."""
        any_class = self.plan.slip / len(NAMES)

        def says(true: str) -> float:
            return (true == shown) * (1 - self.plan.slip) + any_class

        felt_other = [1 - says(self.felt[trial]) for trial in self.felt]
        both = [other * says(self.shown[trial]) for other, trial in zip(felt_other, self.felt, strict=True)]
        return sum(both) / sum(felt_other)


def make_up(plan: Plan) -> MadeUp:
    """The study of this plan; the same plan gives the same study."""
    rng = np.random.default_rng(plan.seed)
    offsets = rng.normal(0, plan.leaning, size=(2, plan.pool, 2)) if plan.leaning else np.zeros((2, plan.pool, 2))
    answers: list[Answer] = []
    facts: dict[str, TrialFacts] = {}
    felt_of: dict[str, str] = {}
    shown_of: dict[str, str] = {}
    for person in range(plan.participants):
        hides = rng.uniform(0.4, 1.6)  # people differ in how much they hide
        for clip in range(plan.clips):
            emotion = NAMES[clip % len(NAMES)]
            felt = emotion if rng.random() < 0.75 else str(rng.choice(NAMES))
            shown = _shown(felt, plan, hides, rng)
            trial = f"{person:03d}{clip:03d}".rjust(32, "0")
            felt_of[trial], shown_of[trial] = felt, shown
            said = felt if rng.random() < 0.85 else str(rng.choice(NAMES))
            place = np.round(np.clip(np.array(PLACES[said]) + rng.normal(0, 0.15, 2), -1, 1) * 4) / 4
            facts[trial] = TrialFacts(
                f"P{person:02d}", f"clip-{clip:02d}", emotion, said, _polarity(said), float(place[0]), float(place[1])
            )
            for side, (instrument, true) in enumerate((("ER", felt), ("FER", shown))):
                for rater in rng.choice(plan.pool, plan.raters, replace=False):
                    named = true if rng.random() >= plan.slip else str(rng.choice(NAMES))
                    at = np.array(PLACES[named]) + offsets[side, rater] + rng.normal(0, plan.spread, 2)
                    valence, arousal = np.clip(at, -1, 1)
                    answers.append(
                        Answer(
                            trial, instrument, side * plan.pool + int(rater), named, _polarity(named),
                            float(valence), float(arousal),
                        )
                    )  # fmt: skip
    return MadeUp(plan, answers, facts, felt_of, shown_of)


def _shown(felt: str, plan: Plan, hides: float, rng: np.random.Generator) -> str:
    drawn = rng.random()
    if felt != "neutral" and drawn < plan.neutralize * hides:
        return "neutral"
    if _polarity(felt) == "negative" and drawn < (plan.neutralize + plan.mask) * hides:
        return "happiness"
    return felt


def _polarity(emotion: str) -> str:
    return USUAL_POLARITY[Emotion(emotion)].value
