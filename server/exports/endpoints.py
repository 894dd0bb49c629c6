"""Exports as data: each table in each format, and the dictionary of its columns."""

from collections.abc import AsyncIterator
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from fastapi.concurrency import iterate_in_threadpool, run_in_threadpool
from fastapi.responses import StreamingResponse
from pydantic import BaseModel

from annotate.snapshot.format import Origin
from server.accounts.access import require_role
from server.accounts.logins import Login
from server.db.accounts import Role
from server.db.engine import Database
from server.exports.columns import COLUMNS, SAYS, Column, Table
from server.exports.exporting import note_export, stream
from server.exports.formats import MEDIA_TYPES, Format
from server.exports.walking import Choice
from server.provided import DatabaseOf, Now

router = APIRouter(prefix="/api/exports", tags=["exports"])

Exporter = Annotated[Login, require_role(Role.RESEARCHER, scope="export")]


def choice_of(
    include: Annotated[
        list[Origin] | None, Query(description="origins to let in; repeat for several. Without it: real alone")
    ] = None,
    study: Annotated[str, Query(max_length=64, description="only this study; empty: all")] = "",
    history: Annotated[bool, Query(description="answers that were corrected since, too")] = False,
    policy: Annotated[str, Query(max_length=64, description="of the labels; empty: the newest majority")] = "",
) -> Choice:
    """Which rows."""
    return Choice(tuple(sorted(set(include or ["real"]))), study, history, policy)


Chosen = Annotated[Choice, Depends(choice_of)]

_RESPONSES: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "the table, streamed; `columns` says what is in it",
        "content": {
            "text/csv": {"example": "trial,study,participant,…\r\n0123…,smiles,P01,…\r\n"},
            "application/vnd.apache.parquet": {},
            "application/x-ndjson": {"example": '{"trial": "0123…", "study": "smiles", "participant": "P01"}\n'},
            "application/json": {"example": [{"trial": "0123…", "study": "smiles", "participant": "P01"}]},
        },
    },
    422: {"description": "no such table, format, study or policy"},
}


class Dictionary(BaseModel):
    """One table in words. `kind`: text, integer, number, true or false, time."""

    table: Table
    says: str
    columns: list[Column]


_COLUMN = {"name": "valence", "kind": "number", "unit": "-1 unpleasant to 1 pleasant", "says": "how pleasant"}
_DICTIONARY = [{"table": "answers", "says": "One row an answer of a rater.", "columns": [_COLUMN]}]


@router.get(
    "/columns",
    summary="What is in each table, column by column, with units",
    responses={200: {"content": {"application/json": {"example": _DICTIONARY}}}},
)
def columns(_login: Exporter) -> list[Dictionary]:
    """The data dictionary. The same for every format; Parquet files carry it in their fields' metadata too."""
    return [Dictionary(table=table, says=SAYS[table], columns=list(COLUMNS[table])) for table in Table]


@router.get(
    "/{table}.{fmt}",
    summary="One table, streamed",
    response_class=StreamingResponse,
    responses=_RESPONSES,
)
def export(
    table: Table, fmt: Format, login: Exporter, database: DatabaseOf, now: Now, choice: Chosen
) -> StreamingResponse:
    """Of participants who agreed to training and have not withdrawn, under pseudonyms only, ordered by trial.

    Text that a spreadsheet would run as a formula gets an apostrophe in front (CSV only).
    """
    note_export(database, table, fmt, choice, now, login.account_id)
    return StreamingResponse(
        _parts(database, table, fmt, choice),
        media_type=MEDIA_TYPES[fmt],
        headers={"Content-Disposition": f'attachment; filename="duchenne-{table}-{now:%Y-%m-%d}.{fmt}"'},
    )


async def _parts(database: Database, table: Table, fmt: Format, choice: Choice) -> AsyncIterator[bytes]:
    parts = stream(database, table, fmt, choice)
    try:
        async for part in iterate_in_threadpool(parts):
            yield part
    finally:  # a reader who goes away in the middle must not leave a transaction open
        await run_in_threadpool(parts.close)
