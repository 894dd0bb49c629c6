"""An adjudicator's decision in the place of what the votes alone would give."""

from collections.abc import Sequence

from annotate.aggregation.cast import Cast, Row, says_nothing, usable
from annotate.scales import Instrument, Vote


def with_decision(row: Row, instrument: Instrument, cast: Sequence[Cast], decision: Vote) -> Row | None:
    """The row with the decided hard labels, valence, arousal and intensity; what is soft stays as the votes have it.

    `agreement` becomes the share of the votes that are the decided class. None where the decision is that the
    recording shows no face or is unusable: then there is no label.
    """
    if decision.instrument is not instrument:
        raise ValueError(f"trial {row['trial']}: a decision on {decision.instrument} is none on {instrument}")
    if says_nothing(decision):
        return None
    votes = usable(str(row["trial"]), instrument, cast)
    return row | {
        "seven": str(decision.seven),
        "three": str(decision.three),
        "agreement": sum(one.vote.seven is decision.seven for one in votes) / len(votes),
        "valence": decision.valence,
        "arousal": decision.arousal,
        "intensity": decision.intensity,
    }
