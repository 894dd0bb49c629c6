"""The part of the morning's page that says who serves and why: the decision, its figures, the budget, what to do."""

import re
from html import escape

from annotate.scales import EMOTIONS, Instrument
from duchenne.night.next_step import next_step
from model.promotion.budget import LIFETIME, level_of
from model.promotion.comparison import ClassRecall, Comparison
from model.promotion.entry import Entry, Ledger
from model.promotion.in_words import points, small

_VERDICTS = {
    "promoted": "takes over",
    "kept": "goes on serving",
    "unproven": "serves, unproven",
    "rolled back": "serves again",
}


def champion_section(decision: Entry, ledger: Ledger) -> str:
    """HTML below the heading; `ledger` ends with `decision`."""
    since = ledger.since or decision
    told = [
        f'<p class="verdict"><code>{decision.serves}</code> {_VERDICTS[decision.decision]}'
        f"{_since(decision, since)}</p>",
        f"<p>{in_html(decision.reason)}</p>",
    ]
    if decision.comparison is not None:
        told += [_interval(decision.comparison), _classes(decision.comparison)]
    told += [_budget(decision, ledger), f"<p><b>What to do:</b> {in_html(next_step(decision, ledger.tests))}</p>"]
    return "\n".join(part for part in told if part)


def in_html(text: str) -> str:
    """A text of ours, in which commands and settings stand between backticks."""
    return re.sub(r"`([^`]*)`", r"<code>\1</code>", escape(text))


def _since(decision: Entry, since: Entry) -> str:
    if since.at_utc == decision.at_utc:
        return ""
    proof = "" if decision.proven else ", unproven"
    return f' <span class="dim">(since {escape(since.at_utc)}{proof})</span>'


def _interval(found: Comparison) -> str:
    """The difference with its interval, on a line around no difference."""
    reach = max(0.1, abs(found.low), abs(found.high)) * 1.15
    low, value, high, nothing = (300 + 280 * x / reach for x in (found.low, found.difference, found.high, 0.0))
    said = f"{points(found.difference)} points of UAR, 95 % interval {points(found.low)} to {points(found.high)}"
    return (
        f'<svg class="interval" viewBox="0 0 600 70" role="img" aria-label="{said}">'
        f'<line class="zero" x1="{nothing:.0f}" y1="8" x2="{nothing:.0f}" y2="46"/>'
        f'<line class="axis" x1="10" y1="46" x2="590" y2="46"/>'
        f'<line class="span" x1="{low:.0f}" y1="27" x2="{high:.0f}" y2="27"/><circle cx="{value:.0f}" cy="27" r="6"/>'
        f'<text x="10" y="64">worse</text>'
        f'<text x="{nothing:.0f}" y="64" text-anchor="middle">no difference</text>'
        f'<text x="590" y="64" text-anchor="end">better</text></svg>'
        f'<p class="dim">Mean recall {100 * found.challenger:.0f} % of tonight\'s model for '
        f"{100 * found.other:.0f} % of {escape(found.against)}. The line is for the eye; the exact test decides.</p>"
    )


def _classes(found: Comparison) -> str:
    if not found.classes:
        return ""
    of = {(each.instrument, each.emotion): each for each in found.classes}
    rows = "".join(
        f"<tr><td>{emotion}</td>{''.join(_recall(of.get((instrument, emotion))) for instrument in Instrument)}</tr>"
        for emotion in EMOTIONS
    )
    return (
        "<table><tr><th>recall, %: champion → tonight's</th>"
        + "".join(f"<th>{instrument}</th>" for instrument in Instrument)
        + f"</tr>{rows}</table>"
    )


def _recall(found: ClassRecall | None) -> str:
    if found is None:
        return '<td class="dim">not shown</td>'
    text = f"{100 * found.other:.0f} → <b>{100 * found.challenger:.0f}</b> <small>of {found.trials}"
    if found.verdict == "too few":
        text += ", too few to judge"
    mark = ' <span class="worse">surely worse</span>' if found.verdict == "worse" else ""
    return f"<td>{text}</small>{mark}</td>"


def _budget(decision: Entry, ledger: Ledger) -> str:
    spent, following = decision.spent / LIFETIME, level_of(ledger.tests + 1)
    tests = f"{ledger.tests} test{'' if ledger.tests == 1 else 's'}"
    tonight = (
        f", {small(100 * decision.level)} % of it tonight" if decision.level is not None else ", none of it tonight"
    )
    return (
        f'<p class="budget"><span class="meter"><span style="width:{100 * spent:.1f}%"></span></span> '
        f"Error budget: {100 * decision.spent:.2f} of {100 * LIFETIME:.0f} % spent by {tests}{tonight}. The next test "
        f"asks for p of at most {small(following)}.</p>"
    )
