"""Who may call an endpoint: `SignedIn` for anybody with an account, `require_role(…)` for some roles.

    @router.post("/api/…")
    def endpoint(login: Annotated[Login, require_role(Role.RESEARCHER)], database: DatabaseOf) -> …

Both refuse with 401 and 403. A request with an unsafe method must carry the login's CSRF token, in the header
X-CSRF-Token or in the form field csrf_token; a foreign page can read neither.
"""

import secrets
from typing import Annotated, Any

from fastapi import Depends, HTTPException, Request

from server.accounts.logins import Login, find_login
from server.db.accounts import Role
from server.provided import DatabaseOf, Now

COOKIE = "duchenne_login"
_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


def optional_login(request: Request, database: DatabaseOf, now: Now) -> Login | None:
    """The login behind the request's cookie, if any; pages find it in `request.state`."""
    token = request.cookies.get(COOKIE)
    login = find_login(database, token, now) if token else None
    request.state.user = login
    request.state.csrf_token = login.csrf_token if login else ""
    return login


async def signed_in(request: Request, login: Annotated[Login | None, Depends(optional_login)]) -> Login:
    """The login behind the request. Raises 401 without one, 403 for an unsafe method without its CSRF token."""
    if login is None:
        raise HTTPException(401, "You are not logged in, or your login has ended. Log in and try again")
    if request.method not in _SAFE_METHODS and not await _has_csrf_token(request, login):
        raise HTTPException(403, "The request does not carry this login's CSRF token. Reload the page and try again")
    return login


SignedIn = Annotated[Login, Depends(signed_in)]


def require_role(*roles: Role) -> Any:
    """A dependency that gives the Login of somebody with one of these roles; an admin always passes."""
    allowed = {Role.ADMIN, *roles}

    def check(login: SignedIn) -> Login:
        if login.role not in allowed:
            wanted = " or ".join(sorted(role for role in allowed))
            raise HTTPException(403, f"This is for {wanted}; you are logged in as {login.role}")
        return login

    return Depends(check)


async def _has_csrf_token(request: Request, login: Login) -> bool:
    sent: object = request.headers.get("X-CSRF-Token")
    if sent is None:
        sent = (await request.form()).get("csrf_token")
    return isinstance(sent, str) and secrets.compare_digest(sent.encode(), login.csrf_token.encode())
