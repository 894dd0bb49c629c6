"""What one ingest has put into the media store, so that it can be taken out again where no row came to name it."""

from collections.abc import Collection
from pathlib import Path

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from annotate.media_store import MediaStore
from server.db.engine import Database
from server.db.studies import Stimulus
from server.db.trials import Trial


class Shelf:
    """A media store that remembers what was put into it."""

    def __init__(self, media: MediaStore) -> None:
        self.media = media
        self.digests: set[str] = set()

    def put_file(self, source: Path) -> str:
        digest = self.media.put_file(source)
        self.digests.add(digest)
        return digest

    def put_bytes(self, content: bytes) -> str:
        digest = self.media.put_bytes(content)
        self.digests.add(digest)
        return digest


def remove_unnamed(database: Database, media: MediaStore, digests: Collection[str]) -> None:
    """Remove those that no row names. In writing transactions: what another ingest names by now is seen."""
    for digest in sorted(digests):
        with database.transaction() as session:
            if not _is_named(session, digest):
                media.remove(digest)


def digests_of(session: Session, recording_id: str) -> set[str]:
    """What the trials of a recording name; not their clips, which others show too."""
    columns = (Trial.face_sha256, Trial.gaze_sha256, Trial.eye_events_sha256)
    rows = session.execute(select(*columns).where(Trial.recording_id == recording_id))
    return {digest for row in rows for digest in row if digest is not None}


def _is_named(session: Session, digest: str) -> bool:
    of_trial = or_(Trial.face_sha256 == digest, Trial.gaze_sha256 == digest, Trial.eye_events_sha256 == digest)
    return (
        session.scalar(select(Trial.id).where(of_trial).limit(1)) is not None
        or session.scalar(select(Stimulus.id).where(Stimulus.media_sha256 == digest).limit(1)) is not None
    )
