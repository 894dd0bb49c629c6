"""`make bench`: every benchmark of this folder, or those that are named. Fails if a promised figure was missed.

A benchmark is a module here with `TITLE` and `run() -> list[Figure]`; it may raise Skipped with a plain reason.
"""

import sys
from importlib import import_module
from pathlib import Path

from duchenne.console import out, tell, tell_error, tell_note, tell_table
from tests.bench.figure import Figure
from tests.bench.skipped import Skipped

NAMES = sorted(path.stem for path in Path(__file__).parent.glob("*_bench.py"))


def shown(figure: Figure) -> tuple[str, ...]:
    peer = "" if figure.peer is None else f"{number(figure.peer)} {figure.unit} ({figure.peer_name})"
    ratio = "" if figure.ratio is None else f"{figure.ratio:.3g}"
    bounds = [
        f"{sign} {number(bound)}" for sign, bound in (("≥", figure.least), ("≤", figure.most)) if bound is not None
    ]
    return figure.what, f"{number(figure.ours)} {figure.unit}", peer, ratio, " ".join(bounds), figure.note


def number(value: float) -> str:
    """What was counted whole; what was measured to four digits."""
    return f"{value:,}" if isinstance(value, int) else f"{value:.4g}"


def main(wanted: list[str]) -> int:
    unknown = [name for name in wanted if f"{name}_bench" not in NAMES]
    if unknown:
        known = ", ".join(name.removesuffix("_bench") for name in NAMES)
        tell_error(f"there is no benchmark {', '.join(unknown)}; there are: {known}")
        return 2
    if not out.is_terminal:
        out.width = 150  # in a log, too, a row is to stay one row
    broken = 0
    for name in NAMES:
        if wanted and name.removesuffix("_bench") not in wanted:
            continue
        module = import_module(f"tests.bench.{name}")
        try:
            figures = module.run()
        except Skipped as reason:
            tell_note(f"{module.TITLE}: left out, {reason}")
            continue
        tell_table(module.TITLE, ("what", "ours", "peer", "ours/peer", "promised", ""), [shown(f) for f in figures])
        broken += sum(not figure.kept for figure in figures)
    tell("every promise was kept" if not broken else f"{broken} promises were not kept")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
