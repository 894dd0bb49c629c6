"""A simulated participant with a planted emotion gap: what is felt, what is shown, what is answered, trial by trial.

Pure and seeded: the same pseudonym, seed and order of clips give the same plan, in every process.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from collect.bundle.format import Emotion, PlantedTrial, Polarity, SelfReportItem, SimulationTruth
from collect.devices.protocols import Answer
from collect.errors import CollectError
from collect.simulation.expression import Expression

EMOTIONS: tuple[Emotion, ...] = ("happiness", "sadness", "fear", "surprise", "disgust", "anger", "neutral")
USUAL_POLARITY: dict[Emotion, Polarity] = {
    "happiness": "positive", "surprise": "positive", "neutral": "neutral", "sadness": "negative", "fear": "negative",
    "disgust": "negative", "anger": "negative",
}  # fmt: skip
#: Valence and arousal of the ER example rows that the EMER paper prints.
USUAL_AFFECT: dict[Emotion, tuple[float, float]] = {
    "anger": (-1.0, 1.0), "disgust": (-0.25, 0.0), "fear": (-0.5, 0.5), "happiness": (0.5, 0.5),
    "sadness": (-0.75, 0.0), "surprise": (0.25, 0.25), "neutral": (0.0, 0.0),
}  # fmt: skip
#: What people show instead of what they feel, most usual first: masking by a smile, or nothing to be seen.
_MASKS: dict[Emotion, tuple[Emotion, ...]] = {
    "sadness": ("happiness", "neutral"), "fear": ("neutral", "happiness", "surprise"),
    "anger": ("neutral", "happiness", "disgust"), "disgust": ("happiness", "neutral"),
    "surprise": ("neutral", "happiness"), "happiness": ("neutral", "surprise"), "neutral": ("happiness", "sadness"),
}  # fmt: skip
_FELT_AS_MEANT, _FELT_NOTHING = 0.86, 0.09
_ANSWERED_AS_FELT = 0.92
#: What a simulated participant writes; marked, so that nobody takes it for a person's words.
_SENTENCES = (
    "It was mostly {felt} while the clip went on.",
    "I felt {felt} and then it was over.",
    "{felt}, I would say, though not all the time.",
)


class SimulationError(CollectError):
    """The simulation was asked for something that was not planned."""


@dataclass(frozen=True)
class TrialPlan:
    """What one trial is to be. `intensity`: how strongly the face shows it, 0 to 3."""

    trial: int
    clip: str
    felt: Emotion
    shown: Emotion
    intensity: float

    @property
    def expression(self) -> Expression:
        return Expression(self.shown, self.intensity, self.felt == self.shown)


class SimulatedParticipant:
    """One made-up person in one session."""

    def __init__(
        self, pseudonym: str, seed: int, clip_emotions: Mapping[str, Emotion], order: Sequence[str],
        gap_share: float = 0.35, clip_after_s: float = 0.0,
    ) -> None:  # fmt: skip
        """
        :param seed: the study's seed; participants of one study share it.
        :param clip_emotions: clip id to the emotion that the clip is meant to elicit.
        :param order: clip ids in the order of the trials; trial 1 plays order[0].
        :param gap_share: share of trials with felt != shown, 0 … 1, kept within one trial in every session.
        :param clip_after_s: how long after a trial's start its clip begins (the fixation cross); nobody feels or shows
            anything of it before.
        :raises SimulationError: a planned clip has no emotion.
        """
        unknown = [clip for clip in order if clip not in clip_emotions]
        if unknown:
            raise SimulationError(
                f"The simulated participant {pseudonym} cannot feel anything at clip {unknown[0]!r}: the stimulus"
                " manifest names no emotion for it. Give the clip an emotion in the manifest."
            )
        if not 0 <= gap_share <= 1:
            raise SimulationError(f"gap_share is {gap_share}; it is a share of trials: give a number from 0 to 1.")
        self.pseudonym, self.seed, self.gap_share = pseudonym, seed, gap_share
        self.clip_after_s = clip_after_s
        random = self.random("plan")
        hidden = _hidden_trials(len(order), gap_share, random)
        self.plans: tuple[TrialPlan, ...] = tuple(
            _planned(index + 1, clip, clip_emotions[clip], index in hidden, random) for index, clip in enumerate(order)
        )

    def random(self, *purpose: str | int) -> np.random.Generator:
        """A generator of its own for each purpose, so that one device's draws never shift another's."""
        key = "\x1f".join(map(str, (self.seed, self.pseudonym, *purpose)))
        return np.random.default_rng(int.from_bytes(hashlib.sha256(key.encode()).digest()[:16], "big"))

    def plan(self, trial: int) -> TrialPlan:
        """:raises SimulationError: the trial was not planned."""
        if not 1 <= trial <= len(self.plans):
            raise SimulationError(
                f"Trial {trial} was not planned for the simulated participant {self.pseudonym}, who has"
                f" {len(self.plans)} trials. Give the participant the whole order of the clips."
            )
        return self.plans[trial - 1]

    def plan_for(self, trial: int, clip: str) -> TrialPlan:
        """As `plan`. :raises SimulationError: the trial was planned with another clip."""
        plan = self.plan(trial)
        if plan.clip != clip:
            raise SimulationError(
                f"Trial {trial} plays clip {clip!r}, but the simulated participant {self.pseudonym} expected"
                f" {plan.clip!r}. Make the participant from the order in which the session plays its clips."
            )
        return plan

    def truth(self) -> SimulationTruth:
        """What simulation.json says."""
        return SimulationTruth(
            seed=self.seed,
            gap_share=self.gap_share,
            trials=tuple(
                PlantedTrial(trial=plan.trial, felt=plan.felt, shown=plan.shown, intensity=plan.intensity)
                for plan in self.plans
            ),
        )

    def answer(self, trial: int, item: SelfReportItem) -> Answer:
        """The self-report of one item: what was felt, with a little noise. The same each time it is asked."""
        felt = self.plan(trial).felt
        random = self.random("answer", trial, item)
        if item == "seven":
            sure = random.random() < _ANSWERED_AS_FELT
            return Answer(choice=felt if sure else EMOTIONS[int(random.integers(len(EMOTIONS)))])
        if item == "three":
            sure = random.random() < _ANSWERED_AS_FELT
            return Answer(choice=USUAL_POLARITY[felt] if sure else "neutral")
        if item == "text":
            return Answer(text=f"{_SENTENCES[int(random.integers(len(_SENTENCES)))].format(felt=felt)} (simulated)")
        if item == "familiarity":
            # Most clips of a set are new to most people.
            return Answer(step=int(np.clip(1 + round(random.exponential(1.5)), 1, 9)))
        # A clip is liked as far as it was pleasant, and people differ in that.
        usual = USUAL_AFFECT[felt][1 if item == "arousal" else 0]
        value = usual + random.normal(0, 0.4 if item == "liking" else 0.2)
        return Answer(step=int(np.clip(round(value * 4 + 5), 1, 9)))


def _hidden_trials(trials: int, gap_share: float, random: np.random.Generator) -> set[int]:
    """Which trials hide what is felt: the whole part of the share for certain, the rest by chance."""
    expected = gap_share * trials
    count = int(expected) + int(random.random() < expected - int(expected))
    return set(random.permutation(trials)[:count].tolist())


def _planned(trial: int, clip: str, meant: Emotion, hidden: bool, random: np.random.Generator) -> TrialPlan:
    felt = meant
    luck = random.random()
    if luck > _FELT_AS_MEANT + _FELT_NOTHING:
        felt = EMOTIONS[int(random.integers(len(EMOTIONS)))]
    elif luck > _FELT_AS_MEANT:
        felt = "neutral"
    shown = felt
    strength = float(np.clip(random.normal(2.2, 0.5), 0.9, 3.0))
    if hidden:
        masks = _MASKS[felt]
        likely = np.array([0.6, 0.3, 0.1])[: len(masks)]
        shown = masks[int(random.choice(len(masks), p=likely / likely.sum()))]
        strength = min(strength * 0.85, 2.6)
    return TrialPlan(trial, clip, felt, shown, 0.0 if shown == "neutral" else round(strength, 2))
