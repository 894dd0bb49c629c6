"""Order and anchoring: as a page and as data."""

from collections.abc import Iterable
from typing import Annotated, Any

from fastapi import APIRouter, Request
from sqlalchemy import select
from starlette.responses import Response

from annotate.carry_over import CarryOver
from annotate.gap import words
from annotate.intervals import Interval
from server.accounts.access import require_role
from server.accounts.logins import Login
from server.bias.figures import Bias, InstrumentCarryOver, KeptBiasOf
from server.bias.filters import USUAL_ORIGINS, FiltersOf
from server.charts.ranges import Axis, axis_of, range_on
from server.db.accounts import Role
from server.db.studies import Study
from server.db.trials import Recording
from server.provided import DatabaseOf
from server.shell.templates import render

router = APIRouter(tags=["bias"])
Researcher = Annotated[Login, require_role(Role.RESEARCHER)]

_EXAMPLE = {
    "anchoring": {
        "reveals": 0, "blind": 0, "agree_blind": None, "agree_first": None, "agree_final": None,
        "acceptance_bias": None, "balance": None, "moved_to": None, "moved_away": None, "moved_against": None,
        "valence_pull": None, "arousal_pull": None,
    },
    "anchoring_by_rater": [], "carry_over": [],
    "reaction_lags": [
        {
            "rater": "r1c0ffee", "instrument": "FER", "scale": "valence",
            "figures": {
                "traces": 40, "unclear": 6,
                "median_ms": {"value": 420.0, "low": 180.0, "high": 690.0, "participants": 12, "level": 0.95},
            },
        }
    ],
}  # fmt: skip


@router.get(
    "/api/bias",
    summary="What order, a model's label and slow hands do to answers",
    responses={200: {"content": {"application/json": {"example": _EXAMPLE}}}},
)
def bias(_login: Researcher, database: DatabaseOf, kept: KeptBiasOf, filters: FiltersOf) -> Bias:
    """Acceptance of a model's label, carry-over from the previous answer, and reaction lag: per rater and overall."""
    with database.reading() as session:
        return kept.find(session, filters)


@router.get("/bias", include_in_schema=False)
def bias_page(
    request: Request, _login: Researcher, database: DatabaseOf, kept: KeptBiasOf, filters: FiltersOf
) -> Response:
    with database.reading() as session:
        found = kept.find(session, filters)
        studies = session.execute(select(Study.id, Study.title).order_by(Study.title)).all()
        simulated = session.scalar(select(Recording.id).where(Recording.origin == "simulated").limit(1))
    return render(
        request,
        "bias/bias.html",
        bias=found,
        filters=filters,
        studies=studies,
        offer_simulated=simulated is not None and filters.origins == USUAL_ORIGINS and not found.carry_over,
        anchored=[("all raters", found.anchoring), *((one.rater, one.figures) for one in found.anchoring_by_rater)],
        rows_of=_rows,
        axes=_axes(found),
        range_on=range_on,
        words=words,
    )


def _rows(both: InstrumentCarryOver) -> list[tuple[str, CarryOver]]:
    return [("all raters", both.overall), *((one.rater, one.figures) for one in both.raters if one.figures.steps)]


def _axes(found: Bias) -> dict[str, Axis]:
    """One axis for each kind of figure, over all raters and both instruments."""
    carried = [one.figures for both in found.carry_over for one in both.raters] + [
        both.overall for both in found.carry_over
    ]
    anchored = [one.figures for one in found.anchoring_by_rater] + [found.anchoring]

    def axis(intervals: Iterable[Interval | None]) -> Any:
        return axis_of(intervals, 190)

    return {
        "excess": axis(one.excess for one in carried),
        "pull": axis(figure for one in carried for figure in (one.valence_pull, one.arousal_pull)),
        "acceptance": axis(one.acceptance_bias for one in anchored),
        "lag": axis(one.figures.median_ms for one in found.reaction_lags),
    }
