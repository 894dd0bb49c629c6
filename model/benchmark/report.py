"""The report of a benchmark: one page that opens by itself, and the same figures as JSON."""

from dataclasses import asdict, dataclass
from html import escape
from pathlib import Path

from model.benchmark import sections
from model.benchmark.facts import facts, recipe_table
from model.benchmark.record import BenchmarkRecord
from model.benchmark.shuffled_section import shuffled_as_json, shuffled_section
from model.benchmark.trainings import ByTraining
from model.evaluation import trust_sections
from model.evaluation.evaluate import Evaluation
from model.evaluation.page import SEVERAL_SIMULATED, page_of
from model.evaluation.report import protocols_as_json
from model.evaluation.report_files import with_nulls, write_both
from model.evaluation.sections import ahead_section, confusion_section, instrument_section, judged
from model.evaluation.shown_names import shown_names, with_shown_names
from model.evaluation.tables import counted


@dataclass(frozen=True)
class Findings:
    """Scores over all held-out trials, the first recipe first; and each measure of each seed's training."""

    evaluation: Evaluation
    by_seed: ByTraining


def write_report(folder: Path, record: BenchmarkRecord, findings: Findings) -> None:
    """report.html and report.json in `folder`."""
    write_both(folder, report_as_json(record, findings), report_as_page(record, findings))


def report_as_json(record: BenchmarkRecord, findings: Findings) -> dict[str, object]:
    """Every figure of the page and more. null is a figure that there is not, or that is infinite."""
    told = {
        "format": "duchenne-benchmark-report",
        "version": 1,
        "benchmark": record.model_dump(mode="json"),
        "how_seeds_count": sections.HOW_SEEDS_COUNT,
        "protocols": protocols_as_json(findings.evaluation),
        **asdict(findings.evaluation),
        "by_seed": findings.by_seed,
        "labels_shuffled": shuffled_as_json(findings.evaluation) if record.shuffled is not None else None,
    }
    return {name: with_nulls(each) for name, each in told.items()}


def report_as_page(record: BenchmarkRecord, findings: Findings) -> str:
    evaluation = with_shown_names(findings.evaluation)
    instruments = judged(evaluation)
    shuffled = record.shuffled is not None
    about = (
        f"<code>{record.id}</code>",
        f"snapshot <code>{record.snapshot}</code>",
        counted(max(_participants(evaluation)), "held-out participant"),
        counted(len(record.folds), "fold"),
        counted(len(record.seeds), "seed"),
        escape(record.created_utc),
    )
    return page_of(
        "model.benchmark",
        title=f"{counted(len(record.recipes), 'recipe')} on people they never saw"
        + (", with shuffled labels" if shuffled else ""),
        about=about,
        banners=[
            SEVERAL_SIMULATED if record.simulated else "",
            shuffled_section(evaluation, record.shuffled) if record.shuffled is not None else "",
        ],
        warnings=record.warnings,
        instruments="".join(instrument_section(i, evaluation, sections.against_all) for i in instruments),
        how=sections.how_to_read(record),
        protocols=sections.protocol_tables(evaluation),
        ahead=ahead_section(evaluation),
        seeds=sections.seed_section(
            {name: shown_names(each, record.recipes[0].recipe.name) for name, each in findings.by_seed.items()},
            record.seeds,
        ),
        gap=sections.gap_tables(evaluation),
        classes=sections.class_tables(evaluation),
        confusions="".join(confusion_section(i, evaluation) for i in instruments),
        other_confusions=sections.other_confusions(evaluation),
        calibration="".join(trust_sections.calibration_section(i, evaluation) for i in instruments),
        reliability=sections.reliability_of_all(evaluation),
        calibration_figures=trust_sections.calibration_table(evaluation),
        recipes=recipe_table(record),
        facts=facts(record),
    )


def _participants(evaluation: Evaluation) -> list[int]:
    return [scores.participants for parts in evaluation.scores.values() for scores in parts.get("all", {}).values()]
