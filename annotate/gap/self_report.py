"""Raters against what the participants said of themselves. A self-report is compared with, never pooled."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from annotate.gap.answers import BothAnswered, Floats, Side
from annotate.gap.measures import Measures
from annotate.intervals import Interval
from annotate.resampling import Drawn, Resampling, one_interval


@dataclass(frozen=True)
class Against:
    """One instrument against the self-report.

    `same_class`: share of answers that name the participant's own class. `distance`: of an answer from the
    self-report in the plane of valence and arousal. `valence`, `arousal`: mean of raters minus self-report.
    `valence_ccc`, `arousal_ccc`: Lin's concordance (1989, Biometrics 45, 255-268) of the trials' means with it.
    """

    same_class: Interval | None
    distance: Interval | None
    valence: Interval | None
    arousal: Interval | None
    valence_ccc: Interval | None
    arousal_ccc: Interval | None


@dataclass(frozen=True)
class SelfReportFigures:
    """`trials_with_class` and `trials_with_place`: how many have such a self-report. `difference`: FER minus ER."""

    trials_with_class: int
    trials_with_place: int
    er: Against
    fer: Against
    difference: Against


def against_self_report(both: BothAnswered, m: Measures, resampling: Resampling) -> SelfReportFigures:
    """ER against what the participant said, FER against it, and the difference of the two on the same trials."""
    er = _drawn(both, both.er, m.er_seven, m.felt, resampling)
    fer = _drawn(both, both.fer, m.fer_seven, m.shown, resampling)
    return SelfReportFigures(
        trials_with_class=int((both.said_seven >= 0).sum()),
        trials_with_place=int(_has_place(both).sum()),
        er=_figures(er),
        fer=_figures(fer),
        difference=_figures({name: fer[name] - er[name] for name in er}),
    )


def _has_place(both: BothAnswered) -> NDArray[np.bool_]:
    return np.isfinite(both.said[:, 0]) & np.isfinite(both.said[:, 1])


def _drawn(both: BothAnswered, side: Side, seven: Floats, place: Floats, resampling: Resampling) -> dict[str, Drawn]:
    with_class = both.said_seven >= 0
    same = np.where(with_class, seven[np.arange(len(both)), both.said_seven], 0.0)
    with_place = _has_place(both)
    said = np.where(with_place[:, None], both.said, 0.0)
    apart = side.place - said[side.trial]
    columns = {
        "same_class": (same, with_class),
        "distance": (side.mean(np.hypot(apart[:, 0], apart[:, 1])), with_place),
        "valence": (place[:, 0] - said[:, 0], with_place),
        "arousal": (place[:, 1] - said[:, 1], with_place),
    }
    drawn = {
        name: resampling.ratios((values * known)[:, None], known.astype(np.float64)[:, None])
        for name, (values, known) in columns.items()
    }
    for scale, column in (("valence", 0), ("arousal", 1)):
        drawn[f"{scale}_ccc"] = _concordance(
            place[:, column], said[:, column], with_place.astype(np.float64), resampling
        )
    return drawn


def _concordance(x: Floats, y: Floats, known: Floats, resampling: Resampling) -> Drawn:
    """2 cov / (var x + var y + (mean x - mean y)²), with variances over n, from the sums of each draw."""
    columns = np.stack([known, x * known, y * known, x * x * known, y * y * known, x * y * known], axis=1)

    def of(totals: Floats) -> Floats:
        with np.errstate(invalid="ignore", divide="ignore"):
            mx, my, mxx, myy, mxy = (totals[:, 1:] / totals[:, :1]).T
            spread = mxx - mx**2 + myy - my**2 + (mx - my) ** 2
            return np.where(spread > 1e-12, 2 * (mxy - mx * my) / spread, np.nan)

    return resampling.statistic(of, columns)


def _figures(drawn: dict[str, Drawn]) -> Against:
    return Against(**{name: one_interval(one) for name, one in drawn.items()})
