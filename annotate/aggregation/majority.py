"""The policy 'majority-soft': every usable vote counts the same.

The soft label of a class is its share of the votes; the hard label is the class with the most votes, and null on a
tie, because breaking it would be a choice that nobody made. Valence, arousal and intensity are means. A vote that says
that the recording shows no face or is unusable says nothing about emotion and is left out.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from statistics import fmean

from annotate.aggregation.cast import Cast, Row, usable
from annotate.scales import EMOTIONS, POLARITIES, Emotion, Instrument, Polarity


def majority_label(trial: str, instrument: Instrument, cast: Sequence[Cast], min_raters: int = 1) -> Row | None:
    """One row of LABEL_COLUMNS, or None where fewer than min_raters usable votes are there.

    Raises ValueError if a vote answers another instrument.
    """
    counted = usable(trial, instrument, cast)
    if len(counted) < max(1, min_raters):
        return None
    votes = [one.vote for one in counted]
    sevens = Counter(vote.seven for vote in votes)
    threes = Counter(vote.three for vote in votes)
    intensities = [vote.intensity for vote in votes if vote.intensity is not None]
    return {
        "trial": trial,
        "instrument": str(instrument),
        "raters": len(votes),
        "agreement": max(sevens.values()) / len(votes),
        "prelabel_seen": sum(one.prelabel_seen for one in counted),
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
