"""The gap as data."""

from typing import Annotated

from fastapi import APIRouter, Query

from server.accounts.access import require_role
from server.accounts.logins import Login
from server.db.accounts import Role
from server.gap.choosing import ChosenOf
from server.gap.documents import GapDocument, gap_document
from server.gap.filters import FiltersOf
from server.gap.keeping import KeptGapsOf
from server.gap.listing import GapTrials, list_trials
from server.provided import DatabaseOf

router = APIRouter(tags=["gap"])
Researcher = Annotated[Login, require_role(Role.RESEARCHER)]
After = Annotated[str | None, Query(max_length=80, description="`next` of the page before")]

_TRIAL = {
    "id": "3f2a9c0e5b7d4a618c2f0e9d7b6a5c43", "participant": "P01", "participant_id": 1, "clip": "joy-1",
    "stimulus_id": 4, "study": "smiles", "origin": "real", "clip_emotion": "happiness",
    "felt": [["sadness", 2], ["fear", 1]], "shown": [["happiness", 3]], "said": "sadness", "felt_valence": -0.5,
    "felt_arousal": 0.1, "valence_shift": 0.9, "arousal_shift": 0.2, "distance": 0.94, "noise": 0.22, "weight": 1.0,
}  # fmt: skip


@router.get("/api/gap", summary="How far the shown lies from the felt")
def gap_figures(_login: Researcher, database: DatabaseOf, kept: KeptGapsOf, filters: FiltersOf) -> GapDocument:
    """ER against FER with intervals over participants, beside how far raters of one instrument lie apart.

    Docs: docs/researcher.md has the formulae.
    """
    with database.reading() as session:
        return gap_document(kept.find(session, filters), filters)


@router.get(
    "/api/gap/trials",
    summary="The trials behind a figure of the gap",
    responses={200: {"content": {"application/json": {"example": {"total": 1, "trials": [_TRIAL], "next": None}}}}},
)
def gap_trials(
    _login: Researcher, database: DatabaseOf, kept: KeptGapsOf, filters: FiltersOf, which: ChosenOf, after: After = None
) -> GapTrials:
    """Fifty at a time: those that are wholly what was asked for first, among them the widest gap first."""
    with database.reading() as session:
        return list_trials(kept.find(session, filters), which, filters.label, after)
