"""Bytes on their way in. What is acknowledged is on the disk and in the database, in this order.

A file may be longer than its row says (the power went between the two): what is beyond was never acknowledged and is
cut off before the next piece. It is never shorter, unless somebody deleted it.
"""

import errno
import fcntl
import os
import secrets
import shutil
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from server.config import UploadLimits
from server.db.accounts import Account
from server.db.audit import note
from server.db.engine import Database
from server.db.uploads import Upload
from server.uploads.errors import (
    NoRoomError,
    NoSuchUploadError,
    TooLargeError,
    TooManyUploadsError,
    UploadBusyError,
    UploadEndedError,
    UploadGoneError,
    WrongChecksumError,
    WrongOffsetError,
)
from server.uploads.protocol import Declared

OPEN_STATES = ("arriving", "checking")
#: While it is checked an archive lies there twice more: unpacked, and as the media that are cut from it.
ROOM_FACTOR = 3
LOST = "The server has lost what had arrived of it; send it anew"


@dataclass(frozen=True)
class Arrivals:
    """Where uploads are kept and what may come."""

    database: Database
    root: Path
    limits: UploadLimits

    def archive(self, upload_id: str) -> Path:
        return self.root / f"{upload_id}.tar"

    def create(self, account_id: int, declared: Declared, now: datetime) -> Upload:
        """Make a place for an archive. Raises TooLargeError, TooManyUploadsError, NoRoomError."""
        self.root.mkdir(parents=True, exist_ok=True)
        if declared.length > self.limits.archive_bytes:
            raise TooLargeError(
                f"the archive has {_gib(declared.length)}, this server takes up to {_gib(self.limits.archive_bytes)}; "
                "ask whoever runs it to take it in with `duchenne ingest`"
            )
        with self.database.transaction() as session:
            session.scalar(select(Account.id).where(Account.id == account_id).with_for_update())
            self._refuse_too_many(session, account_id, declared.length)
            self._refuse_without_room(session, declared.length)
            upload = Upload(
                id=secrets.token_hex(16),
                account_id=account_id,
                name=declared.name,
                allow_aborted=declared.allow_aborted,
                length=declared.length,
                received=0,
                sha256=declared.sha256,
                state="arriving",
                created_utc=now,
                changed_utc=now,
                expires_utc=now + self.limits.expires_after,
            )
            session.add(upload)
            note(session, "upload.created", upload.id, now, actor_id=account_id, bytes=declared.length)
        return upload

    def find(self, account_id: int, upload_id: str) -> Upload:
        """An upload of this account. Raises NoSuchUploadError."""
        with self.database.reading() as session:
            return _own(session, account_id, upload_id)

    def begin_piece(self, account_id: int, upload_id: str, offset: int, digest: bytes | None) -> "Piece":
        """Open the archive for bytes from `offset` on; nobody else writes into it until the piece is closed.

        Raises NoSuchUploadError, UploadGoneError, UploadEndedError, UploadBusyError, WrongOffsetError.
        """
        refuse_ended(self.find(account_id, upload_id))
        piece = Piece(self, upload_id, digest)
        try:
            upload = self.find(account_id, upload_id)  # anew: now nobody else changes it
            refuse_ended(upload)
            if offset != upload.received:
                raise WrongOffsetError(
                    f"header Upload-Offset: {offset}, but {upload.received} bytes have arrived; go on from there"
                )
            piece.begin(upload)
        except BaseException:
            piece.close()
            raise
        return piece

    def give_up(self, account_id: int, upload_id: str, now: datetime) -> None:
        """Delete what has arrived, as its sender wishes. Raises NoSuchUploadError, UploadEndedError."""
        refuse_ended(self.find(account_id, upload_id))
        piece = Piece(self, upload_id, None)
        try:
            with self.database.transaction() as session:
                upload = _own(session, account_id, upload_id)
                refuse_ended(upload)
                _end(session, upload, "It was deleted by its sender", now, actor_id=account_id)
            self.archive(upload_id).unlink(missing_ok=True)
        finally:
            piece.close()

    def expire(self, now: datetime) -> int:
        """Give up what nothing was heard of for too long; how many."""
        with self.database.reading() as session:
            late = select(Upload.id).where(Upload.state == "arriving", Upload.expires_utc <= now)
            found = session.scalars(late).all()
        for upload_id in found:
            with self.database.transaction() as session:
                upload = session.get_one(Upload, upload_id)
                if upload.state == "arriving" and upload.expires_utc <= now:
                    days = self.limits.expires_after.days
                    _end(session, upload, f"Nothing of it came for {days} days; send it anew", now, actor_id=None)
            self.archive(upload_id).unlink(missing_ok=True)
        return len(found)

    def _refuse_too_many(self, session: Session, account_id: int, length: int) -> None:
        its = select(func.count(), func.coalesce(func.sum(Upload.length), 0))
        count, total = session.execute(its.where(Upload.account_id == account_id, Upload.state.in_(OPEN_STATES))).one()
        if count >= self.limits.open_uploads or total + length > self.limits.open_bytes:
            raise TooManyUploadsError(
                f"{count} uploads of {_gib(int(total))} are on their way from this account, and up to "
                f"{self.limits.open_uploads} of {_gib(self.limits.open_bytes)} may be; finish or delete one on /uploads"
            )

    def _refuse_without_room(self, session: Session, length: int) -> None:
        promised = select(func.coalesce(func.sum(Upload.length - Upload.received), 0))
        outstanding = int(session.scalar(promised.where(Upload.state == "arriving")) or 0)
        needed = ROOM_FACTOR * length + outstanding + self.limits.free_bytes
        free = shutil.disk_usage(self.root).free
        if free < needed:
            raise NoRoomError(
                f"the server's disk has {_gib(free)} free, and {_gib(needed)} are needed to take this archive and "
                "check it; nothing was sent. Tell whoever runs the server, and send it again later"
            )


class Piece:
    """Bytes being appended to one archive. They count only after `keep`; without it they are cut off again."""

    def __init__(self, arrivals: Arrivals, upload_id: str, digest: bytes | None) -> None:
        self._arrivals, self.upload_id, self._expected = arrivals, upload_id, digest
        self._digest = sha256()
        path = arrivals.archive(upload_id)
        arrivals.root.mkdir(parents=True, exist_ok=True)
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(self._file)
            raise UploadBusyError(
                "another request writes into this upload; wait a moment and ask how far it is"
            ) from None

    def begin(self, upload: Upload) -> None:
        self._received = self._end = upload.received
        self.length = upload.length
        if os.fstat(self._file).st_size < upload.received:
            self._lost()
        os.ftruncate(self._file, upload.received)
        os.lseek(self._file, upload.received, os.SEEK_SET)
        _sync_folder(self._arrivals.root)

    @property
    def is_checked(self) -> bool:
        """Whether the sender said what digest the whole piece has."""
        return self._expected is not None

    def write(self, content: bytes | bytearray) -> None:
        """Raises TooLargeError, NoRoomError; then nothing of the piece was kept."""
        if self._end + len(content) > self.length:
            raise TooLargeError(
                f"the archive was declared to have {self.length} bytes, and more came; nothing of this piece was "
                "kept. Declare it anew with its true length"
            )
        view = memoryview(content)
        try:
            while view:
                view = view[os.write(self._file, view) :]
        except OSError as error:
            if error.errno in (errno.ENOSPC, errno.EDQUOT):
                raise NoRoomError(
                    "the server's disk is full; what has been acknowledged is safe. Tell whoever runs the server, then "
                    "go on"
                ) from error
            raise
        self._digest.update(content)
        self._end += len(content)

    def keep(self, now: datetime) -> Upload:
        """Sync, and commit how far the upload is; with the last byte it is checked next. Raises WrongChecksumError."""
        if self._expected is not None and self._digest.digest() != self._expected:
            raise WrongChecksumError("the piece does not have the checksum that it came with; send it again")
        os.fsync(self._file)
        state = "checking" if self._end == self.length else "arriving"
        with self._arrivals.database.transaction() as session:
            moved = session.execute(
                update(Upload)
                .where(Upload.id == self.upload_id, Upload.state == "arriving", Upload.received == self._received)
                .values(
                    received=self._end,
                    state=state,
                    changed_utc=now,
                    expires_utc=now + self._arrivals.limits.expires_after,
                )
                .returning(Upload.id)
            ).one_or_none()
            if moved is None:  # it expired while the piece came
                raise UploadGoneError("this upload was given up meanwhile; send it anew")
            upload = session.get_one(Upload, self.upload_id, populate_existing=True)
        self._received = self._end
        return upload

    def close(self) -> None:
        """Let go of the archive. What was not kept is cut off by the next piece."""
        os.close(self._file)

    def _lost(self) -> None:
        now = datetime.now().astimezone()
        with self._arrivals.database.transaction() as session:
            _end(session, session.get_one(Upload, self.upload_id), LOST, now, actor_id=None)
        raise UploadGoneError(f"{LOST}.")


def refuse_ended(upload: Upload) -> None:
    """Raises UploadGoneError, UploadEndedError unless bytes may still come."""
    if upload.state == "given up":
        raise UploadGoneError(f"{upload.message}.")
    if upload.state != "arriving":
        raise UploadEndedError(f"all {upload.length} bytes have arrived; ask what became of it")


def _own(session: Session, account_id: int, upload_id: str) -> Upload:
    upload = session.get(Upload, upload_id)
    if upload is None or upload.account_id != account_id:
        raise NoSuchUploadError("there is no such upload of this account; /uploads lists them")
    return upload


def _end(session: Session, upload: Upload, why: str, now: datetime, *, actor_id: int | None) -> None:
    upload.state, upload.message, upload.changed_utc = "given up", why, now
    note(session, "upload.given_up", upload.id, now, actor_id=actor_id, bytes=upload.received)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _gib(count: int) -> str:
    return f"{count / 2**30:.1f} GiB"
