"""The parts of a benchmark's page that show many models side by side: a row a model."""

from collections.abc import Sequence
from html import escape

import numpy as np

from annotate.scales import EMOTIONS, Instrument
from model.benchmark.record import BenchmarkRecord
from model.benchmark.trainings import ByTraining
from model.evaluation.evaluate import Evaluation, Scores
from model.evaluation.line_plots import reliability
from model.evaluation.plots import confusion_matrix
from model.evaluation.protocols import PROTOCOLS
from model.evaluation.sections import PARTS, in_words, judged
from model.evaluation.tables import cell, counted, number, table

HOW_SEEDS_COUNT = (
    "A figure is taken of each seed by itself, over all its held-out trials pooled over the folds; what is shown is "
    "the mean over the seeds. The interval is over participants: people are drawn anew with all their trials under all "
    "seeds, and each draw gives such a mean. Confusions and calibration count the answers of all seeds together."
)
#: What is shown of each seed; report.json holds every measure.
OF_SEEDS = ("seven_war", "seven_uar", "valence_ccc", "arousal_ccc")


def against_all(instrument: Instrument, evaluation: Evaluation) -> str:
    """How many others the first recipe is surely better or worse than, in UAR."""
    ahead = evaluation.ahead[instrument]["all"]
    of_uar = {name.removesuffix(" uar"): each for name, each in ahead.items() if name.endswith(" uar")}
    better = [name for name, each in of_uar.items() if each.low > 0]
    worse = [name for name, each in of_uar.items() if each.high < 0]
    told = [
        f"{word} than {'all others' if len(names) == len(of_uar) else escape(', '.join(names))}"
        for word, names in (("better", better), ("worse", worse))
        if names
    ]
    rest = len(of_uar) - len(better) - len(worse)
    told += [f"no clear difference from {rest} {'other' if rest == 1 else 'others'}"] if rest else []
    return f"<b>{escape(_models(evaluation)[0])}</b> in UAR: {'; '.join(told)}."


def how_to_read(record: BenchmarkRecord) -> str:
    seeds = f" {HOW_SEEDS_COUNT}" if len(record.seeds) > 1 else ""
    return (
        f"Every recipe was trained on the same people: {counted(len(record.folds), 'fold')}, {_seeds(record.seeds)}. "
        "Nobody who is tested was trained on or chose an epoch, and nothing was chosen by what is on this page. "
        f"The first recipe is the one that the others are compared with.{_changed(record)}{escape(seeds)}"
    )


def _changed(record: BenchmarkRecord) -> str:
    ours, *others = (told.recipe.name for told in record.recipes)
    if not any(name.startswith(f"{ours}_with") for name in others):
        return ""
    return f" What begins with <i>without</i> or <i>with</i> is {escape(ours)} with that part taken back or added."


def protocol_tables(evaluation: Evaluation) -> str:
    """A table a protocol, as papers print them."""
    told = []
    for protocol in PROTOCOLS:
        of_model = evaluation.scores[protocol.instrument].get("all", {})
        if of_model:
            rows = [
                [_name(model), *(cell(scores.measures[measure], place == 0) for measure in protocol.measures)]
                for place, (model, scores) in enumerate(of_model.items())
            ]
            wide = ' class="whole"' if len(protocol.measures) > 3 else ""
            head = ["", *map(in_words, protocol.measures)]
            told.append(f"<div{wide}><h3>{protocol.name}: {protocol.says}</h3>{table(head, rows)}</div>")
    return f'<div class="pair flat">{"".join(told)}</div>'


def seed_section(by_seed: ByTraining, seeds: Sequence[int]) -> str:
    """Nothing where there is only one."""
    if len(seeds) < 2:
        return ""
    tables = []
    for instrument, of_model in by_seed.items():
        rows = [
            [_name(model), *(_range(figures[measure]) for measure in OF_SEEDS)] for model, figures in of_model.items()
        ]
        tables.append(f"<div><h3>{instrument}</h3>{table(['', *map(in_words, OF_SEEDS)], rows)}</div>")
    return (
        '<section class="wide"><h2>The luck of the seed</h2>'
        f'<p class="soft">Mean over {counted(len(seeds), "seed")}, and beneath it the lowest and the highest of them. '
        "The seed draws first weights, batches, augmentation, and which of the training people choose the epoch. It "
        "says nothing of other people: for that, look at the intervals. report.json has each seed.</p>"
        f'<div class="pair flat">{"".join(tables)}</div></section>'
    )


def gap_tables(evaluation: Evaluation) -> str:
    """WAR and UAR on all trials, on those where ER and FER agree, and on those where they do not."""
    told = []
    for instrument in judged(evaluation):
        parts = evaluation.scores[instrument]
        head = [f"{name}, {PARTS[part]}" for part in parts for name in ("WAR", "UAR")]
        models = list(parts["all"])
        rows = [
            [_name(model), *(cell(of_model[model].measures[f"seven_{m}"], model == models[0])
             for of_model in parts.values() for m in ("war", "uar"))]
            for model in models
        ]  # fmt: skip
        counts = ", ".join(f"{PARTS[part]}: {of_model[models[0]].trials}" for part, of_model in parts.items())
        told.append(f"<h3>{instrument} ({counts})</h3>{table(['', *head], rows)}")
    return "".join(told)


def class_tables(evaluation: Evaluation) -> str:
    """Recall of each of the seven classes, the number of its trials in the head."""
    told = []
    for instrument in judged(evaluation):
        of_model = evaluation.scores[instrument]["all"]
        ours = next(iter(of_model))
        there = [str(name) for name in EMOTIONS if name in of_model[ours].classes["seven"]]
        head = [f"{name} ({of_model[ours].classes['seven'][name].trials})" for name in there]
        rows = [
            [_name(model), *(cell(scores.classes["seven"][name].recall, model == ours) for name in there)]
            for model, scores in of_model.items()
        ]
        told.append(f"<h3>{instrument}</h3>{table(['', *head], rows)}")
    return "".join(told)


def other_confusions(evaluation: Evaluation) -> str:
    """Of all but the first model, seven classes, under both instruments."""
    classes = [str(each) for each in EMOTIONS]
    return "".join(
        f"<div><h3>{escape(model)}, {instrument}</h3>{confusion_matrix(scores.confusion, classes)}</div>"
        for model in _models(evaluation)[1:]
        for instrument in judged(evaluation)
        for scores in (evaluation.scores[instrument]["all"][model],)
    )


def reliability_of_all(evaluation: Evaluation) -> str:
    """A diagram a model, ER and FER in it; those that give every class the same doubt have nothing to show."""
    told = []
    for model in _models(evaluation):
        found: dict[str, Scores] = {str(i): evaluation.scores[i]["all"][model] for i in judged(evaluation)}
        diagram = {i: scores.calibration["seven"] for i, scores in found.items() if "seven" in scores.calibration}
        if diagram:
            told.append(f"<div><h3>{escape(model)}</h3>{reliability(diagram)}</div>")
    return "".join(told)


def _models(evaluation: Evaluation) -> list[str]:
    return list(evaluation.scores[judged(evaluation)[0]]["all"])


def _name(model: str) -> str:
    return f'<td class="name">{escape(model)}</td>'


def _range(figures: Sequence[float]) -> str:
    to = " to " if min(figures) < 0 else " – "
    return f"<td>{number(float(np.mean(figures)))}<small>{number(min(figures))}{to}{number(max(figures))}</small></td>"


def _seeds(seeds: Sequence[int]) -> str:
    return f"{'seed' if len(seeds) == 1 else 'seeds'} {', '.join(map(str, seeds))}"
