"""What a benchmark with shuffled labels tells: does the pipeline find something where there is nothing to be found?"""

from dataclasses import asdict, dataclass
from html import escape

from annotate.scales import Instrument
from model.evaluation.evaluate import Evaluation
from model.evaluation.intervals import Estimate
from model.evaluation.tables import cell, number, table

#: Who always names the same class is at chance to the last digit but one.
_ROUNDING = 1e-9


@dataclass(frozen=True)
class Found:
    """One model under one instrument: UAR of seven classes, and what knowing nothing gives on average: one over the
    number of classes that occur.
    """

    instrument: str
    model: str
    uar: Estimate
    chance: float

    @property
    def verdict(self) -> str:
        if self.uar.low > self.chance + _ROUNDING:
            return "above chance"
        return "below chance" if self.uar.high < self.chance - _ROUNDING else "at chance"


def found(evaluation: Evaluation) -> list[Found]:
    """For each instrument and model, whether its interval holds chance."""
    return [
        Found(str(instrument), name, scores.measures["seven_uar"], 1 / len(scores.classes["seven"]))
        for instrument in Instrument
        for name, scores in evaluation.scores[instrument].get("all", {}).items()
        if scores.classes["seven"]
    ]


def shuffled_as_json(evaluation: Evaluation) -> list[dict[str, object]]:
    return [{**asdict(each), "verdict": each.verdict} for each in found(evaluation)]


def shuffled_section(evaluation: Evaluation, seed: int) -> str:
    """A loud box, the verdict in words, and the table that it is made of."""
    every = found(evaluation)
    above = [f"{each.model} ({each.instrument})" for each in every if each.verdict == "above chance"]
    verdict = (
        f"<b>{len(above)} of {len(every)} intervals lie above chance</b>: {escape(', '.join(above))}. By luck alone "
        "one in forty does, and more with few people, since folds share their luck. Shuffle by two other seeds: what "
        "leaks is above chance by every one of them."
        if above
        else f"<b>Nothing was found where there is nothing</b>: none of {len(every)} intervals lies above chance."
    )
    rows = [
        [f"<b>{each.instrument}</b>", f'<td class="name">{escape(each.model)}</td>', cell(each.uar, False),
         number(each.chance), each.verdict]
        for each in every
    ]  # fmt: skip
    figures = table(["", '<th class="name">model</th>', "UAR", "chance", "verdict"], rows)
    return (
        '<p class="simulated"><b>LABELS SHUFFLED.</b> Each participant’s labels were dealt out anew among their own '
        f"trials (seed {seed}), before anything was trained or tested. No figure on this page says how good a recipe "
        "is. Who does better than chance here has found a way around the split between people.</p>"
        '<section class="wide"><h2>Does anything leak?</h2>'
        '<p class="soft">UAR of seven classes, with its 95&nbsp;% interval over participants, beside what knowing '
        f"nothing gives.</p><p>{verdict}</p>"
        f"{figures}</section>"
    )
