"""The audit log: what was done by whom, each entry chained to the one before it by its digest.

Raw votes are not in it: they are append-only rows of their own.
"""

import hashlib
import json
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, select, text
from sqlalchemy.orm import Mapped, Session, mapped_column

from server.db.base import Table, UtcTime, length_is

#: The digest before the first entry.
BEGINNING = "0" * 64
#: A constant of ours, the same for all: on PostgreSQL one transaction at a time adds to the chain.
_CHAIN_LOCK = 0x61756469


class AuditEntry(Table):
    """One act. Never changed nor deleted (a trigger refuses it).

    `action` is a word such as 'account.invited'; `about` names what was acted on by its id or pseudonym; `details`
    holds no personal data. `actor_id` is null for what the command line did.
    """

    __tablename__ = "audit_entry"
    __table_args__ = (
        length_is("previous_sha256", 64),
        length_is("sha256", 64),
        Index("ix_audit_entry_action_id", "action", "id"),
        Index("ix_audit_entry_actor_id_id", "actor_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    utc: Mapped[datetime] = mapped_column(UtcTime)
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    action: Mapped[str] = mapped_column(String(64))
    about: Mapped[str] = mapped_column(String(200), default="", server_default="")
    details: Mapped[dict[str, Any]] = mapped_column(JSON)
    previous_sha256: Mapped[str] = mapped_column(String(64))
    sha256: Mapped[str] = mapped_column(String(64), unique=True)


def note(
    session: Session,
    action: str,
    about: str,
    now: datetime,
    *,
    actor_id: int | None,
    **details: str | int | bool | None,
) -> AuditEntry:
    """Add an entry within the caller's transaction: the act and its record are committed together or not at all."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _CHAIN_LOCK})
    last = session.execute(select(AuditEntry.id, AuditEntry.sha256).order_by(AuditEntry.id.desc()).limit(1)).first()
    entry = AuditEntry(
        id=last.id + 1 if last else 1,
        utc=now,
        actor_id=actor_id,
        action=action,
        about=about,
        details=dict(details),
        previous_sha256=last.sha256 if last else BEGINNING,
    )
    entry.sha256 = entry_sha256(entry)
    session.add(entry)
    session.flush()
    return entry


def entry_sha256(entry: AuditEntry) -> str:
    """SHA-256, hex, over the entry's own values and its predecessor's digest, as canonical JSON."""
    content = {
        "id": entry.id,
        "utc": entry.utc.isoformat(timespec="microseconds"),
        "actor": entry.actor_id,
        "action": entry.action,
        "about": entry.about,
        "details": entry.details,
        "previous": entry.previous_sha256,
    }
    canonical = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return hashlib.sha256(canonical.encode()).hexdigest()
