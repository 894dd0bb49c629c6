"""Making, listing, changing and closing accounts. What an account did stays, whatever becomes of it.

Every act is in the audit log, under the account's pseudonym; `actor_id` None is the command line.
"""

import re
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from server.accounts.errors import AccountExistsError, AccountRefusedError, LastAdminError, NoSuchAccountError
from server.accounts.logins import end_logins
from server.accounts.passwords import generate_password, hash_password, refuse_weak_password
from server.db.accounts import Account, ApiToken, Role
from server.db.audit import note
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
    id: int = 0


def add_account(
    database: Database,
    name: str,
    role: str,
    password: str | None = None,
    *,
    now: datetime | None = None,
    actor_id: int | None = None,
) -> NewAccount:
    """Make an account; without a password one is generated. Names are kept in lower case.

    Raises AccountRefusedError, AccountExistsError.
    """
    name, known = checked_name(name), checked_role(role)
    if password is None:
        password = generate_password()
    else:
        refuse_weak_password(name, password)
    password_hash = hash_password(password)
    with database.transaction() as session:
        create_account(session, name, known, password_hash, now or datetime.now(UTC), actor_id=actor_id)
    return NewAccount(name, known, password)


def create_account(
    session: Session, name: str, role: Role, password_hash: str, now: datetime, *, actor_id: int | None
) -> Account:
    """Make an account within the caller's transaction, of a checked name. Raises AccountExistsError."""
    if session.scalar(select(Account.id).where(Account.name == name)) is not None:
        raise AccountExistsError(f"account {name!r}: exists already; choose another name")
    account = Account(
        name=name,
        pseudonym=f"r{secrets.token_hex(6)}",
        role=role.value,
        password_hash=password_hash,
        created_utc=now,
    )
    session.add(account)
    session.flush()
    note(session, "account.added", account.pseudonym, now, actor_id=actor_id, role=role.value)
    return account


def list_accounts(database: Database) -> list[AccountRow]:
    """All accounts by name."""
    with database.reading() as session:
        accounts = session.scalars(select(Account).order_by(Account.name)).all()
    return [AccountRow(each.name, Role(each.role), each.active, each.created_utc, each.id) for each in accounts]


def close_account(database: Database, name: str, *, now: datetime | None = None, actor_id: int | None = None) -> None:
    """Let nobody in under this name any more, now: logins and API tokens end. What the account did stays.

    Raises NoSuchAccountError, LastAdminError.
    """
    when = now or datetime.now(UTC)
    with database.transaction() as session:
        account = _account(session, name)
        if account.active:
            _keep_one_admin(session, account)
            account.active = False
            _end_everything(session, account, when)
            note(session, "account.closed", account.pseudonym, when, actor_id=actor_id)


def reopen_account(database: Database, name: str, *, now: datetime | None = None, actor_id: int | None = None) -> None:
    """Let the person in again, with the password of before. Raises NoSuchAccountError."""
    with database.transaction() as session:
        account = _account(session, name)
        if not account.active:
            account.active = True
            note(session, "account.reopened", account.pseudonym, now or datetime.now(UTC), actor_id=actor_id)


def change_role(
    database: Database, name: str, role: str, *, now: datetime | None = None, actor_id: int | None = None
) -> None:
    """Give the account another role, now: logins and API tokens of the old one end.

    Raises NoSuchAccountError, AccountRefusedError, LastAdminError.
    """
    known, when = checked_role(role), now or datetime.now(UTC)
    with database.transaction() as session:
        account = _account(session, name)
        before = account.role
        if before == known.value:
            return
        _keep_one_admin(session, account)
        account.role = known.value
        _end_everything(session, account, when)
        note(
            session,
            "account.role_changed",
            account.pseudonym,
            when,
            actor_id=actor_id,
            before=before,
            after=known.value,
        )


def change_password(
    session: Session, account: Account, password_hash: str, now: datetime, *, actor_id: int | None, but: str | None
) -> None:
    """Put a new password in force within the caller's transaction; all logins end but the one with the token `but`."""
    account.password_hash = password_hash
    end_logins(session, account.id, but)
    note(session, "account.password_changed", account.pseudonym, now, actor_id=actor_id)


def checked_name(name: str) -> str:
    """The name in lower case. Raises AccountRefusedError."""
    lowered = name.strip().lower()
    if not _NAME.fullmatch(lowered):
        raise AccountRefusedError(
            f"name {name[:80]!r}: expected up to 64 of the letters a to z, digits, '.', '_', '@' and '-', "
            "the first a letter or digit"
        )
    return lowered


def checked_role(role: str) -> Role:
    """The role of that name. Raises AccountRefusedError."""
    try:
        return Role(role)
    except ValueError:
        raise AccountRefusedError(f"role {role[:80]!r}: expected one of {', '.join(Role)}") from None


def _account(session: Session, name: str) -> Account:
    account = session.scalar(select(Account).where(Account.name == name.strip().lower()).with_for_update())
    if account is None:
        raise NoSuchAccountError(f"account {name!r}: there is none of that name; `duchenne users list` shows all")
    return account


def _keep_one_admin(session: Session, account: Account) -> None:
    # Locked, so that two admins who close each other at the same time do not leave the house without one.
    admins = select(Account.id).where(Account.role == Role.ADMIN.value, Account.active).order_by(Account.id)
    if session.scalars(admins.with_for_update()).all() == [account.id]:
        raise LastAdminError(
            f"account {account.name!r}: is the only admin that is open; make another admin first, else nobody could "
            "let people in any more"
        )


def _end_everything(session: Session, account: Account, now: datetime) -> None:
    end_logins(session, account.id)
    session.execute(
        update(ApiToken)
        .where(ApiToken.account_id == account.id, ApiToken.revoked_utc.is_(None))
        .values(revoked_utc=now)
    )


def is_without_accounts(session: Session) -> bool:
    """Whether nobody was ever let in."""
    return not session.scalar(select(func.count()).select_from(Account))
