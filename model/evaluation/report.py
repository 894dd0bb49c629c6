"""The report of a run: one page that anybody can open, and the same figures as JSON."""

import json
from collections.abc import Iterable
from dataclasses import asdict
from html import escape
from importlib.resources import files
from pathlib import Path
from string import Template

from annotate.scales import Instrument
from model.evaluation.evaluate import Evaluation
from model.evaluation.intervals import Estimate
from model.evaluation.plots import confusion_matrix, score_bars, training_curves
from model.training.run_record import REPORT_FILE, SCORES_FILE, RunRecord

_ASKS = {Instrument.ER: "what the person feels", Instrument.FER: "what the face shows"}
_PARTS = {"all": "all trials", "agree": "ER = FER", "gap": "ER ≠ FER"}
_MEASURES = {
    "seven_war": "7 classes, WAR",
    "seven_uar": "7 classes, UAR",
    "seven_weighted_f1": "7 classes, weighted F1",
    "three_war": "3 classes, WAR",
    "three_uar": "3 classes, UAR",
    "three_weighted_f1": "3 classes, weighted F1",
    "valence_ccc": "valence, CCC",
    "valence_mae": "valence, MAE",
    "arousal_ccc": "arousal, CCC",
    "arousal_mae": "arousal, MAE",
    "intensity_ccc": "intensity, CCC",
    "intensity_mae": "intensity, MAE",
}


def write_report(folder: Path, record: RunRecord, evaluation: Evaluation) -> Path:
    """report.html and report.json in `folder`; the path of the page."""
    (folder / SCORES_FILE).write_text(json.dumps(report_as_json(record, evaluation), indent=1) + "\n", encoding="utf-8")
    page = folder / REPORT_FILE
    page.write_text(report_as_page(record, evaluation), encoding="utf-8")
    return page


def report_as_json(record: RunRecord, evaluation: Evaluation) -> dict[str, object]:
    about = record.model_dump(mode="json", exclude={"folds": {"__all__": {"normalisation"}}})
    return {"format": "duchenne-report", "version": 1, "run": about, **asdict(evaluation)}


def report_as_page(record: RunRecord, evaluation: Evaluation) -> str:
    template = Template(files("model.evaluation").joinpath("report.html").read_text(encoding="utf-8"))
    tested = {person for fold in record.folds for person in fold.test}
    about = (
        f"Model <code>{record.id}</code>",
        f"snapshot <code>{record.snapshot}</code>",
        _counted(len(tested), "held-out participant"),
        _counted(len(record.folds), "fold"),
        escape(record.created_utc),
    )
    return template.substitute(
        title=f"{escape(record.recipe.name)} on people it never saw",
        subtitle=", ".join(about),
        simulated=_SIMULATED if record.simulated else "",
        warnings="".join(f'<p class="warnings">{escape(text)}</p>' for text in record.warnings),
        instruments="".join(_instrument(i, evaluation) for i in Instrument if "all" in evaluation.scores[i]),
        gap=_gap_table(evaluation),
        curves=training_curves([(f.fold, f.train_loss, f.validation_loss, f.best_epoch) for f in record.folds]),
        refit=_REFIT if record.recipe.schedule.refit else "",
        folds=_fold_table(record),
        all=_all_table(evaluation),
        facts=_facts(record),
    )


_SIMULATED = (
    '<p class="simulated"><b>SIMULATED.</b> This model was trained on simulated recordings. No person was recorded, '
    "and the figures say nothing about people: they show that the way from recording to result works.</p>"
)

_REFIT = "; then the network was trained anew, on training and validation people, for as many epochs"


def _instrument(instrument: Instrument, evaluation: Evaluation) -> str:
    of_model = evaluation.scores[instrument]["all"]
    ours, first = next(iter(of_model.items()))
    decided = sum(map(sum, first.confusion))
    bars = score_bars(
        {m.upper(): {name: scores.measures[f"seven_{m}"] for name, scores in of_model.items()} for m in ("war", "uar")},
        evaluation.uniform["seven"],
    )
    return (
        f"<section><h2>{instrument}: {_ASKS[instrument]}</h2>"
        f'<p class="soft">Seven classes, {_counted(first.trials, "rated trial")}, {decided} without a tie. '
        "Lines: 95&nbsp;% interval over participants.</p>"
        f'<p class="verdict">{_verdict(evaluation.ahead[instrument]["all"])}</p>{bars}'
        f"<h3>{escape(ours)}: what it takes for what</h3>{confusion_matrix(first.confusion)}</section>"
    )


def _verdict(ahead: dict[str, Estimate]) -> str:
    """The first comparison (our company's WAR) in words."""
    name, difference = next(iter(ahead.items()))
    other = escape(name.removesuffix(" war"))
    interval = f"95&nbsp;% interval {_points(difference.low)} to {_points(difference.high)}"
    span = f"{_points(difference.value)} points of WAR ({interval})"
    if difference.low > 0:
        return f"<b>Better than {other}</b>: {span}."
    if difference.high < 0:
        return f"<b>Worse than {other}</b>: {span}."
    return f"<b>No clear difference</b> from {other}: {span}."


def _gap_table(evaluation: Evaluation) -> str:
    rows = []
    models: list[str] = []
    for instrument in Instrument:
        for part, of_model in evaluation.scores[instrument].items():
            models = list(of_model)
            cells = [
                _cell(scores.measures[f"seven_{measure}"], name == models[0])
                for measure in ("war", "uar")
                for name, scores in of_model.items()
            ]
            rows.append([f"<b>{instrument}</b>, {_PARTS[part]}", str(of_model[models[0]].trials), *cells])
    head = ["", "trials", *(f"{escape(name)}<br>{m}" for m in ("WAR", "UAR") for name in models)]
    return _table(head, rows)


def _all_table(evaluation: Evaluation) -> str:
    rows = []
    models: list[str] = []
    for measure, name in _MEASURES.items():
        for instrument in Instrument:
            of_model = evaluation.scores[instrument].get("all", {})
            models = list(of_model) or models
            if any(measure in scores.measures for scores in of_model.values()):
                cells = [_cell(scores.measures[measure], model == models[0]) for model, scores in of_model.items()]
                rows.append([f"<b>{instrument}</b> {name}", *cells])
    return _table(["", *map(escape, models)], rows)


def _fold_table(record: RunRecord) -> str:
    rows = []
    for fold in record.folds:
        sides = [
            f'<span title="{escape(", ".join(side))}">{len(side)}</span>'
            for side in (fold.train, fold.validation, fold.test)
        ]
        rows.append([str(fold.fold), *sides, f"{fold.best_epoch} of {len(fold.train_loss)}"])
    return _table(["fold", "trained", "validated", "tested", "epoch kept"], rows)


def _facts(record: RunRecord) -> str:
    facts = {
        "recipe": f"{record.recipe.name}: {record.recipe.says}",
        "snapshot": f"{record.snapshot} (rows {record.snapshot_sha256})",
        "seed": str(record.seed),
        "features": ", ".join(record.extractors),
        "weights": ", ".join(f"fold {f.fold}: {f.sha256[:16]}" for f in record.folds),
        "software": ", ".join(f"{name} {number}" for name, number in record.software.items()),
    }
    return "".join(f"<tr><td>{name}</td><td><code>{escape(said)}</code></td></tr>" for name, said in facts.items())


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """`rows` hold cell contents, or whole cells where they begin with a tag of their own."""
    top = "".join(f"<th>{each}</th>" for each in head)
    body = "".join(
        "<tr>" + "".join(each if each.startswith("<td") else f"<td>{each}</td>" for each in row) + "</tr>"
        for row in rows
    )
    return f"<table><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table>"


def _cell(estimate: Estimate, ours: bool) -> str:
    mark = ' class="ours"' if ours else ""
    return f"<td{mark}>{estimate.value:.2f}<small>{estimate.low:.2f} – {estimate.high:.2f}</small></td>"


def _points(share: float) -> str:
    return f"{100 * share:+.0f}".replace("-", "−")


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}" + ("" if count == 1 else "s")
