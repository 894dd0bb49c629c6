"""Plots as SVG elements for a page: in the page's own letters and colours, so that they follow light and dark."""

import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

#: Each stands for a variable of the style sheet, which takes its place in the SVG.
INK, MUTED, LINE, SUNKEN, A, B, C, BAD = (f"#0{digit}5a9c" for digit in range(1, 9))
_VARIABLES = {
    INK: "ink", MUTED: "muted", LINE: "line", SUNKEN: "sunken", A: "plot-a", B: "plot-b", C: "plot-c", BAD: "bad",
}  # fmt: skip

_STYLE: dict[Any, object] = {
    "font.family": "sans-serif",
    "font.size": 9.5,
    "svg.fonttype": "none",  # letters stay letters: they can be searched, and take the page's own type
    "svg.hashsalt": "duchenne",
    "axes.edgecolor": LINE,
    "axes.labelcolor": MUTED,
    "text.color": INK,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "axes.linewidth": 0.8,
    "lines.linewidth": 1.3,
    "path.simplify": True,
    "path.simplify_threshold": 0.4,
}


@contextmanager
def plain_style() -> Iterator[None]:
    """Everything between begins and ends with this style: matplotlib's is global."""
    import matplotlib as mpl

    with mpl.rc_context(_STYLE):
        yield


def new_figure(width: float, height: float) -> "Figure":
    """In inches of 96 pixels where the page has room for them."""
    from matplotlib.figure import Figure

    return Figure(figsize=(width * 4 / 3, height * 4 / 3), layout="constrained")


def bare(axes: "Axes") -> None:
    """No frame, a faint grid."""
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.grid(axis="y", color=LINE, linewidth=0.6)
    axes.set_axisbelow(True)
    axes.tick_params(length=0)


def svg_of(figure: "Figure", name: str, label: str) -> str:
    """The figure as an element. `name` makes its ids its own within the page; `label` is read out to the blind."""
    text = io.StringIO()
    figure.savefig(text, format="svg", transparent=True, metadata={"Date": None})
    svg = re.sub(r"^.*?(?=<svg)|<metadata>.*?</metadata>", "", text.getvalue(), flags=re.DOTALL)
    svg = re.sub(r' xmlns(:xlink)?="[^"]*"', "", svg).replace("xlink:href", "href")
    svg = re.sub(r'(\bid="|url\(#|href="#)', rf"\g<1>{name}-", svg)
    svg = re.sub(r'(<svg[^>]*?) height="[^"]*"([^>]*?) width="[^"]*"', r"\1\2", svg, count=1)
    svg = re.sub(r'(<svg[^>]*?) width="[^"]*"([^>]*?) height="[^"]*"', r"\1\2", svg, count=1)
    for colour, variable in _VARIABLES.items():
        svg = svg.replace(colour, f"var(--{variable})")
    return svg.replace("<svg", f'<svg role="img" aria-label="{label}"', 1).strip()
