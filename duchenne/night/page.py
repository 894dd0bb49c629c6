"""The morning's page: what data, what changed, who serves, how good, what to rate next."""

import os
from html import escape
from importlib.resources import files
from pathlib import Path
from string import Template

from annotate.arriving import arriving_file
from annotate.scales import Instrument
from duchenne.errors import FrontDoorError
from duchenne.night.champion_section import champion_section, in_html
from duchenne.night.logbook import Unfinished
from duchenne.night.night import Night
from duchenne.night.people_section import people_section
from duchenne.night.replay_section import replay_section
from model.evaluation.intervals import Estimate


class PageNotWrittenError(FrontDoorError):
    """The disk does not take the page. The message is complete."""


_SIMULATED = (
    '<p class="simulated"><b>SIMULATED.</b> Simulated recordings are in tonight\'s snapshot. The figures '
    "say nothing about people.</p>"
)


def write_page(folder: Path, night: Night, now_utc: str) -> Path:
    """One self-contained page in `folder`, named by the time; returns its path."""
    template = Template(files("duchenne.night").joinpath("page.html").read_text(encoding="utf-8"))
    return put(
        file_of(folder, now_utc),
        template,
        date=escape(now_utc),
        simulated=_SIMULATED if "simulated" in night.snapshot.filters.origins else "",
        unfinished="".join(_unfinished(one) for one in night.unfinished),
        snapshot=night.snapshot.id,
        rows=", ".join(f"{count:,} {name.replace('_', ' ')}" for name, count in night.snapshot.rows.items()),
        origins=", ".join(night.snapshot.filters.origins),
        changed=_changed(night),
        champion=champion_section(night.decision, night.ledger),
        people=people_section(night.decision, night.people),
        torn=_torn(night),
        model=night.run.model,
        recipe=escape(night.run.record.recipe.name),
        scores=_scores(night),
        warnings="".join(f"<p>{escape(text)}</p>" for text in night.run.warnings),
        report=escape(os.path.relpath(night.run.report, folder)),
        replay=replay_section(night.run.folder.parent, folder),
        queue=_queue(night),
    )


def file_of(folder: Path, begun_utc: str) -> Path:
    """Where the page of the night lies that began then."""
    return folder / f"night-{begun_utc.replace(':', '-')}.html"


def put(path: Path, template: Template, **told: str) -> Path:
    """Write a page with the style of all of them, whole or not at all; returns its path. Raises PageNotWrittenError."""
    style = files("duchenne.night").joinpath("page.css").read_text(encoding="utf-8")
    try:
        with arriving_file(path) as file:
            file.write(template.substitute(told, style="\n" + style).encode())
    except OSError as error:
        raise PageNotWrittenError(
            f"{path}: the morning's page could not be written ({error.strerror or error}). Make room in "
            f"{path.parent}, or set `reports` to a folder that may be written to, then start again: all else is done "
            "and is not done again"
        ) from error
    return path


def _unfinished(night: Unfinished) -> str:
    why = in_html(night.told) if night.told else "it was killed there, as by a power cut or a restart."
    return (
        f'<p><span class="warning">The night of {escape(night.begun_utc)} came to no end.</span> It stopped at '
        f"the step <i>{escape(night.step)}</i>: {why.rstrip('.')}. Tonight went on with what it had finished.</p>"
    )


def _changed(night: Night) -> str:
    if night.since is None:
        return "This is the first snapshot; there is nothing to compare it with."
    what = night.since.difference
    if night.since.snapshot == night.snapshot.id:
        return (
            f"Nothing has changed since the night before, whose snapshot was <code>{night.since.snapshot}</code> too."
        )
    return (
        f"Since the night before (<code>{night.since.snapshot}</code>): "
        f"{len(what.trials_added)} trials more, {len(what.trials_removed)} fewer; {len(what.labels_added)} labels "
        f"more, {len(what.labels_removed)} fewer, {len(what.labels_changed)} changed; {what.votes_added:+} votes."
    )


def _torn(night: Night) -> str:
    if night.torn is None:
        return ""
    return (
        '<p class="warning">The last line of the ledger of champions had been cut off as it was written, as by a power '
        f"cut: <code>{escape(night.torn[:80])}</code>. It was no decision, and was dropped.</p>"
    )


def _scores(night: Night) -> str:
    rows = []
    for instrument in Instrument:
        for model, scores in night.run.evaluation.scores[instrument].get("all", {}).items():
            cells = "".join(f"<td>{_percent(scores.measures[name])}</td>" for name in ("seven_war", "seven_uar"))
            rows.append(f"<tr><td>{instrument}</td><td>{escape(model)}</td>{cells}<td>{scores.trials}</td></tr>")
    return "".join(rows)


def _percent(estimate: Estimate) -> str:
    return f"{100 * estimate.value:.0f} <small>[{100 * estimate.low:.0f}, {100 * estimate.high:.0f}]</small>"


def _queue(night: Night) -> str:
    return "".join(
        f"<tr><td>{place}</td><td>{row.instrument}</td><td><code>{row.trial[:8]}</code></td>"
        f"<td>{row.priority:.2f}</td><td>{escape(row.reason)}</td></tr>"
        for place, row in enumerate(night.next_tasks, 1)
    )
