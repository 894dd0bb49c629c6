"""Where the answers to one trial lie in the plane of valence and arousal."""

from dataclasses import dataclass

from server.trials.one import Affect, OneTrial

#: The picture's own coordinates: a square, with a margin for words around the plane.
SIDE, MARGIN = 320.0, 26.0


@dataclass(frozen=True)
class Mark:
    """One answer: `kind` is ER, FER, self or model; `x`, `y` in the picture's coordinates; `says` in words."""

    kind: str
    x: float
    y: float
    says: str


def marks_of(trial: OneTrial) -> list[Mark]:
    """The current model below, then raters, the participant on top. Answers to training trials are left out."""
    marks = [
        _mark("model", f"model {one.model}, {one.instrument}", one.affect) for one in trial.predictions if one.current
    ]
    marks += [
        _mark(one.instrument, f"{one.rater}, {one.instrument}", one.affect)
        for one in trial.answers
        if one.purpose != "training"
    ]
    if trial.self_report is not None:
        marks.append(_mark("self", "self-report", trial.self_report))
    return [mark for mark in marks if mark is not None]


def _mark(kind: str, who: str, affect: Affect) -> Mark | None:
    if affect.valence is None or affect.arousal is None:
        return None
    span = SIDE - 2 * MARGIN
    x = round(MARGIN + (affect.valence + 1) / 2 * span, 1)
    y = round(SIDE - MARGIN - (affect.arousal + 1) / 2 * span, 1)
    said = f"{who}: {affect.seven or affect.three or 'no class'}, valence {affect.valence:+.2f}"
    return Mark(kind, x, y, f"{said}, arousal {affect.arousal:+.2f}")
