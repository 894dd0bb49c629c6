"""What policies work on: who answered what of which trial, and what an adjudicator decided."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from annotate.scales import SAYS_NOTHING, Instrument, Vote

Row = dict[str, object]
#: A trial's public id under an instrument.
Question = tuple[str, Instrument]


@dataclass(frozen=True)
class Cast:
    """A vote, with what matters of how it was cast. `rater`: the pseudonym; policies that weigh raters need it."""

    vote: Vote
    prelabel_seen: bool = False
    rater: str = ""


Votes = Mapping[Question, Sequence[Cast]]
#: The decisions that no later one supersedes.
Decisions = Mapping[Question, Vote]


def says_nothing(vote: Vote) -> bool:
    """Whether the answer is about the recording, not about emotion."""
    return not SAYS_NOTHING.isdisjoint(vote.flags)


def usable(trial: str, instrument: Instrument, cast: Sequence[Cast]) -> list[Cast]:
    """The votes that say something, by rater. Raises ValueError if one answers another instrument."""
    if any(one.vote.instrument is not instrument for one in cast):
        raise ValueError(f"trial {trial}: votes of ER and FER are never pooled")
    return [one for one in cast if not says_nothing(one.vote)]
