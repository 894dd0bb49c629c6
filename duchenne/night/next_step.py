"""What a researcher can do about tonight's decision."""

from math import ceil
from statistics import NormalDist

from model.promotion.budget import level_of, people_needed
from model.promotion.comparison import Comparison
from model.promotion.entry import Entry
from model.promotion.in_words import class_named

_POWER = 0.8
_MOST = 1000


def next_step(decision: Entry, tests: int) -> str:
    """One or two sentences; `tests` have spent of the error budget until now."""
    found = decision.comparison
    if decision.decision == "promoted":
        return _look(decision)
    if found is None:
        return "Nothing needs doing. `duchenne champion history` shows every decision."
    if decision.test is None:
        missing = people_needed(level_of(tests + 1)) - found.people
        return f"Record and rate at least {missing} more participants." + _hide(decision)
    if found.worse:
        names = ", ".join(class_named(each) for each in found.worse)
        rest = "the rest would do" if found.p <= (decision.level or 0) else "the rest is not sure either"
        return f"Rate more trials of {names}, or look at their rows in the whole evaluation; {rest}."
    return _enough(decision, found) + _hide(decision)


def _look(decision: Entry) -> str:
    if decision.served is None:
        return "Nothing needs doing: it orders the queue from now on."
    return f"Nothing needs doing. If it does badly, `duchenne champion rollback` lets {decision.served} serve again."


def _hide(decision: Entry) -> str:
    if decision.proven:
        return ""
    return " Until a model is proven, let raters see no labels of it: set the pre-label share of the study to 0."


def _enough(decision: Entry, found: Comparison) -> str:
    """Roughly how many people would do if all stayed as it is; in four of five cases, by the normal law."""
    ahead = found.difference - found.margin
    if ahead <= 0 or decision.test is None:
        return "Nothing points to the new one being better: rate and record more, or try another recipe."
    error = (found.high - found.low) / (2 * NormalDist().inv_cdf(0.975))
    needed = NormalDist().inv_cdf(1 - level_of(decision.test + 1)) + NormalDist().inv_cdf(_POWER)
    people = max(ceil(found.people * (needed * error / ahead) ** 2), found.people + 1)
    if people > _MOST:
        return "The difference is small beside its uncertainty: try another recipe rather than wait."
    return (
        f"If the difference is what it seems, about {people} participants would make it sure ({found.people} tonight)."
    )
