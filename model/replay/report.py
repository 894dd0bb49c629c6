"""The report of a replay: one page that opens by itself, and the same figures as JSON."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from html import escape
from pathlib import Path

from model.evaluation.report import SIMULATED, page_of, page_style, with_nulls
from model.evaluation.tables import counted
from model.replay import sections
from model.replay.curves import Curves
from model.replay.in_words import in_short, in_words
from model.replay.record import ReplayRecord
from model.training.run_record import REPORT_FILE, SCORES_FILE

FORMAT = "duchenne-replay-report"


def write_report(folder: Path, record: ReplayRecord, found: Mapping[str, Curves]) -> None:
    """report.html and report.json in `folder`."""
    told = json.dumps(report_as_json(record, found), indent=1, allow_nan=False)
    (folder / SCORES_FILE).write_text(told + "\n", encoding="utf-8")
    (folder / REPORT_FILE).write_text(report_as_page(record, found), encoding="utf-8")


def report_as_json(record: ReplayRecord, found: Mapping[str, Curves]) -> dict[str, object]:
    """Every figure of the page and more. null is a figure that there is not."""
    return {
        "format": FORMAT,
        "version": 1,
        "replay": record.model_dump(mode="json"),
        "verdicts": {name: {"short": in_short(each), "told": in_words(each)} for name, each in found.items()},
        "curves": {name: with_nulls(asdict(each)) for name, each in found.items()},
    }


def report_as_page(record: ReplayRecord, found: Mapping[str, Curves]) -> str:
    about = (
        f"<code>{record.id}</code>",
        f"snapshot <code>{record.snapshot}</code>",
        f"recipe {escape(record.recipe.name)}",
        counted(len(record.folds), "fold"),
        counted(len(record.seeds), "seed"),
        escape(record.created_utc),
    )
    return page_of("model.replay", "report.html").substitute(
        style=page_style(),
        subtitle=", ".join(about),
        simulated=SIMULATED.replace("This model was", "These models were") if record.simulated else "",
        warnings="".join(f'<p class="warnings">{escape(text)}</p>' for text in record.warnings),
        instruments="".join(sections.instrument_section(name, each) for name, each in found.items()),
        tables="".join(sections.curves_table(name, each) for name, each in found.items()),
        bands=sections.bands_in_words(record),
        choices=sections.choices_table(record),
        how=sections.how_it_was_done(record),
        facts=sections.facts_table(record),
    )
