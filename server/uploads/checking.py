"""What happens after the last byte: the digest, the unpacking, the ingest; one archive at a time, in the background.

An archive in the state 'checking' is found again after a restart. Whatever is begun twice gives the same, since the
ingest of a recording that is in already changes nothing.
"""

import contextlib
import fcntl
import hashlib
import logging
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from sqlalchemy import select

from server.db.audit import note
from server.db.uploads import Upload
from server.uploads.arriving import LOST, Arrivals
from server.uploads.errors import ArchiveRefusedError
from server.uploads.unpacking import unpack_bundle

_log = logging.getLogger(__name__)
_CHUNK_BYTES = 1 << 20
#: A recording over which the server died so often is looked at no more.
_DEATHS = 3
_MISTAKE = (
    "The server made a mistake while it checked this recording ({kind}); nothing of it was taken. Keep the bundle, and "
    "tell whoever runs the server: its log says more"
)


class BundleRefusedError(Exception):
    """The bundle is not taken, and sending it again as it is will not help. The message says why and what to do."""


class TryLaterError(Exception):
    """Something that the server needs does not answer just now; the bundle is not to blame."""


class _Stopping(Exception):  # noqa: N818 -- no error: the server stops, and goes on with this after its next start
    pass


@dataclass(frozen=True)
class Ingested:
    """What became of a bundle, in words for its sender."""

    recording_id: str
    words: str


class TakeIn(Protocol):
    """Takes an unpacked bundle into the database. Raises BundleRefusedError, TryLaterError."""

    def __call__(
        self, folder: Path, *, allow_aborted: bool, account_id: int, progress: Callable[[int, int], None]
    ) -> Ingested: ...


class Checking:
    """The checks of one server. `stopping` is asked between any two steps."""

    def __init__(
        self,
        arrivals: Arrivals,
        take_in: TakeIn,
        stopping: Callable[[], bool] = lambda: False,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._arrivals, self._take_in, self._stopping, self._now = arrivals, take_in, stopping, now

    def run(self) -> int:
        """Check every archive that waits, the oldest first; how many were decided. None, where another process does."""
        decided = put_off = 0
        with _alone(self._arrivals.root) as alone:
            while alone and (upload := self._next(put_off)) is not None and not self._stopping():
                if self._check(upload):
                    decided += 1
                else:
                    put_off += 1
        return decided

    def _next(self, skip: int) -> Upload | None:
        waiting = select(Upload).where(Upload.state == "checking").order_by(Upload.changed_utc, Upload.id)
        with self._arrivals.database.reading() as session:
            return session.scalars(waiting.offset(skip).limit(1)).one_or_none()

    def _check(self, upload: Upload) -> bool:
        """Whether the archive's fate is decided; if not, it waits on."""
        archive = self._arrivals.archive(upload.id)
        unpacked, deaths = archive.with_suffix(".unpacked"), archive.with_suffix(".deaths")
        if not archive.exists():  # as after a restore: a backup does not hold what was on its way
            self._decide(upload, "given up", LOST)
            return True
        try:
            _refuse_deadly(deaths)
            taken = self._unpack_and_take(upload, archive, unpacked)
        except (ArchiveRefusedError, BundleRefusedError) as refused:
            # Where it was unpacked tells nobody anything: it is no longer there.
            self._decide(upload, "refused", str(refused).replace(f"{unpacked}{os.sep}", ""))
        except (_Stopping, TryLaterError, OSError) as error:
            if not isinstance(error, _Stopping):
                _log.error("an upload cannot be checked just now and is tried again: %s", error)
            return False
        except Exception as error:
            _log.exception("an upload could not be checked")
            self._decide(upload, "refused", _MISTAKE.format(kind=type(error).__name__))
        else:
            self._decide(upload, "ingested", taken.words, taken.recording_id)
        finally:
            shutil.rmtree(unpacked, ignore_errors=True)
            deaths.unlink(missing_ok=True)
        return True

    def _unpack_and_take(self, upload: Upload, archive: Path, unpacked: Path) -> Ingested:
        _compare_digest(archive, upload, self._go_on)
        shutil.rmtree(unpacked, ignore_errors=True)  # of a check that was cut off
        folder = unpack_bundle(archive, unpacked, self._arrivals.limits.files, self._go_on)
        return self._take_in(
            folder, allow_aborted=upload.allow_aborted, account_id=upload.account_id, progress=self._go_on
        )

    def _go_on(self, _done: int, _total: int) -> None:
        if self._stopping():
            raise _Stopping

    def _decide(self, upload: Upload, state: str, words: str, recording_id: str | None = None) -> None:
        now = self._now()
        with self._arrivals.database.transaction() as session:
            row = session.get_one(Upload, upload.id, with_for_update=True)
            row.state, row.message, row.recording_id, row.changed_utc = state, words, recording_id, now
            note(session, f"upload.{state}", upload.id, now, actor_id=upload.account_id, recording=recording_id)
        self._arrivals.archive(upload.id).unlink(missing_ok=True)


def sweep(arrivals: Arrivals) -> None:
    """Delete what a sudden end left behind: archives and folders whose uploads are decided."""
    with arrivals.database.reading() as session:
        open_ = set(session.scalars(select(Upload.id).where(Upload.state.in_(("arriving", "checking")))))
    for path in arrivals.root.iterdir() if arrivals.root.is_dir() else ():
        upload_id, _, kind = path.name.partition(".")
        if kind == "unpacked":
            shutil.rmtree(path, ignore_errors=True)
        elif kind in ("tar", "deaths") and len(upload_id) == 32 and upload_id not in open_:
            path.unlink(missing_ok=True)


def _refuse_deadly(deaths: Path) -> None:
    """Count the check that begins. The count is deleted at its end, so it counts those that the server did not outlive.

    Raises BundleRefusedError.
    """
    counted = len(deaths.read_bytes()) if deaths.is_file() else 0
    if counted >= _DEATHS:
        raise BundleRefusedError(
            f"The server stopped {counted} times while it checked this recording, so it is not tried again; nothing of "
            "it was taken. Keep the bundle, and tell whoever runs the server: it may need more memory"
        )
    deaths.write_bytes(b"." * (counted + 1))


def _compare_digest(archive: Path, upload: Upload, progress: Callable[[int, int], None]) -> None:
    digest, done = hashlib.sha256(), 0
    with archive.open("rb") as file:
        while chunk := file.read(_CHUNK_BYTES):
            digest.update(chunk)
            done += len(chunk)
            progress(done, upload.length)
    if done != upload.length or digest.hexdigest() != upload.sha256:
        raise ArchiveRefusedError(
            f"What arrived has the SHA-256 {digest.hexdigest()[:12]}…, and {upload.sha256[:12]}… was declared: the "
            "bundle changed while it was sent, or its sender errs. Nothing of it was taken; send it anew"
        )


@contextlib.contextmanager
def _alone(root: Path) -> Iterator[bool]:
    """Whether no other process of this machine checks uploads meanwhile."""
    root.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(root / ".checking", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        yield False
    else:
        yield True
    finally:
        os.close(descriptor)
