"""From votes to labels: each policy by its name and version, as a snapshot names it.

A version is never changed once a snapshot was made by it: a better way is a new version. What each does is said in
annotate.snapshot.format.POLICIES.
"""

from collections.abc import Callable, Mapping

from annotate.aggregation.cast import Decisions, Question, Row, Votes
from annotate.aggregation.decided import with_decision
from annotate.aggregation.majority import majority_label
from annotate.aggregation.weighed import weighed_labels
from annotate.errors import AnnotateError
from annotate.scales import Instrument
from annotate.snapshot.format import POLICIES, LabelPolicy


class UnknownPolicyError(AnnotateError):
    """No policy of that name."""


def labels(policy: LabelPolicy, votes: Votes, decisions: Decisions) -> list[Row]:
    """The rows of LABEL_COLUMNS that `policy` makes of the votes and, if it asks for them, of the decisions.

    Raises ValueError where a vote answers another instrument.
    """
    return _MAKERS[policy.name, policy.version](votes, decisions, policy.min_raters)


def decisions_counted(policy: LabelPolicy, rows: list[Row], decisions: Decisions) -> int:
    """How many of the labels are an adjudicator's."""
    if (policy.name, policy.version) == ("majority-soft", 1):
        return 0
    return sum((row["trial"], row["instrument"]) in decisions for row in rows)


def policy_named(name: str, min_raters: int = 1) -> LabelPolicy:
    """The policy of that name ('majority-soft': its newest version; 'majority-soft-v1': that one).

    Raises UnknownPolicyError.
    """
    for known, version in sorted(POLICIES, key=lambda one: -one[1]):
        if name in (known, f"{known}-v{version}"):
            return LabelPolicy.model_validate({"name": known, "version": version, "min_raters": min_raters})
    choice = ", ".join(f"{known}-v{version}" for known, version in sorted(POLICIES))
    raise UnknownPolicyError(
        f"label policy {name!r}: none has that name. Choose one of {choice}; without a version the newest is taken"
    )


def _majority(votes: Votes, _decisions: Decisions, min_raters: int) -> list[Row]:
    found = (majority_label(*question, cast, min_raters) for question, cast in votes.items())
    return [row for row in found if row is not None]


def _majority_or_decision(votes: Votes, decisions: Decisions, min_raters: int) -> list[Row]:
    # A decision is worth more than any number of votes, so one vote is enough beside it: the soft label needs that.
    enough = {question: 1 if question in decisions else min_raters for question in votes}
    found = {question: majority_label(*question, cast, enough[question]) for question, cast in votes.items()}
    return _decided({question: row for question, row in found.items() if row is not None}, votes, decisions)


def _weighed_or_decision(votes: Votes, decisions: Decisions, min_raters: int) -> list[Row]:
    # All votes tell what a rater's word is worth, those of trials with too few raters for a label too.
    found = {(str(row["trial"]), Instrument(str(row["instrument"]))): row for row in weighed_labels(votes)}
    enough = {
        question: row
        for question, row in found.items()
        if question in decisions or int(str(row["raters"])) >= min_raters
    }
    return _decided(enough, votes, decisions)


def _decided(rows: Mapping[Question, Row], votes: Votes, decisions: Decisions) -> list[Row]:
    found = (
        with_decision(row, question[1], votes[question], decisions[question]) if question in decisions else row
        for question, row in rows.items()
    )
    return [row for row in found if row is not None]


_MAKERS: dict[tuple[str, int], Callable[[Votes, Decisions, int], list[Row]]] = {
    ("majority-soft", 1): _majority,
    ("majority-soft", 2): _majority_or_decision,
    ("dawid-skene", 1): _weighed_or_decision,
}
