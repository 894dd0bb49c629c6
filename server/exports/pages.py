"""The page from which tables are fetched: what is chosen, one link a table and format, and what the columns mean."""

from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from sqlalchemy import select
from starlette.responses import Response

from annotate.snapshot.format import POLICIES
from server.accounts.access import require_role
from server.accounts.logins import Login
from server.db.accounts import Role
from server.db.studies import Study
from server.exports.columns import COLUMNS, SAYS, Table
from server.exports.endpoints import Chosen
from server.exports.formats import Format
from server.exports.labelling import policy_of
from server.exports.walking import Choice, count_by_origin, refuse_unknown_study
from server.provided import DatabaseOf
from server.shell.templates import render

router = APIRouter(include_in_schema=False)

Researcher = Annotated[Login, require_role(Role.RESEARCHER)]
_ORIGINS = ("real", "imported", "simulated")


@router.get("/exports")
def exports_page(request: Request, _login: Researcher, database: DatabaseOf, choice: Chosen) -> Response:
    with database.reading() as session:
        refuse_unknown_study(session, choice)
        studies = list(session.scalars(select(Study.id).order_by(Study.id)))
        counts = count_by_origin(session, choice.study)
    return render(
        request,
        "exports/exports.html",
        tables=[(table.value, SAYS[table], COLUMNS[table], links(table, choice)) for table in Table],
        choice=choice,
        studies=studies,
        policies=[f"{name}-v{version}" for name, version in sorted(POLICIES)],
        policy=policy_of(choice).full_name,
        origins=[(origin, counts.get(origin, 0)) for origin in _ORIGINS],
        trials=sum(count for origin, count in counts.items() if origin in choice.origins),
    )


def links(table: Table, choice: Choice) -> list[tuple[str, str]]:
    """(format, address) of a table, with what is chosen."""
    asked: list[tuple[str, str]] = [("include", origin) for origin in choice.origins]
    asked += [("study", choice.study)] if choice.study else []
    if table is Table.ANSWERS and choice.history:
        asked.append(("history", "true"))
    if table is Table.LABELS and choice.policy:
        asked.append(("policy", choice.policy))
    return [(fmt.value, f"/api/exports/{table}.{fmt}?{urlencode(asked)}") for fmt in Format]
