"""Participants: a list, one of them, and their withdrawal; as pages and as data."""

from typing import Annotated, Any

from fastapi import APIRouter, Form, HTTPException, Query, Request
from fastapi import Path as InPath
from fastapi.responses import RedirectResponse
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import select
from starlette.responses import Response

from annotate.media_store import MediaStore
from server.accounts.access import require_role
from server.accounts.logins import Login
from server.config import ServerConfig
from server.db.accounts import Role
from server.db.studies import Study
from server.participants.beyond import Stores
from server.participants.errors import NotConfirmedError
from server.participants.listing import ParticipantPage, list_participants
from server.participants.one import OneParticipant, get_participant, one_participant
from server.participants.preview import preview
from server.participants.withdrawing import Withdrawn, withdraw
from server.provided import ConfigOf, DatabaseOf, MediaOf, Now
from server.shell.templates import render

router = APIRouter(tags=["participants"])

Looker = Annotated[Login, require_role(Role.EXPERIMENTER, Role.RESEARCHER)]
Researcher = Annotated[Login, require_role(Role.RESEARCHER)]
After = Annotated[
    str, Query(max_length=97, description="`next` of the page before: STUDY/PARTICIPANT; empty: from the beginning")
]
OfStudy = Annotated[str, Query(max_length=64, description="only this study; empty: all")]
Id = Annotated[int, InPath(ge=1, le=2**31 - 1, description="the participant's number in the list")]

_ROW: dict[str, Any] = {
    "id": 1, "study": "smiles", "participant": "P01", "recordings": 2, "trials": 14, "trials_valid": 13,
    "origins": ["real"], "agreed_to": ["rating", "training"], "differs": False, "withdrawn_utc": None,
    "unfinished": False,
}  # fmt: skip
_GONE: dict[str, Any] = {
    "withdrawn_utc": "2026-07-01T12:00:00Z", "recordings": 2, "trials": 14, "answers": 84, "media": 42,
    "snapshots": ["s0123456789abcdef"], "models": ["m0123456789abcdef"],
}  # fmt: skip
_NO_RECORDINGS = {"recordings": 0, "trials": 0, "trials_valid": 0, "origins": [], "agreed_to": []}
_WITHDRAWN = _ROW | _NO_RECORDINGS | {"withdrawn_utc": _GONE["withdrawn_utc"]}


def _answers_with(example: object) -> dict[int | str, dict[str, Any]]:
    return {200: {"content": {"application/json": {"example": example}}}}


class Confirmation(BaseModel):
    """The pseudonym again, so that nobody is withdrawn by a slip."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"participant": "P01"}]})

    participant: Annotated[str, Field(max_length=32)]


@router.get(
    "/api/participants",
    summary="Everybody who took part",
    responses=_answers_with({"participants": [_ROW], "next": "smiles/P01"}),
)
def participants(_login: Looker, database: DatabaseOf, after: After = "", study: OfStudy = "") -> ParticipantPage:
    """Fifty at a time, in the order of study and pseudonym."""
    with database.reading() as session:
        return list_participants(session, _cursor(after), study)


@router.get(
    "/api/participants/{participant_id}",
    summary="One participant, their consent, or their tombstone",
    responses=_answers_with({"about": _WITHDRAWN, "recordings": [], "tombstone": _GONE | {"unfinished": False}}),
)
def participant(participant_id: Id, _login: Looker, database: DatabaseOf) -> OneParticipant:
    """What they agreed to with each recording; after a withdrawal, what was taken away."""
    with database.reading() as session:
        return one_participant(session, participant_id)


@router.post(
    "/api/participants/{participant_id}/withdraw",
    summary="Delete everything of a participant for good",
    responses=_answers_with({"study": "smiles", "participant": "P01", **_GONE}),
)
def withdraw_participant(
    participant_id: Id, body: Confirmation, login: Researcher, database: DatabaseOf, media: MediaOf, config: ConfigOf,
    now: Now,
) -> Withdrawn:  # fmt: skip
    """It cannot be undone. A withdrawal that was interrupted is finished by the same call."""
    return _withdraw(database, media, config, participant_id, body.participant, login, now)


@router.get("/participants", include_in_schema=False)
def participants_page(
    request: Request, _login: Looker, database: DatabaseOf, after: After = "", study: OfStudy = ""
) -> Response:
    with database.reading() as session:
        page = list_participants(session, _cursor(after), study)
        studies = session.scalars(select(Study.id).order_by(Study.id)).all()
    return render(request, "participants/participants.html", page=page, studies=studies, study=study, after=after)


@router.get("/participants/{participant_id}", include_in_schema=False)
def participant_page(request: Request, participant_id: Id, login: Looker, database: DatabaseOf) -> Response:
    with database.reading() as session:
        found = one_participant(session, participant_id)
    return render(request, "participants/participant.html", one=found, may_withdraw=login.role != Role.EXPERIMENTER)


@router.get("/participants/{participant_id}/withdraw", include_in_schema=False)
def withdraw_page(
    request: Request, participant_id: Id, _login: Researcher, database: DatabaseOf, media: MediaOf, config: ConfigOf
) -> Response:
    return _withdraw_page(request, database, media, config, participant_id, "")


@router.post("/participants/{participant_id}/withdraw", include_in_schema=False)
def withdraw_by_form(
    request: Request, participant_id: Id, login: Researcher, database: DatabaseOf, media: MediaOf, config: ConfigOf,
    now: Now, pseudonym: Annotated[str, Form(max_length=200)] = "",
) -> Response:  # fmt: skip
    """303 to the tombstone; the page again where another pseudonym was typed."""
    try:
        _withdraw(database, media, config, participant_id, pseudonym.strip(), login, now)
    except NotConfirmedError as error:
        return _withdraw_page(request, database, media, config, participant_id, str(error))
    return RedirectResponse(f"/participants/{participant_id}", status_code=303)


def stores_of(media: MediaStore, config: ServerConfig) -> Stores:
    """Where this server has something of participants."""
    return Stores(
        media, config.snapshots_root, config.uploads, config.models_root, config.predictions_root, config.prune_features
    )


def _withdraw(
    database: DatabaseOf, media: MediaStore, config: ServerConfig, participant_id: int, typed: str, login: Login,
    now: Now,
) -> Withdrawn:  # fmt: skip
    with database.reading() as session:
        person = get_participant(session, participant_id)
    if typed != person.pseudonym:
        raise NotConfirmedError(
            f"What you typed is not this participant's pseudonym, {person.pseudonym}. Nothing was deleted"
        )
    return withdraw(
        database, stores_of(media, config), person.study_id, person.pseudonym, by_id=login.account_id, now=lambda: now
    )


def _withdraw_page(
    request: Request, database: DatabaseOf, media: MediaStore, config: ServerConfig, participant_id: int, error: str
) -> Response:
    with database.reading() as session:
        found = one_participant(session, participant_id)
    return render(
        request,
        "participants/withdraw.html",
        status_code=422 if error else 200,
        one=found,
        what=preview(database, stores_of(media, config), participant_id),
        error=error,
    )


def _cursor(after: str) -> tuple[str, str] | None:
    if not after:
        return None
    study, slash, pseudonym = after.partition("/")
    if not slash:
        raise HTTPException(422, "after: expected what `next` of the page before says, STUDY/PARTICIPANT")
    return study, pseudonym
