"""The figures of the page: anchoring, carry-over, order and reaction lag, of each rater and overall."""

from typing import Annotated

from fastapi import Depends, Request
from pydantic import BaseModel, Field
from sqlalchemy.orm import Session

from annotate.anchoring import Anchoring, anchoring_by_rater, anchoring_overall
from annotate.carry_over import CarryOver, Neighbours, Placed, carry_over, neighbours
from annotate.reaction_lag import RaterLag, rater_lags
from annotate.scales import Instrument
from server.bias.filters import Filters
from server.bias.loading import first_answers, places_with_model, rater_names, traces
from server.db.kept import KeptFigures


class RaterAnchoring(BaseModel):
    rater: str = Field(description="the rater's pseudonym")
    figures: Anchoring


class RaterCarryOver(BaseModel):
    rater: str
    figures: CarryOver


class InstrumentCarryOver(BaseModel):
    """One instrument's sequences. `overall` and `neighbours` have intervals over raters."""

    instrument: str
    answers: int
    overall: CarryOver
    raters: list[RaterCarryOver]
    neighbours: list[Neighbours]


class RaterReactionLag(BaseModel):
    rater: str
    instrument: str
    scale: str
    figures: RaterLag


class Bias(BaseModel):
    """What order, a model's label and slow hands do to answers. Intervals of one rater are over participants."""

    anchoring: Anchoring = Field(description="all raters, with intervals over raters")
    anchoring_by_rater: list[RaterAnchoring]
    carry_over: list[InstrumentCarryOver]
    reaction_lags: list[RaterReactionLag]


def find_bias(session: Session, filters: Filters) -> Bias:
    names = rater_names(session)
    places = places_with_model(session, filters)
    answers = first_answers(session, filters)
    return Bias(
        anchoring=anchoring_overall(places),
        anchoring_by_rater=[
            RaterAnchoring(rater=names[rater], figures=one) for rater, one in anchoring_by_rater(places).items()
        ],
        carry_over=[
            _carry_over(instrument.value, answers[instrument.value], names)
            for instrument in Instrument
            if instrument.value in answers
        ],
        reaction_lags=[
            RaterReactionLag(rater=names[rater], instrument=kind.instrument, scale=kind.scale, figures=lag)
            for kind, drawn in sorted(traces(session, filters).items(), key=lambda one: str(one[0]))
            for rater, lag in rater_lags(drawn).items()
        ],
    )


def _carry_over(instrument: str, answers: list[Placed], names: dict[int, str]) -> InstrumentCarryOver:
    found = carry_over(answers)
    return InstrumentCarryOver(
        instrument=instrument,
        answers=len(answers),
        overall=found.overall,
        raters=[RaterCarryOver(rater=names[rater], figures=one) for rater, one in found.raters.items()],
        neighbours=neighbours(answers),
    )


class KeptBias(KeptFigures[Filters, Bias]):
    """The application's own."""

    def __init__(self) -> None:
        super().__init__(find_bias)


def kept_bias(request: Request) -> KeptBias:
    state = request.app.state
    if not hasattr(state, "kept_bias"):
        state.kept_bias = KeptBias()
    kept = state.kept_bias
    assert isinstance(kept, KeptBias)
    return kept


KeptBiasOf = Annotated[KeptBias, Depends(kept_bias)]
