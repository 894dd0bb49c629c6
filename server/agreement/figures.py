"""The agreement of each field, overall and by week."""

from datetime import date

import numpy as np
from numpy.typing import NDArray

from annotate.agreement.answers import Answers, per_trial, runs
from annotate.agreement.fields import FIELDS, Field, measure, quoted_by_group
from annotate.intervals import Interval
from annotate.scales import Instrument
from server.agreement.documents import (
    FieldAgreement,
    Figure,
    InstrumentAgreement,
    StatisticFigure,
    WeekFigure,
    figure,
)
from server.agreement.reading import Columns

DRAWS = 1000
#: A week is one of many, and its interval wide in any case.
WEEK_DRAWS = 200
#: A week of fewer participants tells nothing but chance.
WEEK_PARTICIPANTS = 5
#: Half a year is looked back.
WEEKS = 26


def instrument_agreement(instrument: Instrument, columns: Columns) -> InstrumentAgreement:
    usable = columns.usable
    return InstrumentAgreement(
        instrument=instrument,
        answers=int(usable.sum()),
        left_out=int((~usable).sum()),
        trials=len(np.unique(columns.task[usable])),
        raters=len(np.unique(columns.rater[usable])),
        participants=len(np.unique(columns.participant[usable])),
        fields=[_field(field, columns) for field in FIELDS[instrument]],
    )


def _field(field: Field, columns: Columns) -> FieldAgreement:
    answers = columns.answers(field)
    statistics = [
        StatisticFigure(
            statistic=one.statistic,
            figure=figure(one.interval),
            trials=one.trials,
            raters=one.raters,
            answers=one.answers,
            k=one.k,
        )
        for one in measure(field, answers, draws=DRAWS)
    ]
    return FieldAgreement(field=field, statistics=statistics, weeks=_weeks(field, answers, columns))


def _weeks(field: Field, answers: Answers, columns: Columns) -> list[WeekFigure]:
    """The latest WEEKS in which a trial got its last answer; a trial with one answer tells nothing."""
    week = week_completed(answers, columns.week[columns.usable])
    mondays, place = np.unique(week, return_inverse=True)
    found = quoted_by_group(field, answers, place, len(mondays), draws=WEEK_DRAWS)
    numbers = per_trial(answers)
    share = np.where(numbers >= 2, 1 / numbers, 0)  # of its trial, each answer's
    trials = np.bincount(place, weights=share, minlength=len(mondays))
    return [
        WeekFigure(monday=date.fromordinal(monday), figure=of_week(interval), trials=round(own))
        for monday, interval, own in zip(mondays.tolist(), found, trials.tolist(), strict=True)
        if own
    ][-WEEKS:]


def of_week(interval: Interval | None) -> Figure | None:
    """A week's figure, None where too few participants are in it."""
    return None if interval is None or interval.participants < WEEK_PARTICIPANTS else figure(interval)


def week_completed(answers: Answers, week: NDArray[np.int64]) -> NDArray[np.int64]:
    """(N,): for each answer the week of the last answer to its trial."""
    trial, counts = runs(answers.trial)
    return np.maximum.reduceat(week, np.cumsum(counts) - counts)[trial] if len(trial) else week
