"""Uploads as their sender and the researchers see them."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, select, tuple_
from sqlalchemy.orm import Session

from server.db.accounts import Account
from server.db.uploads import Upload
from server.uploads.errors import BadUploadRequestError, NoSuchUploadError

ROWS = 50
States = tuple[str, ...]


@dataclass(frozen=True)
class UploadRow:
    """One upload. `message` says what became of it, in words; `sender` is the account's name."""

    id: str
    name: str
    sender: str
    state: str
    length: int
    received: int
    sha256: str
    recording_id: str | None
    message: str
    created_utc: datetime
    changed_utc: datetime
    expires_utc: datetime


@dataclass(frozen=True)
class UploadPage:
    """Up to fifty uploads, the newest first. `next` goes into `after` to get those before them; null at the end."""

    uploads: list[UploadRow]
    next: str | None


def list_uploads(
    session: Session, account_id: int | None, *, after: str = "", sha256: str = "", states: States = ()
) -> UploadPage:
    """Those of one account, or, with None, of all. Raises BadUploadRequestError for an `after` of no page's."""
    query = _rows(account_id)
    if after:
        query = query.where(tuple_(Upload.created_utc, Upload.id) < tuple_(*_place(after)))
    if sha256:
        query = query.where(Upload.sha256 == sha256)
    if states:
        query = query.where(Upload.state.in_(states))
    found = session.execute(query.order_by(Upload.created_utc.desc(), Upload.id.desc()).limit(ROWS + 1)).all()
    rows = [_row(each.Upload, each.name) for each in found[:ROWS]]
    more = len(found) > ROWS
    return UploadPage(rows, f"{rows[-1].created_utc.isoformat()}~{rows[-1].id}" if more else None)


def one_upload(session: Session, account_id: int | None, upload_id: str) -> UploadRow:
    """Raises NoSuchUploadError."""
    found = session.execute(_rows(account_id).where(Upload.id == upload_id)).one_or_none()
    if found is None:
        raise NoSuchUploadError("there is no such upload of this account; /uploads lists them")
    return _row(found.Upload, found.name)


def _rows(account_id: int | None) -> Select[Upload, str]:
    query = select(Upload, Account.name).join(Account, Account.id == Upload.account_id)
    return query if account_id is None else query.where(Upload.account_id == account_id)


def _row(upload: Upload, sender: str) -> UploadRow:
    return UploadRow(
        id=upload.id,
        name=upload.name,
        sender=sender,
        state=upload.state,
        length=upload.length,
        received=upload.received,
        sha256=upload.sha256,
        recording_id=upload.recording_id,
        message=upload.message,
        created_utc=upload.created_utc,
        changed_utc=upload.changed_utc,
        expires_utc=upload.expires_utc,
    )


def _place(after: str) -> tuple[datetime, str]:
    utc, _, upload_id = after.partition("~")
    try:
        created = datetime.fromisoformat(utc)
    except ValueError:
        created = None
    if created is None or created.tzinfo is None or len(upload_id) != 32:
        raise BadUploadRequestError("after: expected what `next` of the page before says")
    return created, upload_id
