"""Requests made up from the API document by schemathesis, sent to a real server as everybody who could send them.

Half of them fit the document, half break it on purpose; in every second one the places of the path hold something that
is there. Looked for: an answer of 5xx, no answer at all, and a way around the login or the role.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import Case, GenerationMode
from schemathesis.core.result import Ok
from schemathesis.schemas import APIOperation, BaseSchema
from sqlalchemy import select

from annotate.media_store import MediaStore
from server.accounts.access import COOKIE
from server.accounts.logins import Login, find_login, open_login
from server.accounts.service import add_account
from server.accounts.tokens import SCOPES_OF, make_token
from server.config import ServerConfig
from server.db.accounts import Account, Role
from server.db.engine import Database
from server.db.revisions import open_database
from server.db.trials import Trial
from server.serve import running_server
from tests.server.access.listed import ANYBODY, Route, listed, may, parameters
from tests.server.real_media import add_real_trial, write_real_files

NOBODY = "nobody"
_MODES = (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)


@dataclass(frozen=True)
class Visitor:
    """Who sends: a role by cookie, `researcher by token`, or nobody. `there`: what is there, by the name in a path."""

    name: str
    role: str
    session: requests.Session
    there: Mapping[str, str] = field(default_factory=dict)


@dataclass
class Outcome:
    """How many requests were sent, and what was wrong with whose."""

    sent: int = 0
    wrong: list[str] = field(default_factory=list)
    statuses: dict[int, int] = field(default_factory=dict)


@contextmanager
def visited_house(config: ServerConfig, folder: Path) -> Iterator[tuple[str, list[Visitor]]]:
    """A running server with two real trials, and one visitor of each kind."""
    database = open_database(config.database_url)
    files = write_real_files(folder)
    store = MediaStore(config.media_root)
    with database.transaction() as session:
        for participant in ("P0", "P1"):
            add_real_trial(session, store, files, participant=participant, study="smiles")
        trial = session.scalars(select(Trial)).first()
        assert trial is not None
        there = {"trial": trial.id, "recording": trial.recording_id, "instrument": "FER", "study": "smiles"}
        there |= {"participant_id": "1", "token": "1", "by": "stimulus"}
    # As behind a proxy: else every program on this machine may read the metrics.
    with running_server(replace(config, behind_proxy=True)) as url:
        visitors = [_visitor(database, url, role, there) for role in Role]
        visitors += [_program(database), Visitor(NOBODY, NOBODY, requests.Session(), there)]
        yield url, visitors
        for visitor in visitors:
            visitor.session.close()
    database.close()


def _visitor(database: Database, url: str, role: Role, there: Mapping[str, str]) -> Visitor:
    account = _account(database, role)
    now, session = datetime.now(UTC), requests.Session()
    with database.transaction() as transaction:
        token = open_login(transaction, account, now)
    login = find_login(database, token, now)
    assert login is not None
    session.cookies.set(COOKIE, token)
    session.headers["X-CSRF-Token"] = login.csrf_token
    held = session.post(f"{url}/api/rating/fer/claim", json={"have": []})
    if held.status_code == 200:
        task = held.json()
        there = {**there, "claim": str(task["claim"]), "media_id": task["media"]["face"].split("/")[2]}
    return Visitor(role, role, session, there)


def _program(database: Database) -> Visitor:
    account = _account(database, Role.RESEARCHER)
    login = Login(account.id, account.name, Role.RESEARCHER, "")
    scopes = frozenset(scope.value for scope in SCOPES_OF[Role.RESEARCHER])
    token = make_token(database, login, "made up", scopes, timedelta(days=1), datetime.now(UTC))
    session = requests.Session()
    session.headers["Authorization"] = f"Bearer {token}"
    return Visitor("researcher by token", Role.RESEARCHER, session)


def _account(database: Database, role: Role) -> Account:
    with database.reading() as session:
        found = session.scalar(select(Account).where(Account.name == f"one-{role}"))
    if found is None:
        add_account(database, f"one-{role}", role)
        return _account(database, role)
    return found


def read_document(document: dict[str, Any]) -> BaseSchema:
    """The API document of an application, for schemathesis."""
    schemathesis.serializer.alias("application/offset+octet-stream", "application/octet-stream")  # a piece of an upload
    return schemathesis.openapi.from_dict(document)


def send_made_up(
    schema: BaseSchema,
    url: str,
    visitors: Sequence[Visitor],
    how_many: Callable[[int, Visitor], int],
    seed_number: int,
    progress: Callable[[int, int], None] | None = None,
) -> Outcome:
    """Send `how_many(number of the operation, visitor)` requests for each, and as many that break the document."""
    outcome, routes = Outcome(), listed()
    operations = []
    for found in schema.get_all_operations():
        if isinstance(found, Ok):
            operations.append(found.ok())
        else:
            outcome.wrong.append(f"the document cannot be read: {found.err()}")
    for number, operation in enumerate(operations):
        route = (operation.method.upper(), operation.path)
        for visitor in visitors:
            if (count := how_many(number, visitor)) > 0:
                for mode in _MODES:
                    _send(operation, route, routes[route], visitor, url, mode, count, seed_number, outcome)
        if progress:
            progress(number + 1, len(operations))
    return outcome


def _send(
    operation: APIOperation,
    route: Route,
    roles: frozenset[str],
    visitor: Visitor,
    url: str,
    mode: GenerationMode,
    count: int,
    seed_number: int,
    outcome: Outcome,
) -> None:
    there = {name: visitor.there[name] for name in parameters(route[1]) if name in visitor.there}

    def send(case: Case) -> None:
        if visitor.role != NOBODY:  # else a made-up login would take the place of the real one
            _take_out(case.cookies, COOKIE)
            _take_out(case.headers, "authorization")
        if there and outcome.sent % 2:
            case.path_parameters = {**(case.path_parameters or {}), **there}
        outcome.sent += 1
        told = f"{visitor.name}: {case.as_curl_command({'X-CSRF-Token': '…'})[:400]}"
        try:
            answer = case.call(base_url=url, session=visitor.session, timeout=60)
        except requests.exceptions.InvalidHeader:
            return  # nobody can send it
        except requests.exceptions.RequestException as error:
            outcome.wrong.append(f"no answer ({type(error).__name__}) for {told}")
            return
        status = answer.status_code
        outcome.statuses[status] = outcome.statuses.get(status, 0) + 1
        if status >= 500:
            outcome.wrong.append(f"{status} for {told}")
        elif status < 400 and ANYBODY not in roles and (visitor.role == NOBODY or not may(roles, visitor.role)):
            outcome.wrong.append(f"{status}, though it is for {', '.join(sorted(roles))}, for {told}")

    given_case = given(operation.as_strategy(generation_mode=mode))
    limits = settings(
        max_examples=count,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate],
    )
    with suppress(Unsatisfiable):  # where nothing is asked for there is nothing to break
        seed(seed_number)(limits(given_case(send)))()


def _take_out(values: Any, name: str) -> None:
    for each in [each for each in values or () if str(each).lower() == name]:
        del values[each]
