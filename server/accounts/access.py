"""Who may call an endpoint: `SignedIn` for anybody with an account, `require_role(…)` for some roles.

    @router.post("/api/…")
    def endpoint(login: Annotated[Login, require_role(Role.RESEARCHER)], database: DatabaseOf) -> …

Both refuse with 401 and 403. A request with an unsafe method must carry the login's CSRF token, in the header
X-CSRF-Token or in the form field csrf_token; a foreign page can read neither.

A route is open to API tokens (`Authorization: Bearer …`) only where it names their scope, and then for the same roles:

    require_role(Role.EXPERIMENTER, Role.RESEARCHER, scope="upload")

A token needs no CSRF token, as no browser sends it by itself. A request that carries one is judged by it alone.
"""

import secrets
from typing import Annotated, Any

from fastapi import Depends, HTTPException, Request, Security
from fastapi.concurrency import run_in_threadpool
from fastapi.security import APIKeyCookie, HTTPBearer

from server.accounts.logins import SEEN_EVERY, Login, alive_login, find_login
from server.accounts.tokens import Scope, find_token
from server.db.accounts import Role
from server.provided import DatabaseOf, Now, database_of, time_of

COOKIE = "duchenne_login"
_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_CHALLENGE = {"WWW-Authenticate": 'Bearer realm="Duchenne"'}

#: For the API document; what they find is looked up in `optional_login`.
_BY_COOKIE = APIKeyCookie(name=COOKIE, scheme_name="login", description="the cookie of a login", auto_error=False)
_BY_TOKEN = HTTPBearer(scheme_name="token", description="an API token, made on the page /tokens", auto_error=False)


def optional_login(request: Request, database: DatabaseOf, now: Now) -> Login | None:
    """The login behind the request's token or cookie, if any; pages find it in `request.state`."""
    login = _by_token(request, database, now) if "authorization" in request.headers else None
    if login is None and "authorization" not in request.headers and (token := request.cookies.get(COOKIE)):
        login = find_login(database, token, now)
    return _noted(request, login)


def _noted(request: Request, login: Login | None) -> Login | None:
    request.state.user = login
    request.state.csrf_token = login.csrf_token if login else ""
    return login


def _by_token(request: Request, database: DatabaseOf, now: Now) -> Login | None:
    kind, _, token = request.headers["authorization"].partition(" ")
    return find_token(database, token.strip(), now) if kind.lower() == "bearer" and token.strip() else None


async def _identified(request: Request) -> Login:
    """Whoever makes the request, by cookie or token. Raises 401 without one, 403 for a cookie without CSRF token."""
    login = _somebody(request, await _look_up(request))
    by_browser = login.scopes is None and request.method not in _SAFE_METHODS
    if by_browser and not await _has_csrf_token(request, login):
        raise HTTPException(403, "The request does not carry this login's CSRF token. Reload the page and try again")
    return login


async def _look_up(request: Request) -> Login | None:
    """`optional_login` without a thread, where the database answers a read at once and nothing is to be written."""
    database, now = database_of(request), time_of(request)
    token = request.cookies.get(COOKIE)
    if database.reads_at_once and token and "authorization" not in request.headers:
        found = alive_login(database, token, now)
        if found is None or now - found[1] < SEEN_EVERY:
            return _noted(request, found[0] if found else None)
    return await run_in_threadpool(optional_login, request, database, now)


def identified_as(login: Login | None, request: Request, *roles: Role, scope: str | None = None) -> Login:
    """What `require_role` asks of a GET, for routes that ask it of some requests only. Raises 401, 403."""
    somebody = _somebody(request, login)
    _refuse_token_without(somebody, Scope(scope) if scope else None)
    return _of_role(somebody, frozenset({Role.ADMIN, *roles}))


async def signed_in(request: Request, _cookie: Annotated[str | None, Security(_BY_COOKIE)]) -> Login:
    """The person behind the request. Raises 401 without a login, 403 for an API token or a missing CSRF token."""
    login = await _identified(request)
    _refuse_token_without(login, None)
    return login


SignedIn = Annotated[Login, Depends(signed_in)]


def require_role(*roles: Role, scope: str | None = None) -> Any:
    """A dependency that gives the Login of somebody with one of these roles; an admin always passes.

    With `scope` (one of server.accounts.tokens.Scope) the account's API tokens of that scope pass too.
    """
    allowed = frozenset({Role.ADMIN, *roles})
    if scope is None:
        # One dependency and not a chain of them: each costs a request as much as the query that finds its login.
        async def check_login(request: Request, cookie: Annotated[str | None, Security(_BY_COOKIE)]) -> Login:
            return _of_role(await signed_in(request, cookie), allowed)

        return Depends(check_login)
    named = Scope(scope)

    async def check_login_or_token(
        request: Request,
        _cookie: Annotated[str | None, Security(_BY_COOKIE)],
        _token: Annotated[object, Security(_BY_TOKEN, scopes=[named.value])],
    ) -> Login:
        login = await _identified(request)
        _refuse_token_without(login, named)
        return _of_role(login, allowed)

    return Depends(check_login_or_token)


def _somebody(request: Request, login: Login | None) -> Login:
    if login is not None:
        return login
    if "authorization" in request.headers:
        raise HTTPException(401, "The API token is unknown, expired or revoked. Make another on /tokens", _CHALLENGE)
    raise HTTPException(401, "You are not logged in, or your login has ended. Log in and try again", _CHALLENGE)


def _of_role(login: Login, allowed: frozenset[Role]) -> Login:
    if login.role not in allowed:
        wanted = " or ".join(sorted(allowed))
        raise HTTPException(403, f"This is for {wanted}; you are logged in as {login.role}")
    return login


def _refuse_token_without(login: Login, scope: Scope | None) -> None:
    if login.scopes is None:  # a person's own login
        return
    if scope is None:
        raise HTTPException(403, "API tokens do not open this address; log in with name and password")
    if scope not in login.scopes:
        raise HTTPException(403, f"This token has no scope {scope.value!r}. Make one that has it on /tokens")


async def _has_csrf_token(request: Request, login: Login) -> bool:
    sent: object = request.headers.get("X-CSRF-Token")
    if sent is None:
        sent = (await request.form()).get("csrf_token")
    return isinstance(sent, str) and secrets.compare_digest(sent.encode("utf-8", "replace"), login.csrf_token.encode())
