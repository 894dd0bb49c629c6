"""What a reference answer is filled with: what was decided, or else what most raters say."""

from collections import Counter
from collections.abc import Sequence
from statistics import fmean

from sqlalchemy.orm import Session

from annotate.scales import SAYS_NOTHING, Emotion, Instrument, Polarity
from annotate.scales import Vote as Answer
from server.db.answers import as_answer
from server.db.ratings import RatingTask, ReferenceAnswer
from server.training.messages import Proposal
from server.training.tasks import SCALES, current_votes, standing_decision


def proposal(session: Session, task: RatingTask) -> Proposal:
    """The reference answer that is there, or else the decision that stands, or else the majority."""
    reference = session.get(ReferenceAnswer, (task.trial_id, task.instrument))
    if reference is not None:
        values = {name: getattr(reference, name) for name in SCALES}
        return Proposal(source="reference", explanation=reference.explanation, **values)
    decision = standing_decision(session, task)
    if decision is not None:
        values = {name: getattr(decision, name) for name in SCALES}
        return Proposal(source="decision", explanation=decision.reason, **values)
    votes = current_votes(session, [task.id])[task.id]
    return majority([as_answer(vote) for vote in votes], Instrument(task.instrument))


def majority(answers: Sequence[Answer], instrument: Instrument) -> Proposal:
    """Most frequent classes, none where two are as frequent; means, to two decimals, of all who saw a face."""
    usable = [answer for answer in answers if not SAYS_NOTHING & set(answer.flags)]
    if not usable:
        return Proposal(source="nothing")
    sevens, threes = (Counter(getattr(answer, name) for answer in usable) for name in ("seven", "three"))
    seven, three = _most(sevens), _most(threes)
    intensities = [answer.intensity for answer in usable if answer.intensity is not None]
    return Proposal(
        source="majority",
        seven=Emotion(seven) if seven else None,
        three=Polarity(three) if three else None,
        valence=round(fmean(answer.valence for answer in usable), 2),
        arousal=round(fmean(answer.arousal for answer in usable), 2),
        intensity=round(fmean(intensities), 1) if instrument is Instrument.FER and intensities else None,
    )


def _most(counts: Counter[str]) -> str | None:
    most = max(counts.values())
    first, *others = [label for label, count in counts.items() if count == most]
    return None if others else first
