"""The chain of the audit log: its head, to be written down elsewhere, and whether all of it still fits.

Each entry's digest covers its own values and the digest before it. Whoever changes or takes out an entry in the middle
breaks the chain there. Cutting off the end leaves a chain that fits, which only a head noted elsewhere tells.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from server.audit.errors import AuditBrokenError, AuditCutError, AuditHeadRefusedError
from server.db.audit import BEGINNING, AuditEntry, entry_sha256

_HEAD = re.compile(r"(\d{1,18}):([0-9a-f]{64})")
_BATCH = 1000


@dataclass(frozen=True)
class Head:
    """The last entry of a log: its number (0: none) and its digest. Written as '12:ab34…'."""

    entry: int
    sha256: str

    def __str__(self) -> str:
        return f"{self.entry}:{self.sha256}"

    @classmethod
    def parse(cls, text: str) -> "Head":
        """Raises AuditHeadRefusedError."""
        if not (found := _HEAD.fullmatch(text.strip())):
            raise AuditHeadRefusedError(
                f"head {text[:100]!r}: expected a number, ':' and 64 hex digits, as `duchenne audit head` prints"
            )
        return cls(int(found[1]), found[2])


def head(session: Session) -> Head:
    """The log's last entry as it stands."""
    last = session.execute(select(AuditEntry.id, AuditEntry.sha256).order_by(AuditEntry.id.desc()).limit(1)).first()
    return Head(last.id, last.sha256) if last else Head(0, BEGINNING)


def verify(session: Session, earlier: Head | None = None, progress: Callable[[int, int], None] | None = None) -> Head:
    """Walk the whole chain and return its head; `earlier` must lie on it.

    Raises AuditBrokenError for the first entry that does not fit, AuditCutError.
    """
    count = session.scalar(select(func.count()).select_from(AuditEntry)) or 0
    known = Head(0, BEGINNING)
    on_chain = earlier is None or earlier == known
    for done, entry in enumerate(_entries(session), 1):
        known = _fits(entry, known)
        on_chain = on_chain or known == earlier
        if progress and (done % _BATCH == 0 or done == count):
            progress(done, count)
    if earlier is not None and not on_chain:
        said = (
            f"its last entry now is {known.entry}: entries were cut off the end"
            if earlier.entry > known.entry
            else f"its entry {earlier.entry} now is another: the log was written anew"
        )
        raise AuditCutError(
            f"audit log: does not hold entry {earlier.entry} as it was when its head was noted; {said}. Restore the "
            "database from a backup, and find out who could write to it"
        )
    return known


def _entries(session: Session) -> Iterator[AuditEntry]:
    last = 0
    while batch := _batch(session, last):
        yield from batch
        last = batch[-1].id
        session.expunge_all()


def _batch(session: Session, last: int) -> Sequence[AuditEntry]:
    try:
        return session.scalars(
            select(AuditEntry).where(AuditEntry.id > last).order_by(AuditEntry.id).limit(_BATCH)
        ).all()
    except ValueError:  # details that are no JSON any more
        raise AuditBrokenError(
            f"audit log: one of the entries {last + 1} to {last + _BATCH} cannot be read any more; somebody wrote into "
            "the database. Compare with a backup, and find out who could"
        ) from None


def _fits(entry: AuditEntry, before: Head) -> Head:
    if entry.id != before.entry + 1:
        found = f"expected entry {before.entry + 1}, found {entry.id}: entries are missing"
    elif entry.previous_sha256 != before.sha256:
        found = "does not follow the entry before it: one of the two was put there later"
    elif entry.sha256 != entry_sha256(entry):
        found = "was changed after it was written"
    else:
        return Head(entry.id, entry.sha256)
    raise AuditBrokenError(
        f"audit log, entry {entry.id} of {entry.utc:%Y-%m-%d %H:%M:%S} UTC: {found}. What stands before it fits. "
        "Compare with a backup, and find out who could write to the database"
    )
