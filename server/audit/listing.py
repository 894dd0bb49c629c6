"""One page of the audit log, the newest first, by key and not by count: quick however long the log is."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from server.db.accounts import Account
from server.db.audit import AuditEntry

#: As an actor: what was done in a terminal, or by somebody before they were logged in.
NOBODY = "-"


@dataclass(frozen=True)
class AuditRow:
    """One act. `actor`: the account's name, '' for none; `about_name`: whose pseudonym `about` is, or ''."""

    id: int
    utc: datetime
    actor: str
    action: str
    about: str
    about_name: str
    details: dict[str, Any]
    sha256: str


@dataclass(frozen=True)
class AuditPage:
    """Some acts, the newest first. `next_before`: where to go on, None at the end."""

    entries: list[AuditRow]
    next_before: int | None


def audit_page(session: Session, before: int | None, action: str, actor: str, n: int) -> AuditPage:
    """`n` entries numbered below `before`, of one action, of one actor (a name, or NOBODY) where those are given."""
    query = select(AuditEntry, Account.name).outerjoin(Account, Account.id == AuditEntry.actor_id)
    if before is not None:
        query = query.where(AuditEntry.id < before)
    if action:
        query = query.where(AuditEntry.action == action)
    if actor == NOBODY:
        query = query.where(AuditEntry.actor_id.is_(None))
    elif actor:
        who = session.scalar(select(Account.id).where(Account.name == actor.strip().lower()))
        if who is None:
            return AuditPage([], None)
        query = query.where(AuditEntry.actor_id == who)
    rows = session.execute(query.order_by(AuditEntry.id.desc()).limit(n + 1)).all()
    more, rows = len(rows) > n, rows[:n]
    names = _names(session, {row.AuditEntry.about for row in rows})
    entries = [
        AuditRow(
            row.AuditEntry.id, row.AuditEntry.utc, row.name or "", row.AuditEntry.action, row.AuditEntry.about,
            names.get(row.AuditEntry.about, ""), row.AuditEntry.details, row.AuditEntry.sha256,
        )
        for row in rows
    ]  # fmt: skip
    return AuditPage(entries, entries[-1].id if more else None)


def actions(session: Session) -> list[str]:
    """Every action that occurs, by name; one look into the index for each instead of a walk over all entries."""
    found: list[str] = []
    while following := session.scalar(
        select(func.min(AuditEntry.action)).where(AuditEntry.action > (found[-1] if found else ""))
    ):
        found.append(following)
    return found


def _names(session: Session, pseudonyms: set[str]) -> dict[str, str]:
    rows = session.execute(select(Account.pseudonym, Account.name).where(Account.pseudonym.in_(pseudonyms))).all()
    return {row.pseudonym: row.name for row in rows}
