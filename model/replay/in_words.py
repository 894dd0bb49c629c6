"""What a replay found, as one plain sentence an instrument."""

from model.evaluation.tables import counted
from model.replay.curves import LEAST_PEOPLE, Curves

_SHORT = {
    "ahead": "choice ahead",
    "behind": "choice behind",
    "no difference seen": "no difference seen",
    "too few people": "too few people to say",
}


def in_short(curves: Curves) -> str:
    return _SHORT[curves.verdict]


def in_words(curves: Curves) -> str:
    """Without the instrument and without markup: 'Choice ahead: …'."""
    average = curves.decides
    labels = [point.labels for point in curves.points[1:]]
    reach = f"{tenths(average.low)} to {tenths(average.high)}"
    many = f"{labels[0]} to {labels[-1]}" if len(labels) > 1 else str(labels[0])
    told = (
        f"{_capital(in_short(curves))}: with {many} labelled trials the queue's order minus random order is "
        f"{tenths(average.value)} points of UAR (95 % interval over people and lots {reach}), on "
        f"{counted(curves.trials, 'trial')} of {counted(curves.participants, 'participant')} never trained on"
    )
    if curves.verdict != "too few people":
        return f"{told}."
    return f"{told}; fewer than {LEAST_PEOPLE} cannot tell an order from luck, however they lean."


def tenths(share: float) -> str:
    """Hundredths with their sign and one decimal; a dash where there is no figure."""
    return "–" if share != share else f"{round(100 * share, 1) + 0.0:+.1f}".replace("-", "−")


def _capital(text: str) -> str:
    return text[0].upper() + text[1:]
