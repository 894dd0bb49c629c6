"""The report of a replay: one page that opens by itself, and the same figures as JSON."""

from collections.abc import Mapping
from dataclasses import asdict
from html import escape
from pathlib import Path

from model.evaluation.page import SEVERAL_SIMULATED, page_of
from model.evaluation.report_files import with_nulls, write_both
from model.evaluation.tables import counted
from model.replay import sections
from model.replay.curves import Curves
from model.replay.in_words import in_short, in_words
from model.replay.record import ReplayRecord

FORMAT = "duchenne-replay-report"


def write_report(folder: Path, record: ReplayRecord, found: Mapping[str, Curves]) -> None:
    """report.html and report.json in `folder`."""
    write_both(folder, report_as_json(record, found), report_as_page(record, found))


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
    return page_of(
        "model.replay",
        title="Does the queue's order teach faster than chance?",
        about=about,
        banners=[SEVERAL_SIMULATED if record.simulated else ""],
        warnings=record.warnings,
        instruments="".join(sections.instrument_section(name, each) for name, each in found.items()),
        tables="".join(sections.curves_table(name, each) for name, each in found.items()),
        bands=sections.bands_in_words(record),
        choices=sections.choices_table(record),
        how=sections.how_it_was_done(record),
        facts=sections.facts(record),
    )
