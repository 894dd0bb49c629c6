"""Links that let one person in once: to make an account (join), or to set a password anew (reset).

A link is the address of /join with the secret behind a '#'. Browsers send what stands there to nobody: it is in no log
of the server or of a proxy, and in no Referer. The page takes it out of the address and sends it in a form.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import unquote

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.orm import Session

from server.accounts.errors import AccountRefusedError, InvitationEndedError, NoSuchAccountError
from server.accounts.logins import open_login
from server.accounts.passwords import hash_password, refuse_weak_password
from server.accounts.secrets_kept import digest, new_secret
from server.accounts.service import change_password, checked_name, create_account, is_without_accounts
from server.db.accounts import Account, Invitation, Role
from server.db.audit import note
from server.db.engine import Database

JOIN, RESET = "join", "reset"
JOIN_LASTS = timedelta(days=7)
RESET_LASTS = timedelta(days=1)
FIRST_LASTS = timedelta(days=1)
MAX_NOTE = 100
_ENDED = (
    "This link was used already, has expired or was replaced by a newer one. Ask whoever runs the server for another"
)


@dataclass(frozen=True)
class Invited:
    """What an unused link is for. `name`: whose password is set anew, '' for a new account."""

    kind: str
    role: Role
    name: str
    expires_utc: datetime


@dataclass(frozen=True)
class InvitationRow:
    """One unused link in the list; `key` names it and opens nothing."""

    key: str
    kind: str
    role: Role
    note: str
    name: str
    created_utc: datetime
    expires_utc: datetime


def link(base_url: str, secret: str) -> str:
    """The whole address to hand over."""
    return f"{base_url.rstrip('/')}/join#{secret}"


def invite(database: Database, role: Role, whom: str, now: datetime, *, actor_id: int | None) -> str:
    """A link's secret, for one new account. `whom` is a word for the list of open links. Raises AccountRefusedError."""
    whom = whom.strip()
    if len(whom) > MAX_NOTE or (whom and not whom.isprintable()):
        raise AccountRefusedError(f"for whom: expected at most {MAX_NOTE} plain characters")
    with database.transaction() as session:
        return _add(session, Invitation(kind=JOIN, role=role.value, note=whom), JOIN_LASTS, now, actor_id)


def invite_to_reset(database: Database, name: str, now: datetime, *, actor_id: int | None) -> str:
    """A link's secret, for a new password; earlier ones of the account end. Raises NoSuchAccountError."""
    with database.transaction() as session:
        account = session.scalar(select(Account).where(Account.name == name.strip().lower(), Account.active))
        if account is None:
            raise NoSuchAccountError(f"account {name!r}: there is none of that name that is open")
        _void(session, now, Invitation.account_id == account.id)
        invitation = Invitation(kind=RESET, role=account.role, account_id=account.id)
        return _add(session, invitation, RESET_LASTS, now, actor_id)


def invite_first_admin(database: Database, now: datetime) -> str | None:
    """The first admin's link where there is no account yet, else None. A link of before that is unused ends."""
    with database.transaction() as session:
        if not is_without_accounts(session):
            return None
        _void(session, now, Invitation.kind == JOIN, Invitation.created_by_id.is_(None))
        return _add(session, Invitation(kind=JOIN, role=Role.ADMIN.value), FIRST_LASTS, now, None)


def open_invitations(session: Session, now: datetime) -> list[InvitationRow]:
    """The links that still let somebody in, the newest first."""
    rows = session.execute(
        select(Invitation, Account.name)
        .outerjoin(Account, Account.id == Invitation.account_id)
        .where(Invitation.used_utc.is_(None), Invitation.expires_utc > now)
        .order_by(Invitation.created_utc.desc(), Invitation.token_sha256)
        .limit(200)
    ).all()
    return [
        InvitationRow(
            row.Invitation.token_sha256, row.Invitation.kind, Role(row.Invitation.role), row.Invitation.note,
            row.name or "", row.Invitation.created_utc, row.Invitation.expires_utc,
        )
        for row in rows
    ]  # fmt: skip


def void_invitation(database: Database, key: str, now: datetime, *, actor_id: int | None) -> None:
    """End an unused link. Raises InvitationEndedError where it has ended before."""
    with database.transaction() as session:
        if not _void(session, now, Invitation.token_sha256 == key):
            raise InvitationEndedError("This link has ended already; reload the page to see those that are open")
        note(session, "invitation.voided", f"invitation {key[:12]}", now, actor_id=actor_id)


def look_at(database: Database, sent: str, now: datetime) -> Invited:
    """What a link is for; looking does not use it. Raises InvitationEndedError."""
    with database.reading() as session:
        invitation, account = _unused(session, sent, now)
    role = account.role if account else invitation.role
    return Invited(invitation.kind, Role(role), account.name if account else "", invitation.expires_utc)


def accept(database: Database, sent: str, name: str, password: str, now: datetime) -> str:
    """Use a link up: make the account, or set its password. Returns the token of a login of that account.

    `name` counts for a new account only. Raises InvitationEndedError, AccountRefusedError, AccountExistsError; the
    link is unused then.
    """
    invited = look_at(database, sent, now)  # before the slow hash, which strangers must not be able to ask for
    name = invited.name or checked_name(name)
    refuse_weak_password(name, password)
    password_hash = hash_password(password)
    with database.transaction() as session:
        invitation, account = _unused(session, sent, now)
        used = session.execute(
            update(Invitation)
            .where(Invitation.token_sha256 == invitation.token_sha256, Invitation.used_utc.is_(None))
            .values(used_utc=now)
            .returning(Invitation.token_sha256)
        ).one_or_none()
        if used is None:  # another request was quicker
            raise InvitationEndedError(_ENDED)
        if account is None:
            account = create_account(session, name, Role(invitation.role), password_hash, now, actor_id=None)
        else:
            change_password(session, account, password_hash, now, actor_id=account.id, but=None)
        about = f"invitation {invitation.token_sha256[:12]}"
        note(session, "invitation.used", about, now, actor_id=account.id, kind=invitation.kind)
        return open_login(session, account, now)


def _add(session: Session, invitation: Invitation, lasts: timedelta, now: datetime, actor_id: int | None) -> str:
    secret = new_secret()
    invitation.token_sha256 = digest(secret)
    invitation.created_by_id = actor_id
    invitation.created_utc = now
    invitation.expires_utc = now + lasts
    session.add(invitation)
    session.flush()
    about = f"invitation {invitation.token_sha256[:12]}"
    note(session, "invitation.made", about, now, actor_id=actor_id, kind=invitation.kind, role=invitation.role)
    return secret


def _void(session: Session, now: datetime, *which: ColumnElement[bool]) -> int:
    unused = (Invitation.used_utc.is_(None), Invitation.expires_utc > now)
    ended = update(Invitation).where(*unused, *which).values(expires_utc=now).returning(Invitation.token_sha256)
    return len(session.execute(ended).all())


def _unused(session: Session, sent: str, now: datetime) -> tuple[Invitation, Account | None]:
    secret = unquote(sent.strip().rpartition("#")[2])  # the whole link, or only what stands behind its '#'
    row = session.execute(
        select(Invitation, Account)
        .outerjoin(Account, Account.id == Invitation.account_id)
        .where(
            Invitation.token_sha256 == digest(secret),
            Invitation.used_utc.is_(None),
            Invitation.expires_utc > now,
        )
    ).one_or_none()
    if row is None or (row.Account is not None and not row.Account.active):
        raise InvitationEndedError(_ENDED)
    return row.Invitation, row.Account
