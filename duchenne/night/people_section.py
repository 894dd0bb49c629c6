"""The part of the morning's page that says for whom tonight's model is worse: by class and by person."""

from collections.abc import Sequence
from html import escape

from model.promotion.by_person import Person
from model.promotion.entry import MAJORITY, Entry
from model.promotion.in_words import class_named

#: More rows are not read.
_MOST = 5
#: Less is one network of several that changed its mind.
_DIFFERENCE = 0.5


def people_section(decision: Entry, people: Sequence[Person]) -> str:
    """HTML below the heading; `people` as people_compared gives them."""
    found = decision.comparison
    if found is None or not people:
        return "<p>Nothing was compared tonight: see above.</p>"
    other = "naming the commonest class" if found.against == MAJORITY else f"<code>{found.against}</code>"
    worse = [person for person in people if person.gained <= -_DIFFERENCE]
    better = sum(person.gained >= _DIFFERENCE for person in people)
    told = [
        f"<p>Of {len(people)} participants whom neither had seen, tonight's model meets the raters more often than "
        f"{other} for {better}, as often for {len(people) - better - len(worse)}, and "
        f"<b>less often for {len(worse)}</b>."
        f"{_classes(decision)}</p>"
    ]
    if worse:
        told.append(_table(worse[:_MOST], "commonest class" if found.against == MAJORITY else "champion"))
    return "\n".join(told)


def _classes(decision: Entry) -> str:
    assert decision.comparison is not None
    if not decision.comparison.classes:
        return ""
    worse = decision.comparison.worse
    if not worse:
        return " No class of feeling or showing is surely worse."
    return f' <span class="worse">Surely worse: {escape(", ".join(class_named(each) for each in worse))}.</span>'


def _table(worse: Sequence[Person], other: str) -> str:
    rows = "".join(
        f"<tr><td><code>{person.trial[:8]}</code></td><td>{person.answers}</td><td>{person.other:.0f} → "
        f"<b>{person.challenger:.0f}</b></td></tr>"
        for person in worse
    )
    return (
        '<p class="dim">Who loses most. One person\'s few trials prove nothing, so there is no interval: look at '
        "them.</p><table><tr><th>participant of trial</th><th>answers of raters</th>"
        f"<th>met: {other} → tonight's</th></tr>{rows}</table>"
    )
