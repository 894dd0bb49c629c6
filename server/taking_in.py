"""The joint of uploads and sessions, which do not know each other: an archive that arrived becomes a recording."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy.exc import DBAPIError

from annotate.media_bucket import BucketUnreachableError
from annotate.media_store import MediaStore
from server.config import ServerConfig
from server.db.engine import Database
from server.db.errors import DatabaseBusyError
from server.sessions.errors import IngestRefusedError
from server.uploads.arriving import Arrivals
from server.uploads.checking import BundleRefusedError, Ingested, TakeIn, TryLaterError
from server.uploads.worker import UploadWorker

if TYPE_CHECKING:
    from server.sessions.ingest import IngestResult


def upload_worker(config: ServerConfig, database: Database, media: MediaStore) -> UploadWorker:
    """The thread that checks what has arrived, not yet started."""
    arrivals = Arrivals(database, config.uploads, config.upload_limits)
    return UploadWorker(arrivals, taking_into(database, media))


def taking_into(database: Database, media: MediaStore) -> TakeIn:
    """What server.uploads.checking takes bundles in with."""

    def take_in(
        folder: Path, *, allow_aborted: bool, account_id: int, progress: Callable[[int, int], None]
    ) -> Ingested:
        from server.sessions.ingest import ingest_bundle  # brings what reads videos, which no rater waits for

        try:
            result = ingest_bundle(database, media, folder, progress, allow_aborted=allow_aborted, actor_id=account_id)
        except IngestRefusedError as refused:
            raise BundleRefusedError(str(refused)) from refused
        except (BucketUnreachableError, DatabaseBusyError, DBAPIError, OSError) as error:
            raise TryLaterError(f"{type(error).__name__}: {error}") from error
        return Ingested(result.bundle_id, _words(result))

    return take_in


def _words(result: "IngestResult") -> str:
    verdict = f", quality {result.verdict}" if result.verdict else ", without a quality report"
    what = "Was there already" if result.status == "already ingested" else "Taken in"
    tasks = f"{result.er_tasks} ER and {result.fer_tasks} FER tasks to rate"
    words = f"{what}: {result.trials_valid} of {result.trials} trials valid{verdict}; {tasks}."
    return "\n".join((words, *(f"{note[:1].upper()}{note[1:]}." for note in result.notes)))
