"""A made-up participant for tests: seven clips, one an emotion."""

from collect.simulation.participant import EMOTIONS, SimulatedParticipant

CLIPS = {f"clip-{emotion}": emotion for emotion in EMOTIONS}


def participant(pseudonym: str = "P01", seed: int = 7, gap_share: float = 0.35) -> SimulatedParticipant:
    return SimulatedParticipant(pseudonym, seed, CLIPS, tuple(CLIPS), gap_share)
