"""From votes to one label: the policy 'majority-soft', version 1.

Every usable vote counts the same. The soft label of a class is its share of the votes; the hard label is the class
with the most votes, and null on a tie, because breaking it would be a choice that nobody made. Valence, arousal and
intensity are means. A vote that says that the recording shows no face or is unusable says nothing about emotion and
is left out.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

from annotate.scales import EMOTIONS, POLARITIES, Emotion, Flag, Instrument, Polarity, Vote

SAYS_NOTHING = frozenset({Flag.NO_FACE, Flag.UNUSABLE})


@dataclass(frozen=True)
class Cast:
    """A vote, with what matters of how it was cast."""

    vote: Vote
    prelabel_seen: bool = False


def aggregate(
    trial: str, instrument: Instrument, cast: Sequence[Cast], min_raters: int = 1
) -> dict[str, object] | None:
    """One row of LABEL_COLUMNS, or None where fewer than min_raters usable votes are there.

    Raises ValueError if a vote answers another instrument.
    """
    if any(one.vote.instrument is not instrument for one in cast):
        raise ValueError(f"trial {trial}: votes of ER and FER are never pooled")
    usable = [one for one in cast if not SAYS_NOTHING & set(one.vote.flags)]
    if len(usable) < max(1, min_raters):
        return None
    votes = [one.vote for one in usable]
    sevens = Counter(vote.seven for vote in votes)
    threes = Counter(vote.three for vote in votes)
    intensities = [vote.intensity for vote in votes if vote.intensity is not None]
    return {
        "trial": trial,
        "instrument": str(instrument),
        "raters": len(votes),
        "agreement": max(sevens.values()) / len(votes),
        "prelabel_seen": sum(one.prelabel_seen for one in usable),
        "seven": _hard(sevens),
        **{f"seven_{emotion}": sevens[emotion] / len(votes) for emotion in EMOTIONS},
        "three": _hard(threes),
        **{f"three_{polarity}": threes[polarity] / len(votes) for polarity in POLARITIES},
        "valence": fmean(vote.valence for vote in votes),
        "arousal": fmean(vote.arousal for vote in votes),
        "intensity": fmean(intensities) if intensities else None,
    }


def _hard(counts: Mapping[Emotion, int] | Mapping[Polarity, int]) -> str | None:
    most = max(counts.values())
    first, *others = [str(label) for label, count in counts.items() if count == most]
    return None if others else first
