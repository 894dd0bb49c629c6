"""How the pictures of the report look: in a page of either brightness, to the colour-blind too (Okabe & Ito 2008)."""

import io
import itertools
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from html import escape
from typing import Any, Literal

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

OURS, CHANCE, INK, FAINT, EDGE = "#0072b2", "#9aa0a6", "#23272e", "#e7e9ee", "#c4c8d0"
#: Of full cells: the same in a dark page too, since white numbers stand on it.
SHADE = "#0072b3"
THEIRS = ("#e69f00", "#56b4e9", "#009e73", "#cc79a7", "#d55e00", "#f0e442")
MARKERS = ("o", "s", "D", "^", "v", "P")
#: The page sets these anew where it is dark; elsewhere each colour stands in for itself.
_NAMES = {OURS: "ours", CHANCE: "chance", INK: "ink", FAINT: "grid", EDGE: "edge"}
_STYLE: dict[Any, object] = {
    "font.family": "sans-serif",
    "font.size": 10,
    "svg.fonttype": "none",
    "svg.hashsalt": "duchenne",  # the same report gives the same bytes
    "axes.edgecolor": EDGE,
    "axes.labelcolor": INK,
    "text.color": INK,
    "xtick.color": INK,
    "ytick.color": INK,
}


@contextmanager
def style() -> Iterator[None]:
    with mpl.rc_context(_STYLE):
        yield


def company_colours(models: Iterable[str]) -> dict[str, str]:
    """Ours first; the others in turn. More of them than there are colours have one for all: none stands for two."""
    names = list(models)
    theirs = THEIRS if len(names) <= len(THEIRS) + 1 else THEIRS[1:2]
    return dict(zip(names, itertools.chain([OURS], itertools.cycle(theirs)), strict=False))


def bare(axes: Axes, grid: Literal["x", "y", "both"] = "y") -> None:
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.grid(axis=grid, color=FAINT)
    axes.set_axisbelow(True)
    axes.tick_params(length=0)


def svg(figure: Figure, says: str) -> str:
    """The picture as an element to put into a page; `says` (plain words) is for whoever cannot see it."""
    text = io.StringIO()
    figure.savefig(text, format="svg", transparent=True, metadata={"Date": None})
    picture = re.sub(r"^.*?(?=<svg)|<metadata>.*?</metadata>", "", text.getvalue(), flags=re.DOTALL)
    picture = re.sub("|".join(_NAMES), lambda colour: f"var(--{_NAMES[colour[0]]}, {colour[0]})", picture)
    # Numbers of one picture would be taken for those of another in the same page; only clips are referred to.
    picture = re.sub(r'<g id="[^"]*"', "<g", picture)
    return picture.replace("<svg ", f'<svg role="img" aria-label="{escape(says)}" ', 1)
