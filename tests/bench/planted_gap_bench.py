"""A gap that was planted: feelings in the gaze alone, expressions on the face alone. Each model must find its own half.

Simulated recordings of 20 people who each feel seven emotions and show others; five folds of people never seen.
"""

import tempfile
from datetime import UTC, datetime
from pathlib import Path

from annotate.media_store import MediaStore
from duchenne.console import bar
from model.benchmark.run import benchmark
from model.benchmark.shuffled_section import Found, found
from model.evaluation.evaluate import Evaluation
from tests.bench.figure import Figure
from tests.model.conftest import Lab

TITLE = "a planted gap: felt in the eyes, shown on the face (20 simulated people, 140 trials, 5 folds)"
EMERT, FACE, EYES = "emert_small", "face_only_small", "eyes_only_small"
PEOPLE, CLASSES, FOLDS = 20, 7, 5


def run() -> list[Figure]:
    with tempfile.TemporaryDirectory(prefix="duchenne-planted-") as scratch:
        lab = Lab(
            Path(scratch), participants=PEOPLE, classes=tuple(range(CLASSES)), folds=FOLDS, calm_frames=5,
            shown_by_lot=True,
        )  # fmt: skip
        snapshot, store = lab.snapshot(), lab.store()
        store.compute(snapshot, MediaStore(lab.media))
        as_rated, shuffled = (_trained(lab, snapshot, seed) for seed in (None, 0))
    return [
        _ahead("ER: emert_small is ahead of the face alone by", as_rated, "ER", FACE, least=True),
        _ahead("ER: emert_small is ahead of the eyes alone by", as_rated, "ER", EYES, least=False),
        _ahead("FER: emert_small is ahead of the face alone by", as_rated, "FER", FACE, least=False),
        _ahead("FER: emert_small is ahead of the eyes alone by", as_rated, "FER", EYES, least=True),
        *(_score(as_rated, instrument, model) for instrument in ("ER", "FER") for model in (EMERT, FACE, EYES)),
        *(_above_chance(one) for one in found(shuffled) if one.model in (EMERT, FACE, EYES)),
    ]


def _trained(lab: Lab, snapshot: Path, shuffled: int | None) -> Evaluation:
    with bar("networks" if shuffled is None else "networks, labels shuffled") as progress:
        result = benchmark(
            snapshot, MediaStore(lab.media), lab.features, lab.root / "networks", lab.runs, (EMERT, FACE, EYES),
            created_utc=datetime.now(UTC).isoformat(timespec="seconds"), shuffled=shuffled, progress=progress,
            store=lab.store(),
        )  # fmt: skip
    assert result.evaluation is not None, "this benchmark was never made before"
    return result.evaluation


def _ahead(what: str, evaluation: Evaluation, instrument: str, other: str, *, least: bool) -> Figure:
    """The end of the interval that decides, in points of UAR: above 0 where there is something to find, at most 0
    where there is nothing.
    """
    difference = evaluation.ahead[instrument]["all"][f"{other} uar"]
    note = f"{100 * difference.value:+.1f} [{100 * difference.low:+.1f}, {100 * difference.high:+.1f}], UAR"
    if least:
        return Figure(f"{what} at least", 100 * difference.low, "points", least=0.01, note=note)
    return Figure(f"{what} no more than", max(0.0, 100 * difference.low), "points", most=0, note=note)


def _score(evaluation: Evaluation, instrument: str, model: str) -> Figure:
    uar = evaluation.scores[instrument]["all"][model].measures["seven_uar"]
    note = f"[{100 * uar.low:.1f}, {100 * uar.high:.1f}]"
    return Figure(f"UAR of {instrument}, {model}", 100 * uar.value, "%", note=note)


def _above_chance(one: Found) -> Figure:
    """1 where the interval of UAR lies above chance: only a leak, or luck, could bring it there."""
    note = f"UAR {100 * one.uar.value:.1f} [{100 * one.uar.low:.1f}, {100 * one.uar.high:.1f}], {one.verdict}"
    above = int(one.verdict == "above chance")
    return Figure(f"labels shuffled, {one.instrument}, {one.model}: above chance", above, "", most=0, note=note)
