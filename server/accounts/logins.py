"""Logging in and out: random tokens, of which the database keeps digests, and limits on failed attempts."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, bindparam, delete, func, select, update
from sqlalchemy.orm import Session

from server.accounts.errors import LoginRefusedError, TooManyFailuresError
from server.accounts.passwords import is_password
from server.accounts.secrets_kept import digest, new_secret
from server.db.accounts import Account, LoginFailure, LoginSession, Role
from server.db.audit import note
from server.db.base import UtcTime
from server.db.engine import Database
from server.db.prepared import Prepared

#: A working day; then one logs in again.
LOGIN_LASTS = timedelta(hours=12)
#: A login that nothing was heard of for so long has ended.
IDLE_LASTS = timedelta(hours=2)
#: How exactly that is known: a request writes at most this often, so that reads stay reads.
SEEN_EVERY = timedelta(minutes=1)

FAILURES_COUNT_FOR = timedelta(minutes=15)
#: Failed attempts under one name from one address. Somebody elsewhere cannot lock a person out so quickly …
MAX_FAILURES = 10
#: … but guessing from many addresses ends too, as does trying many names from one (behind which a whole lab may sit).
MAX_FAILURES_OF_NAME = 100
MAX_FAILURES_OF_ADDRESS = 100


@dataclass(frozen=True)
class Login:
    """Who is making a request. Every request of a browser that changes something must send `csrf_token` along.

    `scopes`: what the API token is for that the request came with; None for a person's own login.
    """

    account_id: int
    name: str
    role: Role
    csrf_token: str
    scopes: frozenset[str] | None = None


def log_in(database: Database, name: str, password: str, now: datetime, address: str = "") -> str:
    """Check name and password and return a new login's secret token. Raises LoginRefusedError, TooManyFailuresError.

    The attempt is written down as failed before the password is looked at, and struck out if it was right, so that
    guessing in parallel gains nothing. The slow hash runs outside the transactions.
    """
    name = name.strip().lower()[:64]
    attempt = note_attempt(database, name, address, now)
    with database.reading() as session:
        account = session.scalar(select(Account).where(Account.name == name))
    is_open = account is not None and account.active
    if not is_password(password, account.password_hash if account and is_open else None) or account is None:
        with database.transaction() as session:
            # Without the name where it is none of ours: people type passwords into the wrong field.
            note(session, "login.failed", account.pseudonym if account else "", now, actor_id=None)
        raise LoginRefusedError("Name and password do not go together. Check both and try again")
    with database.transaction() as session:
        session.execute(delete(LoginFailure).where(LoginFailure.id == attempt))
        # Asked again: the account may have been closed, or its password changed, while the hash was made.
        still = session.scalar(
            select(Account.id).where(
                Account.id == account.id, Account.active, Account.password_hash == account.password_hash
            )
        )
        if still is None:
            raise LoginRefusedError("Name and password do not go together. Check both and try again")
        return open_login(session, account, now)


def open_login(session: Session, account: Account, now: datetime) -> str:
    """A new login of this account within the caller's transaction; returns its secret token."""
    token = new_secret()
    session.execute(delete(LoginSession).where(LoginSession.expires_utc <= now))
    session.add(
        LoginSession(
            token_sha256=digest(token),
            account_id=account.id,
            csrf_token=new_secret(),
            created_utc=now,
            expires_utc=now + LOGIN_LASTS,
            seen_utc=now,
        )
    )
    note(session, "login.opened", account.pseudonym, now, actor_id=account.id)
    return token


_ACCOUNT: Any = Account.__table__
_LOGIN: Any = LoginSession.__table__
#: Asked with every request.
_ALIVE_LOGIN = Prepared(
    select(_ACCOUNT.c.id, _ACCOUNT.c.name, _ACCOUNT.c.role, _LOGIN.c.csrf_token, _LOGIN.c.seen_utc)
    .join(_LOGIN, _LOGIN.c.account_id == _ACCOUNT.c.id)
    .where(
        _LOGIN.c.token_sha256 == bindparam("token"),
        _LOGIN.c.expires_utc > bindparam("now", type_=UtcTime()),
        _LOGIN.c.seen_utc > bindparam("idle_since", type_=UtcTime()),
        _ACCOUNT.c.active,
    )
)


def find_login(database: Database, token: str, now: datetime) -> Login | None:
    """The login that a token stands for; None if it has ended or its account was closed. Notes that it was seen."""
    found = alive_login(database, token, now)
    if found is None:
        return None
    login, seen_utc = found
    if now - seen_utc >= SEEN_EVERY:
        note_seen(database, token, now)
    return login


def alive_login(database: Database, token: str, now: datetime) -> tuple[Login, datetime] | None:
    """The same by a read alone, with when the login was last seen."""
    asked = {"token": digest(token), "now": now, "idle_since": now - IDLE_LASTS}
    for row in database.ask(_ALIVE_LOGIN, asked):
        return Login(row.id, row.name, Role(row.role), row.csrf_token), row.seen_utc
    return None


def note_seen(database: Database, token: str, now: datetime) -> None:
    """Write down that the login was seen now."""
    of_token = LoginSession.token_sha256 == digest(token)
    with database.transaction() as session:
        session.execute(update(LoginSession).where(of_token, LoginSession.seen_utc < now).values(seen_utc=now))


def count_logins(session: Session, account_id: int, now: datetime) -> int:
    """How many logins of the account are alive."""
    query = select(func.count()).select_from(LoginSession).where(LoginSession.account_id == account_id, *_is_alive(now))
    return session.scalar(query) or 0


def log_out(database: Database, token: str, now: datetime | None = None) -> None:
    """End a login; a token that stands for none is ignored. With `now` the end is noted."""
    with database.transaction() as session:
        of_token = LoginSession.token_sha256 == digest(token)
        account = session.scalar(select(Account).join(LoginSession).where(of_token))
        session.execute(delete(LoginSession).where(of_token))
        if account is not None and now is not None:
            note(session, "login.ended", account.pseudonym, now, actor_id=account.id)


def end_logins(session: Session, account_id: int, but: str | None = None) -> None:
    """End all logins of an account, at once, within the caller's transaction; `but`: the token of one that stays."""
    ended = delete(LoginSession).where(LoginSession.account_id == account_id)
    session.execute(ended if but is None else ended.where(LoginSession.token_sha256 != digest(but)))


def _is_alive(now: datetime) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return LoginSession.expires_utc > now, LoginSession.seen_utc > now - IDLE_LASTS


def note_attempt(database: Database, name: str, address: str, now: datetime) -> int:
    """Write an attempt down as failed before it is judged; returns its number. Raises TooManyFailuresError."""
    of_name, of_address = LoginFailure.name == name, LoginFailure.address == address
    limits: list[tuple[str, int, tuple[ColumnElement[bool], ...]]] = [
        ("under this name", MAX_FAILURES, (of_name, of_address)),
        ("under this name", MAX_FAILURES_OF_NAME, (of_name,)),
    ]
    if address:  # '' stands for all that are not known, of which none must answer for another
        limits.append(("from this address", MAX_FAILURES_OF_ADDRESS, (of_address,)))
    with database.transaction() as session:
        session.execute(delete(LoginFailure).where(LoginFailure.failed_utc <= now - FAILURES_COUNT_FOR))
        for where, most, conditions in limits:
            if (failures := session.scalar(select(func.count(LoginFailure.id)).where(*conditions)) or 0) >= most:
                raise TooManyFailuresError(
                    f"There were {failures} failed attempts {where}. Wait {_minutes(FAILURES_COUNT_FOR)} minutes"
                )
        session.add(attempt := LoginFailure(name=name, address=address, failed_utc=now))
        session.flush()
        return attempt.id


def _minutes(span: timedelta) -> int:
    return int(span.total_seconds() // 60)
