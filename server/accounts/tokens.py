"""API tokens: with one a program acts for an account, for the purposes that it names (its scopes) and no others."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import select, update

from server.accounts.errors import NoSuchTokenError, TokenRefusedError
from server.accounts.logins import Login
from server.accounts.secrets_kept import digest, new_secret
from server.db.accounts import Account, ApiToken, Role
from server.db.audit import note
from server.db.engine import Database

#: What every token begins with, so that people and programs that look for secrets know one when they see it.
PREFIX = "duchenne_"
LONGEST = timedelta(days=366)
MAX_TOKENS = 50
_SEEN_EVERY = timedelta(minutes=1)
_HINT_LENGTH = len(PREFIX) + 4


class Scope(StrEnum):
    """What a token is for. A route that names no scope is closed to tokens."""

    UPLOAD = "upload"
    READ = "read"
    EXPORT = "export"
    METRICS = "metrics"


#: Which purposes a role may make tokens for. The role is asked again at every request.
SCOPES_OF: dict[Role, tuple[Scope, ...]] = {
    Role.EXPERIMENTER: (Scope.UPLOAD, Scope.READ),
    Role.RESEARCHER: (Scope.UPLOAD, Scope.READ, Scope.EXPORT),
    Role.ADMIN: (Scope.UPLOAD, Scope.READ, Scope.EXPORT, Scope.METRICS),
}


@dataclass(frozen=True)
class TokenRow:
    """One token in its owner's list. `state`: in use, expired or revoked."""

    id: int
    label: str
    hint: str
    scopes: tuple[str, ...]
    created_utc: datetime
    expires_utc: datetime
    used_utc: datetime | None
    state: str


def make_token(
    database: Database, login: Login, label: str, scopes: frozenset[str], lasts: timedelta, now: datetime
) -> str:
    """A new token of this account's; it is shown once and kept nowhere. Raises TokenRefusedError."""
    label = label.strip()
    allowed = SCOPES_OF.get(login.role, ())
    if not label or len(label) > 100 or not label.isprintable():
        raise TokenRefusedError("label: expected 1 to 100 characters that say what the token is for")
    if not scopes:
        raise TokenRefusedError("scopes: none is chosen; choose at least one thing that the token may do")
    if foreign := sorted(scopes - set(allowed)):
        raise TokenRefusedError(
            f"scopes: {', '.join(foreign)} is not for the role {login.role}; choose of {', '.join(allowed) or 'none'}"
        )
    if not timedelta(0) < lasts <= LONGEST:
        raise TokenRefusedError(f"expiry: expected 1 to {LONGEST.days} days from now")
    token = PREFIX + new_secret()
    with database.transaction() as session:
        in_use = session.scalars(
            select(ApiToken.id).where(
                ApiToken.account_id == login.account_id, ApiToken.revoked_utc.is_(None), ApiToken.expires_utc > now
            )
        ).all()
        if len(in_use) >= MAX_TOKENS:
            raise TokenRefusedError(f"there are {len(in_use)} tokens in use; revoke one that nothing uses any more")
        session.add(
            made := ApiToken(
                token_sha256=digest(token),
                hint=token[:_HINT_LENGTH],
                account_id=login.account_id,
                label=label,
                scopes=",".join(sorted(scopes)),
                created_utc=now,
                expires_utc=now + lasts,
            )
        )
        session.flush()
        note(
            session, "token.made", f"token {made.id}", now, actor_id=login.account_id,
            scopes=made.scopes, days=lasts.days,
        )  # fmt: skip
    return token


def list_tokens(database: Database, account_id: int, now: datetime) -> list[TokenRow]:
    """The account's tokens, the newest first."""
    with database.reading() as session:
        tokens = session.scalars(
            select(ApiToken).where(ApiToken.account_id == account_id).order_by(ApiToken.id.desc()).limit(200)
        ).all()
    return [
        TokenRow(
            each.id,
            each.label,
            each.hint,
            tuple(each.scopes.split(",")),
            each.created_utc,
            each.expires_utc,
            each.used_utc,
            "revoked" if each.revoked_utc else "expired" if each.expires_utc <= now else "in use",
        )
        for each in tokens
    ]


def revoke_token(database: Database, login: Login, token_id: int, now: datetime) -> None:
    """End one of this account's own tokens. Raises NoSuchTokenError, also for another account's."""
    with database.transaction() as session:
        token = session.scalar(select(ApiToken).where(ApiToken.id == token_id, ApiToken.account_id == login.account_id))
        if token is None:
            raise NoSuchTokenError("There is no such token of yours; reload the page to see those that there are")
        if token.revoked_utc is None:
            token.revoked_utc = now
            note(session, "token.revoked", f"token {token.id}", now, actor_id=login.account_id)


def find_token(database: Database, token: str, now: datetime) -> Login | None:
    """The account that a token acts for, and its scopes; None if it has ended or the account was closed."""
    with database.reading() as session:
        row = session.execute(
            select(Account, ApiToken)
            .join(ApiToken, ApiToken.account_id == Account.id)
            .where(
                ApiToken.token_sha256 == digest(token),
                ApiToken.expires_utc > now,
                ApiToken.revoked_utc.is_(None),
                Account.active,
            )
        ).one_or_none()
    if row is None:
        return None
    if row.ApiToken.used_utc is None or now - row.ApiToken.used_utc >= _SEEN_EVERY:
        with database.transaction() as session:
            session.execute(update(ApiToken).where(ApiToken.id == row.ApiToken.id).values(used_utc=now))
    scopes = frozenset(row.ApiToken.scopes.split(","))
    return Login(row.Account.id, row.Account.name, Role(row.Account.role), "", scopes)
