"""The parts of the report's page that say how far to trust a model: how sure it is, and what disturbs it."""

from collections.abc import Sequence
from html import escape

from annotate.scales import Instrument
from model.evaluation.calibration import Calibration
from model.evaluation.evaluate import Evaluation, Scores
from model.evaluation.intervals import Estimate
from model.evaluation.line_plots import reliability, robustness
from model.evaluation.robustness import Curve
from model.evaluation.tables import cell, counted, number, percent, points, table

#: What the pictures of robustness show; report.json holds the other measures too.
SHOWN = {"seven_war": "WAR, 7 classes", "valence_ccc": "valence CCC"}
_SCALES = {"seven": "7 classes", "three": "3 classes"}


def calibration_section(instrument: Instrument, evaluation: Evaluation) -> str:
    """A diagram of ours and the first companion, and the figures of all."""
    of_model = evaluation.scores[instrument]["all"]
    ours = next(iter(of_model))
    if "seven" not in of_model[ours].calibration:
        return ""
    diagram = {name: scores.calibration["seven"] for name, scores in list(of_model.items())[:2]}
    return (
        f"<section><h2>{instrument}: how sure, how right</h2>"
        f'<p class="soft">Trials in {counted(len(diagram[ours].bins), "bin")} of about the same number, by how sure '
        "the model is of the class it names (seven classes). On the dashed line it is right as often as it says; "
        "beneath it, it is too sure.</p>"
        f"<p>{_sure(diagram[ours], ours)}{_cooled(evaluation, instrument, diagram[ours])}</p>"
        f"{reliability(diagram)}</section>"
    )


def calibration_table(evaluation: Evaluation) -> str:
    """The figures of every model, under both instruments, of seven classes and of three."""
    rows = []
    for instrument in Instrument:
        of_model = evaluation.scores[instrument].get("all", {})
        for scale in _SCALES:
            first = f"<b>{instrument}</b>, {_SCALES[scale]}"
            for place, (name, scores) in enumerate(of_model.items()):
                if scale in scores.calibration:
                    rows.append([first, f'<td class="name">{escape(name)}</td>', *_figures(scores, scale, place == 0)])
                    first = ""
    return table(["", '<th class="name">model</th>', "NLL", "Brier", "sure − right", "ECE", "ECE of<br>chance"], rows)


def robustness_section(curves: Sequence[Curve]) -> str:
    """Nothing where no curve was drawn."""
    if not curves:
        return ""
    pictures = "".join(
        f"<div><h3>{escape(curve.name[0].upper() + curve.name[1:])}</h3><p>{_lost(curve)}</p>{robustness(curve, SHOWN)}"
        "</div>"
        for curve in curves
    )
    return (
        '<section class="wide"><h2>When less reaches it</h2>'
        f'<p class="soft">The same {counted(curves[0].trials, "held-out trial")} for every model, disturbed more and '
        "more from left to right. A flat line does not mind; a line that falls shows what the model leans on. Bands: "
        "95&nbsp;% interval over participants. Nothing was trained for this.</p>"
        f'<div class="pair flat">{pictures}</div></section>'
    )


def _figures(scores: Scores, scale: str, ours: bool) -> list[str]:
    told = scores.calibration[scale]
    estimates = (told.nll, told.brier, told.overconfidence, told.ece)
    return [*(cell(each, ours) for each in estimates), number(told.ece_by_chance)]


def _sure(told: Calibration, name: str) -> str:
    sure = sum(each.trials * each.confidence for each in told.bins) / told.trials
    over = told.overconfidence
    interval = f"95&nbsp;% interval {points(over.low)} to {points(over.high)}"
    verdict = "too sure" if over.low > 0 else "not sure enough" if over.high < 0 else "neither clearly too sure nor not"
    return (
        f"{escape(name)} is {percent(sure)} sure on average and right in {percent(sure - over.value)}: "
        f"<b>{verdict}</b>, {points(over.value)} points ({interval}). Its calibration error is "
        f"{percent(told.ece.value)}; a perfectly calibrated model would show {percent(told.ece_by_chance)} by "
        "chance on as many trials."
    )


def _cooled(evaluation: Evaluation, instrument: Instrument, told: Calibration) -> str:
    """What the temperatures did on people who did not set them."""
    before = evaluation.untempered.get(instrument, {}).get("seven")
    if before is None:
        return ""
    return (
        f" Without the temperatures its NLL would be {number(before.nll.value)} in place of {number(told.nll.value)}, "
        f"and it would be sure by {points(before.overconfidence.value)} points more than right."
    )


def _lost(curve: Curve) -> str:
    """What our model loses of WAR at full strength."""
    ours, instruments = next(iter(curve.scores.items()))
    told = [
        f"{instrument} {_from_to(measures['seven_war'])}"
        for instrument, measures in instruments.items()
        if measures["seven_war"]
    ]
    return f"WAR of {escape(ours)} goes: {'; '.join(told)}."


def _from_to(estimates: list[Estimate]) -> str:
    return f"{percent(estimates[0].value)} to {percent(estimates[-1].value)}"
