"""Making, listing and closing accounts."""

import re
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import delete, select

from server.accounts.errors import AccountExistsError, AccountRefusedError, NoSuchAccountError
from server.accounts.passwords import MIN_LENGTH, generate_password, hash_password
from server.db.accounts import Account, LoginSession, Role
from server.db.engine import Database

_NAME = re.compile(r"[a-z0-9][a-z0-9._@-]{0,63}")


@dataclass(frozen=True)
class NewAccount:
    """An account as it was just made. `password` is shown once and kept nowhere."""

    name: str
    role: Role
    password: str


@dataclass(frozen=True)
class AccountRow:
    """One account in a list."""

    name: str
    role: Role
    active: bool
    created_utc: datetime


def add_account(database: Database, name: str, role: str, password: str | None = None) -> NewAccount:
    """Make an account; without a password one is generated. Names are kept in lower case.

    Raises AccountRefusedError, AccountExistsError.
    """
    name, known = _checked_name(name), _checked_role(role)
    if password is None:
        password = generate_password()
    elif len(password) < MIN_LENGTH:
        raise AccountRefusedError(
            f"password of {name!r}: has {len(password)} characters, expected at least {MIN_LENGTH}; choose a longer "
            "one or leave it out to have one made"
        )
    password_hash = hash_password(password)
    with database.transaction() as session:
        if session.scalar(select(Account.id).where(Account.name == name)) is not None:
            raise AccountExistsError(f"account {name!r}: exists already; choose another name")
        session.add(
            Account(
                name=name,
                pseudonym=f"r{secrets.token_hex(6)}",
                role=known.value,
                password_hash=password_hash,
                created_utc=datetime.now(UTC),
            )
        )
    return NewAccount(name, known, password)


def list_accounts(database: Database) -> list[AccountRow]:
    """All accounts by name."""
    with database.reading() as session:
        accounts = session.scalars(select(Account).order_by(Account.name)).all()
    return [AccountRow(each.name, Role(each.role), each.active, each.created_utc) for each in accounts]


def close_account(database: Database, name: str) -> None:
    """Let nobody in under this name any more, now. What the account did stays. Raises NoSuchAccountError."""
    with database.transaction() as session:
        account = session.scalar(select(Account).where(Account.name == name.strip().lower()))
        if account is None:
            raise NoSuchAccountError(f"account {name!r}: there is none of that name; `duchenne users list` shows all")
        account.active = False
        session.execute(delete(LoginSession).where(LoginSession.account_id == account.id))


def _checked_name(name: str) -> str:
    lowered = name.strip().lower()
    if not _NAME.fullmatch(lowered):
        raise AccountRefusedError(
            f"name {name!r}: expected up to 64 of the letters a to z, digits, '.', '_', '@' and '-', "
            "the first a letter or digit"
        )
    return lowered


def _checked_role(role: str) -> Role:
    try:
        return Role(role)
    except ValueError:
        raise AccountRefusedError(f"role {role!r}: expected one of {', '.join(Role)}") from None
