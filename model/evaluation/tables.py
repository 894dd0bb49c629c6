"""Tables and numbers of the report's page, as HTML."""

import math
from collections.abc import Iterable

from model.evaluation.intervals import Estimate


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """`head` and `rows` hold cell contents, or whole cells where they begin with a tag of their own."""
    top = "".join(each if each.startswith("<th") else f"<th>{each}</th>" for each in head)
    body = "".join(
        "<tr>" + "".join(each if each.startswith("<td") else f"<td>{each}</td>" for each in row) + "</tr>"
        for row in rows
    )
    return f'<div class="scroll"><table><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table></div>'


def cell(estimate: Estimate, ours: bool) -> str:
    """The figure, and beneath it its interval; a dash where there is no such figure."""
    mark = ' class="ours"' if ours else ""
    to = " to " if estimate.low < 0 else " – "
    interval = (
        f"<small>{number(estimate.low)}{to}{number(estimate.high)}</small>" if math.isfinite(estimate.low) else ""
    )
    return f"<td{mark}>{number(estimate.value)}{interval}</td>"


def number(value: float) -> str:
    if math.isnan(value):
        return "–"
    # Adding 0 to what is rounded makes a zero of a negative one.
    return "∞" if math.isinf(value) else f"{round(value, 2) + 0.0:.2f}".replace("-", "−")


def points(share: float) -> str:
    """Hundredths with their sign."""
    return f"{round(100 * share) + 0.0:+.0f}".replace("-", "−")


def percent(share: float) -> str:
    return f"{100 * share:.0f}&nbsp;%"


def counted(count: int, noun: str) -> str:
    return f"{count} {noun}" + ("" if count == 1 else "s")
