"""The pictures of the report, each as one SVG string. Colours are safe for the colour-blind (Okabe & Ito 2008)."""

import io
import re
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from annotate.scales import EMOTIONS
from model.evaluation.intervals import Estimate

OURS, THEIRS, CHANCE, INK, FAINT = "#0072B2", "#E69F00", "#9AA0A6", "#23272E", "#E7E9EE"
_STYLE: dict[Any, object] = {
    "font.family": "sans-serif",
    "font.size": 10,
    "svg.fonttype": "none",
    "svg.hashsalt": "duchenne",  # the same report gives the same bytes
    "axes.edgecolor": "#C4C8D0",
    "axes.labelcolor": INK,
    "text.color": INK,
    "xtick.color": INK,
    "ytick.color": INK,
}


def score_bars(scores: dict[str, dict[str, Estimate]], uniform: float) -> str:
    """Bars of WAR and UAR with their intervals; `scores` is measure name to model to estimate, ours first."""
    with mpl.rc_context(_STYLE):
        figure = Figure(figsize=(4.6, 2.9), layout="constrained")
        axes = figure.subplots()
        models = list(next(iter(scores.values())))
        colours = dict(zip(models, (OURS, THEIRS, CHANCE), strict=False))
        width = 0.8 / len(models)
        for group, (measure, of_model) in enumerate(scores.items()):
            for place, model in enumerate(models):
                estimate = of_model[model]
                x = group + (place - (len(models) - 1) / 2) * width
                axes.bar(x, estimate.value, width * 0.88, color=colours[model], label=model if group == 0 else None)
                axes.plot([x, x], [estimate.low, estimate.high], color=INK, linewidth=1.4, solid_capstyle="butt")
                axes.text(x, estimate.high + 0.02, f"{estimate.value:.0%}", ha="center", fontsize=9)
            axes.text(group, -0.09, measure, ha="center", va="top", transform=axes.get_xaxis_transform(), weight="bold")
        axes.axhline(uniform, color=INK, linewidth=0.8, linestyle=(0, (3, 3)), label="guessing")
        axes.set(ylim=(0, 1.08), xlim=(-0.52, len(scores) - 0.48), xticks=[], yticks=np.linspace(0, 1, 5))
        axes.yaxis.set_major_formatter(lambda value, _: f"{value:.0%}")
        _bare(axes)
        figure.legend(
            loc="outside upper left",
            ncols=len(models) + 1,
            columnspacing=1.2,
            frameon=False,
            fontsize=9,
            handlelength=1,
        )
        return _svg(figure)


def confusion_matrix(counts: list[list[int]]) -> str:
    """Rows the raters' class, columns the model's; shade is the share of the row, the number the trials."""
    table = np.array(counts)
    shares = table / np.maximum(table.sum(axis=1, keepdims=True), 1)
    with mpl.rc_context(_STYLE):
        figure = Figure(figsize=(4.3, 3.7), layout="constrained")
        axes = figure.subplots()
        axes.imshow(
            shares, cmap=mpl.colors.LinearSegmentedColormap.from_list("ours", ["#FFFFFF", OURS]), vmin=0, vmax=1
        )
        for row, column in np.ndindex(table.shape):
            if table[row, column]:
                colour = "white" if shares[row, column] > 0.55 else INK
                axes.text(column, row, str(table[row, column]), ha="center", va="center", color=colour, fontsize=9)
        axes.set_xticks(
            range(len(EMOTIONS)), [str(e) for e in EMOTIONS], rotation=40, ha="right", rotation_mode="anchor"
        )
        axes.set_yticks(range(len(EMOTIONS)), [str(e) for e in EMOTIONS])
        axes.set(xlabel="the model says", ylabel="the raters say")
        axes.set_xticks(np.arange(len(EMOTIONS) + 1) - 0.5, minor=True)
        axes.set_yticks(np.arange(len(EMOTIONS) + 1) - 0.5, minor=True)
        axes.grid(which="minor", color=FAINT)
        axes.tick_params(which="both", length=0)
        axes.spines[:].set_visible(False)
        return _svg(figure)


def training_curves(folds: list[tuple[int, tuple[float, ...], tuple[float, ...], int]]) -> str:
    """(fold, training loss an epoch, validation loss an epoch, best epoch) of each fold."""
    with mpl.rc_context(_STYLE):
        figure = Figure(figsize=(4.6, 2.9), layout="constrained")
        axes = figure.subplots()
        for number, (_, train, validation, best) in enumerate(folds):
            epochs = np.arange(1, len(train) + 1)
            first = number == 0
            axes.plot(epochs, train, color=CHANCE, linewidth=1, label="training people" if first else None)
            axes.plot(epochs, validation, color=OURS, linewidth=1.2, label="validation people" if first else None)
            axes.plot(best, validation[best - 1], "o", color=OURS, markersize=5, label="epoch kept" if first else None)
        axes.set(xlabel="epoch", ylabel="loss", ylim=(0, None))
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        _bare(axes)
        figure.legend(loc="outside upper left", ncols=3, frameon=False, fontsize=9, handlelength=1)
        return _svg(figure)


def _bare(axes: Axes) -> None:
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.grid(axis="y", color=FAINT)
    axes.set_axisbelow(True)
    axes.tick_params(length=0)


def _svg(figure: Figure) -> str:
    """The picture as an element to put into a page."""
    text = io.StringIO()
    figure.savefig(text, format="svg", transparent=True, metadata={"Date": None})
    return re.sub(r"^.*?(?=<svg)|<metadata>.*?</metadata>", "", text.getvalue(), flags=re.DOTALL)
