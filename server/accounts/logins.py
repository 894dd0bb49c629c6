"""Logging in and out: random tokens, of which the database keeps digests, and a limit on failed attempts."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select

from server.accounts.errors import LoginRefusedError, TooManyFailuresError
from server.accounts.passwords import is_password
from server.db.accounts import Account, LoginFailure, LoginSession, Role
from server.db.engine import Database

#: A working day; then one logs in again.
LOGIN_LASTS = timedelta(hours=12)
MAX_FAILURES = 10
FAILURES_COUNT_FOR = timedelta(minutes=15)


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


def log_in(database: Database, name: str, password: str, now: datetime) -> str:
    """Check name and password and return a new login's secret token. Raises LoginRefusedError, TooManyFailuresError.

    The attempt is written down as failed before the password is looked at, and struck out if it was right, so that
    guessing in parallel gains nothing. The slow hash runs outside the transactions.
    """
    name = name.strip().lower()[:64]
    attempt = _note_attempt(database, name, now)
    with database.reading() as session:
        account = session.scalar(select(Account).where(Account.name == name, Account.active))
    if not is_password(password, account.password_hash if account else None) or account is None:
        raise LoginRefusedError("Name and password do not go together. Check both and try again")
    token = secrets.token_urlsafe(32)
    with database.transaction() as session:
        session.execute(delete(LoginFailure).where(LoginFailure.id == attempt))
        session.execute(delete(LoginSession).where(LoginSession.expires_utc <= now))
        session.add(
            LoginSession(
                token_sha256=_digest(token),
                account_id=account.id,
                csrf_token=secrets.token_urlsafe(32),
                created_utc=now,
                expires_utc=now + LOGIN_LASTS,
                seen_utc=now,
            )
        )
    return token


def find_login(database: Database, token: str, now: datetime) -> Login | None:
    """The login that a token stands for; None if it has ended or its account was closed."""
    with database.reading() as session:
        row = session.execute(
            select(Account, LoginSession.csrf_token)
            .join(LoginSession, LoginSession.account_id == Account.id)
            .where(LoginSession.token_sha256 == _digest(token), LoginSession.expires_utc > now, Account.active)
        ).one_or_none()
    return None if row is None else Login(row.Account.id, row.Account.name, Role(row.Account.role), row.csrf_token)


def log_out(database: Database, token: str) -> None:
    """End a login; a token that stands for none is ignored."""
    with database.transaction() as session:
        session.execute(delete(LoginSession).where(LoginSession.token_sha256 == _digest(token)))


def _note_attempt(database: Database, name: str, now: datetime) -> int:
    with database.transaction() as session:
        session.execute(delete(LoginFailure).where(LoginFailure.failed_utc <= now - FAILURES_COUNT_FOR))
        failures = session.scalar(select(func.count()).where(LoginFailure.name == name)) or 0
        if failures >= MAX_FAILURES:
            raise TooManyFailuresError(
                f"There were {failures} failed attempts under this name. Wait {_minutes(FAILURES_COUNT_FOR)} minutes"
            )
        session.add(attempt := LoginFailure(name=name, failed_utc=now))
        session.flush()
        return attempt.id


def _minutes(span: timedelta) -> int:
    return int(span.total_seconds() // 60)


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
