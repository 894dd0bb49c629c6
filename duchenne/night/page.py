"""The morning's page: what data, what changed, who serves, how good, what to rate next."""

import os
from html import escape
from importlib.resources import files
from pathlib import Path
from string import Template

from annotate.scales import Instrument
from duchenne.night.champion_section import champion_section
from duchenne.night.replay_section import replay_section
from duchenne.night.shift import Night
from model.evaluation.intervals import Estimate

_SIMULATED = (
    '<p class="simulated"><b>SIMULATED.</b> Simulated recordings are in tonight\'s snapshot. The figures '
    "say nothing about people.</p>"
)


def write_page(folder: Path, night: Night, now_utc: str) -> Path:
    """One self-contained page in `folder`, named by the time; returns its path."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"night-{now_utc.replace(':', '-')}.html"
    template = Template(files("duchenne.night").joinpath("page.html").read_text(encoding="utf-8"))
    arriving = path.with_suffix(".arriving")
    arriving.write_text(
        template.substitute(
            date=escape(now_utc),
            simulated=_SIMULATED if "simulated" in night.snapshot.filters.origins else "",
            snapshot=night.snapshot.id,
            rows=", ".join(f"{count:,} {name.replace('_', ' ')}" for name, count in night.snapshot.rows.items()),
            origins=", ".join(night.snapshot.filters.origins),
            changed=_changed(night),
            champion=champion_section(night.decision, night.ledger),
            torn=_torn(night),
            model=night.run.model,
            recipe=escape(night.run.record.recipe.name),
            scores=_scores(night),
            warnings="".join(f"<p>{escape(text)}</p>" for text in night.run.warnings),
            report=escape(os.path.relpath(night.run.report, folder)),
            replay=replay_section(night.run.folder.parent, folder),
            queue=_queue(night),
        ),
        encoding="utf-8",
    )
    arriving.rename(path)
    return path


def _changed(night: Night) -> str:
    if night.since is None:
        return "This is the first snapshot; there is nothing to compare it with."
    since = night.since
    return (
        f"{len(since.trials_added)} trials more, {len(since.trials_removed)} fewer; {len(since.labels_added)} labels "
        f"more, {len(since.labels_removed)} fewer, {len(since.labels_changed)} changed; {since.votes_added:+} votes."
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
