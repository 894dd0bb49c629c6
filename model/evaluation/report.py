"""The report of a run: one page that anybody can open, and the same figures as JSON."""

from collections.abc import Sequence
from dataclasses import asdict
from html import escape
from pathlib import Path

from annotate.scales import Instrument
from model.evaluation import sections, trust_sections
from model.evaluation.evaluate import Evaluation
from model.evaluation.facts import in_releases
from model.evaluation.page import SIMULATED, page_of
from model.evaluation.plots import training_curves
from model.evaluation.protocols import PROTOCOLS
from model.evaluation.report_files import with_nulls, write_both
from model.evaluation.robustness import Curve
from model.evaluation.tables import counted, number, table
from model.predicted import CLASS_SCALES
from model.recipe import Schedule
from model.training.run_record import FoldRecord, RunRecord


def write_report(folder: Path, record: RunRecord, evaluation: Evaluation, curves: Sequence[Curve] = ()) -> Path:
    """report.html and report.json in `folder`; the path of the page."""
    return write_both(folder, report_as_json(record, evaluation, curves), report_as_page(record, evaluation, curves))


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
    return page_of(
        "model.evaluation",
        title=f"{escape(record.recipe.name)} on people it never saw",
        about=about,
        banners=[SIMULATED if record.simulated else ""],
        warnings=record.warnings,
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
        epoch=_how_kept(record.recipe.schedule),
        folds=_fold_table(record),
        facts=_facts(record),
    )


def _how_kept(schedule: Schedule) -> str:
    how = {
        "best": "The epoch is chosen by validation people, who are neither trained on nor tested",
        "last": "The last epoch is kept; validation people, who are neither trained on nor tested, do not choose it",
    }[schedule.keep]
    anew = "; then the network was trained anew, on training and validation people, for as many epochs"
    return f"{how}{anew if schedule.refit else ''}."


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


def _facts(record: RunRecord) -> dict[str, str]:
    return {
        "recipe": f"{record.recipe.name}: {record.recipe.says}",
        "snapshot": f"{record.snapshot} (rows {record.snapshot_sha256})",
        "seed": str(record.seed),
        "features": ", ".join(record.extractors),
        "weights": ", ".join(f"fold {f.fold}: {f.sha256[:16]}" for f in record.folds),
        "software": in_releases(record.software),
    }
