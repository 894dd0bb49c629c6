"""The gap: everything that is known of how the shown differs from the felt, from the answers of both instruments."""

from dataclasses import dataclass, field

import numpy as np

from annotate.gap.answers import BothAnswered, LeftOut
from annotate.gap.confusion import Confusion, LabelRule, confusion
from annotate.gap.felt import FeltFigures, by_felt
from annotate.gap.figures import GroupFigures, RatioTable, group_figures, own_figures, ratio_table
from annotate.gap.measures import Measures, measure
from annotate.gap.raters import FIGURES, OverRaters, over_raters
from annotate.gap.self_report import SelfReportFigures, against_self_report
from annotate.resampling import Drawn, Resampling
from annotate.scales import EMOTIONS


@dataclass(frozen=True)
class Gap:
    """All figures. `raters_of_both` are people who answered both instruments, of whatever trials.

    Groups are in the order of their keys; emotions in the order of the scales, those without a trial left out.
    `measures` and `both` are what they were made of, for lists of trials.
    """

    trials: int
    participants: int
    er_raters: int
    fer_raters: int
    raters_of_both: int
    left_out: LeftOut
    overall: GroupFigures
    over_raters: dict[str, OverRaters]
    confusions: dict[LabelRule, Confusion]
    by_clip_emotion: list[GroupFigures]
    by_felt: FeltFigures
    by_stimulus: list[GroupFigures]
    by_participant: list[GroupFigures]
    self_report: SelfReportFigures
    both: BothAnswered = field(repr=False)
    measures: Measures = field(repr=False)


def find_gap(both: BothAnswered, *, draws: int = 1000, seed: int = 0) -> Gap | None:
    """The gap of these trials, None where there are none. The same answers and seed give the same figures.

    Intervals are over participants; those of one participant over that participant's trials (jackknife), which say how
    far the figure would move with other clips.
    """
    if not len(both):
        return None
    m = measure(both)
    table = ratio_table(both, m)
    people = Resampling(both.participant, len(both.participants), draws=draws, seed=seed)
    all_of_them = np.zeros(len(both), dtype=np.int64)
    emotions = tuple(emotion.value for emotion in EMOTIONS)
    (overall,) = group_figures(table, people, all_of_them, ("all",))
    clip_emotions = group_figures(table, people, both.clip_emotion, emotions)
    felt = by_felt(both, m, people)
    er, fer = set(both.er.rater.tolist()), set(both.fer.rater.tolist())
    return Gap(
        trials=len(both),
        participants=len(both.participants),
        er_raters=len(er),
        fer_raters=len(fer),
        raters_of_both=len(er & fer),
        left_out=both.left_out,
        overall=overall,
        over_raters=over_raters(both, _variances(table, people)),
        confusions={rule: confusion(m, people, rule) for rule in LabelRule},
        by_clip_emotion=[group for group in clip_emotions if group.trials],
        by_felt=FeltFigures([group for group in felt.groups if group.trials], felt.selected_on_own),
        by_stimulus=group_figures(table, people, both.stimulus, both.stimuli),
        by_participant=own_figures(table, both.participant, both.participants),
        self_report=against_self_report(both, m, people),
        both=both,
        measures=m,
    )


def _variances(table: RatioTable, people: Resampling) -> dict[str, float]:
    """The variance over draws of the figures that are also told over raters."""

    def drawn(name: str) -> Drawn:
        numerator, denominator = table.ratios[name]
        return people.ratios(numerator[:, None], denominator[:, None])

    figures = (
        drawn("valence shift"),
        drawn("arousal shift"),
        drawn("distance compared") - drawn("distance noise"),
        drawn("differ compared") - drawn("differ noise"),
    )
    return {
        name: float(np.nanvar(one.draws)) if np.isfinite(one.draws).any() else np.nan
        for name, one in zip(FIGURES, figures, strict=True)
    }
