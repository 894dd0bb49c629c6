"""The report of a run: one page that anybody can open, and the same figures as JSON."""

import json
import math
from collections.abc import Sequence
from dataclasses import asdict
from html import escape
from importlib.resources import files
from pathlib import Path
from string import Template

from annotate.scales import Instrument
from model.evaluation import sections, trust_sections
from model.evaluation.evaluate import Evaluation
from model.evaluation.plots import training_curves
from model.evaluation.protocols import PROTOCOLS
from model.evaluation.robustness import Curve
from model.evaluation.tables import counted, number, table
from model.predicted import CLASS_SCALES
from model.training.run_record import REPORT_FILE, SCORES_FILE, FoldRecord, RunRecord


def write_report(folder: Path, record: RunRecord, evaluation: Evaluation, curves: Sequence[Curve] = ()) -> Path:
    """report.html and report.json in `folder`; the path of the page."""
    told = json.dumps(report_as_json(record, evaluation, curves), indent=1, allow_nan=False)
    (folder / SCORES_FILE).write_text(told + "\n", encoding="utf-8")
    page = folder / REPORT_FILE
    page.write_text(report_as_page(record, evaluation, curves), encoding="utf-8")
    return page


def report_as_json(record: RunRecord, evaluation: Evaluation, curves: Sequence[Curve] = ()) -> dict[str, object]:
    """Every figure of the page and more. null is a figure that there is not, or that is infinite."""
    about = record.model_dump(mode="json", exclude={"folds": {"__all__": {"normalisation"}}})
    told = {
        "format": "duchenne-report",
        "version": 1,
        "run": about,
        "protocols": protocols_as_json(evaluation),
        **asdict(evaluation),
        "robustness": [asdict(curve) for curve in curves],
    }
    return {name: with_nulls(each) for name, each in told.items()}


def protocols_as_json(evaluation: Evaluation) -> dict[str, object]:
    """The seven protocols by their names in the field: what is measured, and each model's figures on all trials."""
    return {
        protocol.name: {
            "instrument": str(protocol.instrument),
            "says": protocol.says,
            "models": {
                model: {measure: asdict(scores.measures[measure]) for measure in protocol.measures}
                for model, scores in evaluation.scores[protocol.instrument].get("all", {}).items()
            },
        }
        for protocol in PROTOCOLS
    }


def report_as_page(record: RunRecord, evaluation: Evaluation, curves: Sequence[Curve] = ()) -> str:
    tested = {person for fold in record.folds for person in fold.test}
    about = (
        f"Model <code>{record.id}</code>",
        f"snapshot <code>{record.snapshot}</code>",
        counted(len(tested), "held-out participant"),
        counted(len(record.folds), "fold"),
        escape(record.created_utc),
    )
    instruments = sections.judged(evaluation)
    return page_of("model.evaluation", "report.html").substitute(
        style=page_style(),
        title=f"{escape(record.recipe.name)} on people it never saw",
        subtitle=", ".join(about),
        simulated=SIMULATED if record.simulated else "",
        warnings="".join(f'<p class="warnings">{escape(text)}</p>' for text in record.warnings),
        instruments="".join(sections.instrument_section(i, evaluation) for i in instruments),
        protocols=sections.protocol_table(evaluation),
        ahead=sections.ahead_section(evaluation),
        gap=sections.gap_table(evaluation),
        confusions="".join(sections.confusion_section(i, evaluation) for i in instruments),
        classes="".join(sections.classes_section(i, evaluation) for i in instruments),
        calibration="".join(trust_sections.calibration_section(i, evaluation) for i in instruments),
        calibration_figures=trust_sections.calibration_table(evaluation),
        robustness=trust_sections.robustness_section(curves),
        curves=training_curves([(f.fold, f.train_loss, f.validation_loss, f.best_epoch) for f in record.folds]),
        refit=_REFIT if record.recipe.schedule.refit else "",
        folds=_fold_table(record),
        facts=_facts(record),
    )


def page_of(package: str, name: str) -> Template:
    """A page to be filled in."""
    return Template(files(package).joinpath(name).read_text(encoding="utf-8"))


def page_style() -> str:
    """How all reports of models look, in light and in dark."""
    return files("model.evaluation").joinpath("report.css").read_text(encoding="utf-8")


SIMULATED = (
    '<p class="simulated"><b>SIMULATED.</b> This model was trained on simulated recordings. No person was recorded, '
    "and the figures say nothing about people: they show that the way from recording to result works.</p>"
)

_REFIT = "; then the network was trained anew, on training and validation people, for as many epochs"


def _fold_table(record: RunRecord) -> str:
    rows = []
    for fold in record.folds:
        sides = [
            f'<span title="{escape(", ".join(side))}">{len(side)}</span>'
            for side in (fold.train, fold.validation, fold.test)
        ]
        rows.append([str(fold.fold), *sides, f"{fold.best_epoch} of {len(fold.train_loss)}", *_temperatures(fold)])
    head = ["fold", "trained", "valid.", "tested", "epoch kept", "T, ER", "T, FER"]
    return f'<div class="close">{table(head, rows)}</div>'


def _temperatures(fold: FoldRecord) -> list[str]:
    return [", ".join(number(fold.temperatures.of(i, scale)) for scale in CLASS_SCALES) for i in Instrument]


def _facts(record: RunRecord) -> str:
    facts = {
        "recipe": f"{record.recipe.name}: {record.recipe.says}",
        "snapshot": f"{record.snapshot} (rows {record.snapshot_sha256})",
        "seed": str(record.seed),
        "features": ", ".join(record.extractors),
        "weights": ", ".join(f"fold {f.fold}: {f.sha256[:16]}" for f in record.folds),
        "software": ", ".join(f"{name} {release}" for name, release in record.software.items()),
    }
    return "".join(f"<tr><td>{name}</td><td><code>{escape(said)}</code></td></tr>" for name, said in facts.items())


def with_nulls(value: object) -> object:
    """JSON knows neither NaN nor infinity."""
    if isinstance(value, dict):
        return {str(name): with_nulls(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [with_nulls(each) for each in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
