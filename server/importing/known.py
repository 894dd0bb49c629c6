"""What the database has of the study already."""

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from server.db.studies import Participant
from server.db.trials import Recording, Trial
from server.importing.errors import ImportedDifferentlyError

#: Tells the recordings of a published data set from those that came as bundles.
TRACKER_KIND = "imported data set"


@dataclass(frozen=True)
class Known:
    """Participant to the digest of their imported recording, how many trials there are, and who has withdrawn."""

    study: str
    digests: dict[str, str]
    trials: int
    withdrawn: frozenset[str]

    def refuse_other(self, digests: dict[str, str]) -> None:
        """Raises ImportedDifferentlyError where somebody's samples are in the database with other content."""
        other = sorted(person for person, digest in digests.items() if self.digests.get(person, digest) != digest)
        if other:
            raise ImportedDifferentlyError(
                f"study {self.study}: samples of {', '.join(other[:3])}{' and others' if len(other) > 3 else ''} were "
                "imported before, and their labels or files were others then; what is in the database never changes. "
                "Import under another name with --study NAME"
            )


def known_of(session: Session, study: str) -> Known:
    """Of recordings that were imported as a data set; one that came as a bundle is another matter."""
    ours = (Recording.study_id == study, Recording.tracker_kind == TRACKER_KIND)
    rows = session.execute(
        select(Participant.pseudonym, Recording.digest_sha256)
        .join(Recording, Recording.participant_id == Participant.id)
        .where(*ours)
    )
    trials = session.scalar(
        select(func.count(Trial.id)).join(Recording, Recording.id == Trial.recording_id).where(*ours)
    )
    gone = session.scalars(
        select(Participant.pseudonym).where(Participant.study_id == study, Participant.withdrawn_utc.is_not(None))
    )
    return Known(study, {row[0]: row[1] for row in rows}, trials or 0, frozenset(gone))
