"""The pictures of the report that show scores, each as one SVG string."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.ticker import MaxNLocator

from model.evaluation.evaluate import ClassScores
from model.evaluation.intervals import Estimate
from model.evaluation.plot_style import CHANCE, FAINT, INK, MARKERS, OURS, SHADE, bare, company_colours, style, svg


def score_bars(scores: dict[str, dict[str, Estimate]], uniform: float) -> str:
    """Bars of WAR and UAR with their intervals; `scores` is measure name to model to estimate, ours first, what looks
    at nothing last.
    """
    with style():
        models = list(next(iter(scores.values())))
        colours = {**company_colours(models), models[-1]: CHANCE, models[0]: OURS}
        figure = Figure(figsize=(4.6, 0.8 + 0.3 * len(models)), layout="constrained")
        fields = figure.subplots(1, len(scores), sharey=True)
        right = 1.42  # leaves room for the value beside a bar of 100 %
        for axes, (measure, of_model) in zip(fields, scores.items(), strict=True):
            found, rows = list(of_model.values()), np.arange(len(of_model))
            axes.barh(rows, [each.value for each in found], 0.7, color=[colours[model] for model in of_model])
            axes.hlines(rows, [each.low for each in found], [each.high for each in found], color=INK, linewidth=1.4)
            for row, estimate in enumerate(found):
                axes.text(right, row, f"{estimate.value:.0%}", ha="right", va="center", fontsize=9)
            axes.axvline(uniform, color=INK, linewidth=0.8, linestyle=(0, (3, 3)))
            axes.set_yticks(range(len(models)), models)
            axes.set(xlim=(0, right), ylim=(len(models) - 0.5, -0.5), xticks=(0, 0.5, 1))
            axes.xaxis.set_major_formatter(lambda value, _: f"{value:.0%}")
            axes.set_title(measure, fontsize=10, weight="bold", loc="left")
            bare(axes, "x")
        return svg(figure, f"Bars of {' and '.join(scores)} with intervals, a bar a model")


def confusion_matrix(counts: list[list[int]], classes: list[str]) -> str:
    """Rows the raters' class, columns the model's; shade is the share of the row, the number the trials."""
    table = np.array(counts)
    shares = table / np.maximum(table.sum(axis=1, keepdims=True), 1)
    size = 0.42 * len(classes)
    with style():
        figure = Figure(figsize=(size + 1.3, size + 1.0), layout="constrained")
        axes = figure.subplots()
        for row, column in np.ndindex(table.shape):
            # The shade is a transparent blue, so that the same picture does on white and on black.
            corner = (column - 0.5, row - 0.5)
            axes.add_patch(Rectangle(corner, 1, 1, facecolor=SHADE, alpha=shares[row, column], linewidth=0))
            if table[row, column]:
                colour = "white" if shares[row, column] > 0.55 else INK
                axes.text(column, row, str(table[row, column]), ha="center", va="center", color=colour, fontsize=9)
        edges = np.arange(len(classes) + 1) - 0.5
        axes.hlines(edges, edges[0], edges[-1], color=FAINT, linewidth=0.8)
        axes.vlines(edges, edges[0], edges[-1], color=FAINT, linewidth=0.8)
        axes.set_xticks(range(len(classes)), classes, rotation=40, ha="right", rotation_mode="anchor")
        axes.set_yticks(range(len(classes)), classes)
        axes.set(xlabel="the model says", ylabel="the raters say", xlim=edges[[0, -1]], ylim=edges[[-1, 0]])
        axes.set_aspect("equal")
        axes.tick_params(which="both", length=0)
        axes.spines[:].set_visible(False)
        return svg(figure, f"Confusion matrix of {len(classes)} classes")


def class_recalls(of_model: dict[str, dict[str, ClassScores]]) -> str:
    """A line a class, from the most to the least frequent; a dot a model, ours first, with its interval."""
    ours = next(iter(of_model.values()))
    classes = sorted(ours, key=lambda name: -ours[name].trials)
    colours = company_colours(of_model)
    with style():
        figure = Figure(figsize=(4.6, 0.85 + 0.4 * len(classes)), layout="constrained")
        axes = figure.subplots()
        for place, (model, scores) in enumerate(of_model.items()):
            shift = (place - (len(of_model) - 1) / 2) * 0.26
            found = [scores[name].recall for name in classes]
            _intervals(
                axes, found, np.arange(len(classes)) + shift, colours[model], MARKERS[place % len(MARKERS)], model
            )
        axes.set_yticks(range(len(classes)), [f"{name} ({ours[name].trials})" for name in classes])
        axes.set(xlim=(-0.02, 1.02), ylim=(len(classes) - 0.5, -0.5), xlabel="recall")
        axes.xaxis.set_major_formatter(lambda value, _: f"{value:.0%}")
        bare(axes, "x")
        figure.legend(loc="outside upper left", ncols=3, frameon=False, fontsize=9, handlelength=1)
        return svg(figure, "Recall of each class with intervals")


def forest(of_measure: dict[str, dict[str, Estimate]]) -> str:
    """A field a measure, a line a companion: ours minus it. What crosses the line in the middle may be chance."""
    others = list(next(iter(of_measure.values())))
    every = [each for differences in of_measure.values() for each in differences.values()]
    low, high = min(-0.05, *(each.low for each in every)), max(0.05, *(each.high for each in every))
    margin = 0.06 * (high - low)
    with style():
        figure = Figure(figsize=(4.6, 1.0 + 0.3 * len(others)), layout="constrained")
        fields = figure.subplots(1, len(of_measure), sharey=True)
        for axes, (measure, differences) in zip(fields, of_measure.items(), strict=True):
            found = [differences[name] for name in others]
            clear = np.array([each.low > 0 or each.high < 0 for each in found])
            for rows, colour in ((np.flatnonzero(clear), OURS), (np.flatnonzero(~clear), CHANCE)):
                _intervals(axes, [found[row] for row in rows], rows, colour, "o")
            axes.axvline(0, color=INK, linewidth=0.8, linestyle=(0, (3, 3)))
            axes.set_yticks(range(len(others)), others)
            axes.set(xlim=(low - margin, high + margin), ylim=(len(others) - 0.5, -0.5))
            axes.set_title(measure, fontsize=10, weight="bold")
            axes.xaxis.set_major_locator(MaxNLocator(4))
            axes.set_xlabel("ours better \u2192", fontsize=9, loc="right")
            bare(axes, "x")
        return svg(figure, f"Differences in {' and '.join(of_measure)} from {', '.join(others)}, with intervals")


def _intervals(
    axes: Axes, found: list[Estimate], rows: np.ndarray, colour: str, marker: str, label: str | None = None
) -> None:
    axes.hlines(rows, [each.low for each in found], [each.high for each in found], color=colour, linewidth=1.6)
    axes.plot([each.value for each in found], rows, marker, color=colour, markersize=5.5, label=label)


def training_curves(folds: list[tuple[int, tuple[float, ...], tuple[float, ...], int]]) -> str:
    """(fold, training loss an epoch, validation loss an epoch, best epoch) of each fold."""
    with style():
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
        bare(axes)
        figure.legend(loc="outside upper left", ncols=3, frameon=False, fontsize=9, handlelength=1)
        return svg(figure, "Losses epoch by epoch, of training and validation people")
