"""A decision in words, as a researcher reads it in the morning."""

from model.promotion.budget import people_needed
from model.promotion.comparison import ClassRecall, Comparison
from model.promotion.rule import TOLERANCE, promotes

#: Said of a model that serves without proof.
WHY_UNPROVEN = (
    "It serves all the same, unproven, as the queue needs an order from the first night on; until one is proven, the "
    "newest serves."
)

_RAISED = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


def outcome(challenger: str, comparison: Comparison, level: float) -> str:
    """Of a comparison that was made at this level of the budget; `level` must have been reachable."""
    found = f"{challenger} is {{}} {comparison.against}: {difference(comparison)}; {_chance(comparison, level)}."
    if promotes(comparison, level):
        return found.format("better than") + _no_class(comparison)
    if comparison.p > level:
        return found.format("not surely better than") + _named(comparison)
    return found.format("better than") + _named(comparison) + " So it does not take over."


def too_few(challenger: str, comparison: Comparison, level: float) -> str:
    """Of a comparison of so few people that nothing they show could be sure enough."""
    return (
        f"{_counted(comparison.people, 'participant')} can be judged, at least {people_needed(level)} are needed "
        f"before {challenger} can be surely better than {comparison.against} ({difference(comparison)}). Nothing was "
        "tested and nothing of the error budget spent."
    )


def difference(comparison: Comparison) -> str:
    low, high = (points(value) for value in (comparison.low, comparison.high))
    return f"{points(comparison.difference)} points of UAR, 95 % interval {low} to {high}, " + _people(comparison)


def points(share: float) -> str:
    """Such as '+4.2' or '−0.3'."""
    return f"{100 * share:+.1f}".replace("-", "−")


def small(chance: float) -> str:
    """Such as '0.012' or '2·10⁻⁷'."""
    if chance >= 1e-4 or chance == 0:
        return f"{chance:.2g}"
    digit, _, power = f"{chance:.0e}".partition("e-")
    return f"{digit}·10⁻{power.lstrip('0').translate(_RAISED)}"


def class_named(found: ClassRecall) -> str:
    return f"{found.emotion} under {found.instrument}"


def _people(comparison: Comparison) -> str:
    text = f"on {_counted(comparison.people, 'participant')} whom neither had seen"
    if comparison.left_out:
        text += f" ({comparison.left_out} left out, whom every network of one of the two had seen)"
    return text


def _chance(comparison: Comparison, level: float) -> str:
    return f"p {small(comparison.p)}, needed at most {small(level)}"


def _named(comparison: Comparison) -> str:
    """The classes that stand against it."""
    if not comparison.worse:
        return ""
    told = ", ".join(
        f"{class_named(each)} (recall {100 * each.challenger:.0f} for {100 * each.other:.0f})"
        for each in comparison.worse
    )
    return f" Surely worse by more than {100 * TOLERANCE:.0f} points at {told}."


def _no_class(comparison: Comparison) -> str:
    if not comparison.classes:
        return ""
    return f" At no class surely worse by more than {100 * TOLERANCE:.0f} points." + (
        f" {_counted(len(comparison.unjudged), 'class', 'es')} had too few trials to be judged."
        if comparison.unjudged
        else ""
    )


def _counted(count: int, noun: str, plural: str = "s") -> str:
    return f"{count} {noun}" + ("" if count == 1 else plural)
