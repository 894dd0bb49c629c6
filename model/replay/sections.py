"""The parts of a replay's page: verdict and curves, tables, what the queue saw, how to get there again."""

from html import escape

import numpy as np

from annotate.scales import Instrument
from model.evaluation.facts import trained_on
from model.evaluation.intervals import Estimate
from model.evaluation.sections import ASKS
from model.evaluation.sections import in_words as measure_in_words
from model.evaluation.tables import cell, counted, number, percent, table
from model.replay.curves import DECIDES, MEASURES, Curves
from model.replay.in_words import in_words, tenths
from model.replay.plot import learning_curves
from model.replay.record import ChoiceTold, ReplayRecord


def instrument_section(instrument: str, curves: Curves) -> str:
    short, rest = in_words(curves).split(":", 1)
    return (
        f"<section><h2>{instrument}: {ASKS[Instrument(instrument)]}</h2>"
        f'<p class="verdict"><b>{short}</b>:{escape(rest)}</p>{learning_curves(curves)}</section>'
    )


def curves_table(instrument: str, curves: Curves) -> str:
    """A row a number of labels; the last one is what the verdict is by."""
    head = ["labelled trials", "UAR, queue", "UAR, random"]
    head += [f"{measure_in_words(measure)}, difference" for measure in MEASURES]
    rows = [
        [
            f"{point.labels}{'<small>start of both</small>' if not place else ''}",
            cell(point.choice[DECIDES], True),
            cell(point.chance[DECIDES], False),
            *(_difference(point.ahead[measure], measure, nothing=not place) for measure in MEASURES),
        ]
        for place, point in enumerate(curves.points)
    ]
    average = [_difference(curves.average[measure], measure) for measure in MEASURES]
    rows.append(["<b>mean</b><small>without the start</small>", "", "", *average])
    decides = [_difference(curves.decides, DECIDES), "", ""]
    rows.append([f"<b>verdict</b><small>luck of the lots ± {tenths(curves.luck)[1:]}</small>", "", "", *decides])
    rows.append([f"all {curves.labels_in_all}", "", cell(curves.everything[DECIDES], False), "", "", ""])
    return f"<div><h3>{instrument}</h3>{table(head, rows)}</div>"


def choices_table(record: ReplayRecord) -> str:
    """Means over folds and seeds, a row an instrument and point."""
    head = ["", "labelled trials", "hidden then", "their uncertainty", "bands of the queue", "same labels as random"]
    rows = []
    for place, instrument in enumerate(Instrument):
        for point in range(1, len(record.points)):
            told = [each for each in record.choices if (each.instrument, each.point) == (instrument, point)]
            if told:
                rows.append([str(instrument) if point == 1 else "", str(record.points[point][place]), *_choice(told)])
    return table(head, rows)


def bands_in_words(record: ReplayRecord) -> str:
    """Whether the queue had anything to choose from; nothing where labels came strictly by priority."""
    if record.strictly:
        return "Here labels came strictly by priority, finer than raters get them."
    one = sum(each.bands == 1 for each in record.choices)
    told = "Raters get labels by tenths of priority (bands), and within a band in an order of their own; so here too."
    if one:
        told += (
            f" In {one} of {len(record.choices)} steps all hidden labels lay in one band, so that the queue's "
            "order was random order."
        )
    return told


def how_it_was_done(record: ReplayRecord) -> str:
    steps = {(fit.seed, fit.fold, fit.point) for fit in record.fits if fit.role == "judge"}
    judges = sum(fit.role == "judge" for fit in record.fits) // max(1, len(steps))
    validating = sorted({fit.validation for fit in record.fits if fit.role != "judge"})
    train, tested = (_counts([pair[side] for pair in record.people]) for side in (0, 1))
    return (
        f"The people of {counted(len(record.folds), 'fold')} ({_numbers(record.folds)}) were held out one after the "
        f"other: {tested} are tested each time, {train} to train on. All labels of the latter were hidden but one of "
        "each person and instrument, drawn by lot: the start, the same for both orders. Then labels were uncovered, ER "
        "and FER each by a queue of its own, up to half of what was hidden; later both orders hold the same labels, "
        f"whatever chose. Before each step {judges} networks were trained on what the queue's order had uncovered "
        "until then, each without a part of the training people, and said how sure they are of that part, as every "
        "night does. Random order is drawn twice. The networks that are measured have the same seed, and so the same "
        f"first weights. Their epoch and temperatures are chosen by {_numbers(validating)} of the training people, by "
        "labels that are uncovered, at the start one of each; then, where the recipe does so, they are trained anew on "
        "those too. Nobody who is tested was trained on, chose an epoch, or ordered a queue."
    )


def facts(record: ReplayRecord) -> dict[str, str]:
    seconds = sum(fit.seconds for fit in record.fits)
    return {
        "recipe": f"{record.recipe.name}: {record.recipe.says}",
        "snapshot": f"{record.snapshot} (rows {record.snapshot_sha256})",
        "folds": _numbers(record.folds),
        "seeds": _numbers(record.seeds),
        "order": "priority itself" if record.strictly else "bands of the queue, by lot within a band",
        "features": ", ".join(record.extractors),
        "networks": f"{len(record.fits)}, {seconds:.0f} s in all; report.json has the digest of each and of its labels",
        **trained_on(record.machine, record.device, record.workers, record.software),
        "again": _command(record),
    }


def _command(record: ReplayRecord) -> str:
    words = ["duchenne replay --snapshot", record.snapshot, f"--recipe {record.recipe.name}"]
    words += [f"--folds {len(record.folds)}", *(f"--seed {seed}" for seed in record.seeds)]
    words += [f"--points {record.asked_points}", *(["--strictly"] if record.strictly else [])]
    return " ".join(words)


def _difference(estimate: Estimate, measure: str, *, nothing: bool = False) -> str:
    """UAR in points, CCC as it is. None is coloured: these intervals know nothing of lots, and are many."""
    if nothing:
        return '<td class="soft">–</td>'
    say = tenths if measure == DECIDES else number
    interval = "" if np.isnan(estimate.low) else f"<small>{say(estimate.low)} to {say(estimate.high)}</small>"
    return f"<td>{say(estimate.value)}{interval}</td>"


def _choice(told: list[ChoiceTold]) -> list[str]:
    return [
        f"{np.mean([each.hidden for each in told]):.0f}",
        f"{number(min(each.low for each in told))} – {number(max(each.high for each in told))}",
        _span([each.bands for each in told]),
        percent(float(np.mean([each.shared for each in told]))),
    ]


def _counts(several: list[int]) -> str:
    return str(several[0]) if len(set(several)) == 1 else _numbers(several)


def _span(counts: list[int]) -> str:
    return str(counts[0]) if min(counts) == max(counts) else f"{min(counts)} – {max(counts)}"


def _numbers(several: tuple[int, ...] | list[int]) -> str:
    return ", ".join(map(str, several))
