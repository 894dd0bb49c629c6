"""The parts of the report's page that show scores: each a heading, words that say what to see, a picture or a table."""

from collections.abc import Callable
from html import escape

from annotate.scales import EMOTIONS, POLARITIES, Instrument
from model.evaluation.evaluate import ClassScores, Evaluation
from model.evaluation.plots import class_recalls, confusion_matrix, forest, score_bars
from model.evaluation.protocols import PROTOCOLS
from model.evaluation.tables import cell, counted, number, percent, points, table

ASKS = {Instrument.ER: "what the person feels", Instrument.FER: "what the face shows"}
PARTS = {"all": "all trials", "agree": "ER = FER", "gap": "ER ≠ FER"}
_WORDS = {
    "war": "WAR", "uar": "UAR", "weighted_f1": "weighted F1", "ccc": "CCC", "pcc": "PCC", "rmse": "RMSE", "mae": "MAE",
}  # fmt: skip


def judged(evaluation: Evaluation) -> list[Instrument]:
    """The instruments under which anything was rated."""
    return [i for i in Instrument if "all" in evaluation.scores[i]]


def against_first(instrument: Instrument, evaluation: Evaluation) -> str:
    """The first comparison (our company's WAR) in words."""
    name, difference = next(iter(evaluation.ahead[instrument]["all"].items()))
    other = escape(name.removesuffix(" war"))
    interval = f"95&nbsp;% interval {points(difference.low)} to {points(difference.high)}"
    span = f"{points(difference.value)} points of WAR ({interval})"
    if difference.low > 0:
        return f"<b>Better than {other}</b>: {span}."
    if difference.high < 0:
        return f"<b>Worse than {other}</b>: {span}."
    return f"<b>No clear difference</b> from {other}: {span}."


def instrument_section(
    instrument: Instrument, evaluation: Evaluation, verdict: Callable[[Instrument, Evaluation], str] = against_first
) -> str:
    of_model = evaluation.scores[instrument]["all"]
    first = next(iter(of_model.values()))
    decided = sum(found.trials for found in first.classes["seven"].values())
    bars = score_bars(
        {m.upper(): {name: scores.measures[f"seven_{m}"] for name, scores in of_model.items()} for m in ("war", "uar")},
        evaluation.uniform["seven"],
    )
    return (
        f"<section><h2>{instrument}: {ASKS[instrument]}</h2>"
        f'<p class="soft">Seven classes, {counted(first.trials, "rated trial")}, {decided} without a tie. '
        "Lines: 95&nbsp;% interval over participants; dashed: guessing among the classes.</p>"
        f'<p class="verdict">{verdict(instrument, evaluation)}</p>{bars}</section>'
    )


def confusion_section(instrument: Instrument, evaluation: Evaluation) -> str:
    ours, first = next(iter(evaluation.scores[instrument]["all"].items()))
    seven, three = ([str(each) for each in order] for order in (EMOTIONS, POLARITIES))
    return (
        f"<section><h2>{instrument}: what {escape(ours)} takes for what</h2>"
        '<p class="soft">Rows are the raters, columns the model; the number counts trials, the shade is the share of '
        f"the row. Right answers lie on the diagonal.</p><p>{_mistaken(first.confusion, seven)}</p>"
        f"{confusion_matrix(first.confusion, seven)}"
        f'<p>{_mistaken(first.confusion_three, three)}</p><div class="small">'
        f"{confusion_matrix(first.confusion_three, three)}</div></section>"
    )


def classes_section(instrument: Instrument, evaluation: Evaluation) -> str:
    """Recall of ours beside the first companion's, and a table with F1."""
    of_model = evaluation.scores[instrument]["all"]
    shown = dict(list(of_model.items())[:2])
    if not next(iter(shown.values())).classes["seven"]:
        return ""
    ours = next(iter(shown))
    rows = [
        [name, str(found.trials), cell(found.recall, True), cell(found.f1, True)]
        for scale in ("seven", "three")
        for name, found in shown[ours].classes[scale].items()
    ]
    return (
        f"<section><h2>{instrument}: class by class</h2>"
        '<p class="soft">Of the trials that raters gave a class (number in brackets), the share that was found. '
        f"A line that spans most of the field means too few trials or people to say.</p>"
        f"<p>{_best_and_worst(shown[ours].classes['seven'], ours)}</p>"
        f"{class_recalls({name: scores.classes['seven'] for name, scores in shown.items()})}"
        f"<h3>{escape(ours)}, seven classes and three</h3>{table(['', 'trials', 'recall', 'F1'], rows)}</section>"
    )


def ahead_section(evaluation: Evaluation) -> str:
    """A forest for each instrument: WAR beside UAR, CCC of valence beside that of arousal."""
    pictures = []
    ours = escape(next(iter(evaluation.scores[judged(evaluation)[0]]["all"])))
    for instrument in judged(evaluation):
        differences = evaluation.ahead[instrument]["all"]
        for pair in (("war", "uar"), ("valence_ccc", "arousal_ccc")):
            fields = {
                in_words(measure): {
                    name.removesuffix(f" {measure}"): each
                    for name, each in differences.items()
                    if name.endswith(f" {measure}")
                }
                for measure in pair
            }
            what = "seven classes" if pair[0] == "war" else "valence and arousal"
            pictures.append(f"<div><h3>{instrument}, {what}</h3>{forest(fields)}</div>")
    return (
        "<h2>Ahead of whom</h2>"
        f'<p class="soft">Ours, {ours}, minus each other model, both on the same people in every resample. An interval '
        "to the right of the dashed line means ours is better on people like these; one that crosses it (grey) may be "
        "chance. "
        "Each misses in one case of twenty by luck alone, and many are shown.</p>"
        f'<div class="pair flat">{"".join(pictures)}</div>'
    )


def gap_table(evaluation: Evaluation) -> str:
    rows = []
    models: list[str] = []
    for instrument in Instrument:
        for part, of_model in evaluation.scores[instrument].items():
            models = list(of_model)
            part_of = [f"<b>{instrument}</b>, {PARTS[part]}", str(of_model[models[0]].trials)]
            for measure in ("war", "uar"):
                cells = [
                    cell(scores.measures[f"seven_{measure}"], name == models[0]) for name, scores in of_model.items()
                ]
                rows.append([*part_of, f'<td class="name">{_WORDS[measure]}</td>', *cells])
                part_of = ["", ""]
    return table(["", "trials", "", *map(escape, models)], rows)


def protocol_table(evaluation: Evaluation) -> str:
    rows = []
    models: list[str] = []
    for protocol in PROTOCOLS:
        of_model = evaluation.scores[protocol.instrument].get("all", {})
        models = list(of_model) or models
        for measure in protocol.measures if of_model else ():
            cells = [cell(scores.measures[measure], model == models[0]) for model, scores in of_model.items()]
            first = measure == protocol.measures[0]
            name = f"<b>{protocol.name}</b><small>{protocol.says}</small>" if first else ""
            rows.append([f"<td>{name}</td>", f'<td class="name">{in_words(measure)}</td>', *cells])
    return table(["protocol", '<th class="name">measure</th>', *map(escape, models)], rows)


def in_words(measure: str) -> str:
    """'seven_war' is 'WAR', 'valence_ccc' is 'valence CCC'."""
    scale, _, name = measure.partition("_")
    if scale in ("seven", "three"):
        return _WORDS[name]
    return _WORDS[measure] if measure in _WORDS else f"{scale} {_WORDS[name]}"


def _mistaken(counts: list[list[int]], classes: list[str]) -> str:
    """The commonest mistake in words."""
    wrong = [
        (said, row, column) for row, each in enumerate(counts) for column, said in enumerate(each) if row != column
    ]
    most, row, column = max(wrong)
    if not most:
        return f"Of {len(classes)} classes none was ever taken for another."
    share = percent(most / sum(counts[row]))
    return (
        f"Of {len(classes)} classes, most often mistaken: <b>{classes[row]}</b> for <b>{classes[column]}</b>, "
        f"{counted(most, 'trial')}, {share} of all that raters called {classes[row]}."
    )


def _best_and_worst(classes: dict[str, ClassScores], ours: str) -> str:
    best, worst = (pick(classes, key=lambda name: classes[name].recall.value) for pick in (max, min))
    found = [f"<b>{name}</b> ({number(classes[name].recall.value)})" for name in (best, worst)]
    return f"{escape(ours)} finds {found[0]} best and {found[1]} least."
