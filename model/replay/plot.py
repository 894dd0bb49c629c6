"""The picture of a replay: two learning curves with bands, and where all labels would lead."""

from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from model.evaluation.plot_style import CHANCE, INK, OURS, bare, style, svg
from model.replay.curves import DECIDES, Curves

_ORDERS = {"chance": (CHANCE, "s", "random order"), "choice": (OURS, "o", "the queue's order")}


def learning_curves(curves: Curves) -> str:
    """UAR over labelled trials; bands are intervals over participants. Dashed: guessing; dotted: all labels."""
    labels = [point.labels for point in curves.points]
    lowest = []
    with style():
        figure = Figure(figsize=(5.2, 3.7), layout="constrained")
        axes = figure.subplots()
        for order, (colour, marker, name) in _ORDERS.items():
            found = [getattr(point, order)[DECIDES] for point in curves.points]
            low, high = [each.low for each in found], [each.high for each in found]
            axes.fill_between(labels, low, high, color=colour, alpha=0.2, linewidth=0)
            axes.plot(labels, [each.value for each in found], color=colour, marker=marker, linewidth=1.8, label=name)
            lowest += [*low, *(each.value for each in found)]
        for level, dashes, says in (
            (1 / curves.classes, (0, (3, 3)), "guessing"),
            (curves.everything[DECIDES].value, (0, (1, 2)), f"all {curves.labels_in_all} labels"),
        ):
            axes.axhline(level, color=INK, linewidth=0.9, linestyle=dashes, label=says)
        axes.set(xlabel="labelled trials", ylabel="UAR, seven classes", ylim=(max(0.0, min(lowest) - 0.05), None))
        axes.xaxis.set_major_locator(MaxNLocator(6, integer=True))
        axes.yaxis.set_major_formatter(lambda value, _: f"{value:.0%}")
        bare(axes, "both")
        figure.legend(loc="outside upper left", ncols=2, frameon=False, fontsize=9, handlelength=2.0)
        return svg(figure, "Learning curves: UAR over labelled trials, the queue's order and random order, with bands")
