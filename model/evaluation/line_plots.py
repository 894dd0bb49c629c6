"""The pictures of the report that show how one thing goes with another: confidence with being right, strength of a
disturbance with the score.
"""

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from model.evaluation.calibration import Calibration
from model.evaluation.plot_style import FAINT, INK, MARKERS, bare, company_colours, style, svg
from model.evaluation.robustness import Curve


def reliability(of_model: Mapping[str, Calibration]) -> str:
    """Share right over confidence, a dot a bin with its interval; on the diagonal a model is as sure as it may be."""
    colours = company_colours(of_model)
    with style():
        figure = Figure(figsize=(4.2, 4.2), layout="constrained")
        axes = figure.subplots()
        axes.plot([0, 1], [0, 1], color=INK, linewidth=0.8, linestyle=(0, (3, 3)))
        for place, (model, told) in enumerate(of_model.items()):
            sure, right = [each.confidence for each in told.bins], [each.right for each in told.bins]
            axes.vlines(
                sure, [r.low for r in right], [r.high for r in right], color=colours[model], linewidth=1, alpha=0.6
            )
            axes.plot(
                sure, [each.value for each in right],
                color=colours[model], linewidth=1.2, marker=MARKERS[place % len(MARKERS)], markersize=5.5, label=model,
            )  # fmt: skip
        axes.set(xlim=(0, 1.02), ylim=(-0.02, 1.02), xlabel="how sure it is", ylabel="how often it is right")
        axes.set_aspect("equal")
        for axis in (axes.xaxis, axes.yaxis):
            axis.set_major_formatter(lambda value, _: f"{value:.0%}")
        axes.text(0.03, 0.97, "not sure enough", va="top", fontsize=9, alpha=0.7)
        axes.text(0.97, 0.02, "too sure", ha="right", fontsize=9, alpha=0.7)
        bare(axes, "both")
        figure.legend(loc="outside upper left", ncols=3, frameon=False, fontsize=9, handlelength=1.4)
        return svg(figure, "Reliability diagram: how often it is right over how sure it is")


def robustness(curve: Curve, measures: Mapping[str, str]) -> str:
    """A field for each of `measures` (name to title), a line a model; full lines are ER, dashed ones FER."""
    with style():
        figure = Figure(figsize=(4.6, 3.0), layout="constrained")
        fields = figure.subplots(1, len(measures))
        for axes, (measure, title) in zip(fields, measures.items(), strict=True):
            _curve(axes, curve, measure)
            axes.set_title(title, fontsize=9.5, loc="left")
        handles, labels = fields[0].get_legend_handles_labels()
        figure.legend(
            handles, labels, loc="outside upper left", ncols=2, frameon=False, fontsize=9, handlelength=2.2
        )  # fmt: skip
        return svg(figure, f"{' and '.join(measures.values())} over {curve.unit}: {curve.name}")


def _curve(axes: Axes, curve: Curve, measure: str) -> None:
    colours = company_colours(curve.scores)
    for place, (model, instruments) in enumerate(curve.scores.items()):
        for instrument, measures in instruments.items():
            estimates = measures[measure]
            low, high = [e.low for e in estimates], [e.high for e in estimates]
            axes.fill_between(curve.strengths, low, high, color=colours[model], alpha=0.1, linewidth=0)
            axes.plot(
                curve.strengths, [e.value for e in estimates], color=colours[model], linewidth=1.4, markersize=3.5,
                linestyle="-" if instrument == "ER" else (0, (3, 2)), marker=MARKERS[place % len(MARKERS)],
                label=f"{model}, {instrument}",
            )  # fmt: skip
    axes.set(xlabel=curve.unit, ylim=(min(0.0, axes.get_ylim()[0]), 1.0))
    axes.set_xticks(np.linspace(curve.strengths[0], curve.strengths[-1], 3))
    if curve.unit.startswith("share"):
        axes.xaxis.set_major_formatter(lambda value, _: f"{value:.0%}")
    axes.set_yticks(np.linspace(0, 1, 5))
    axes.axhline(0, color=FAINT, linewidth=0.8)
    bare(axes)
