"""Which file lies behind an opaque address, and whether this rater may read it.

The one place where media are looked up for a rater. A face, a clip or a gaze series is served to whoever holds or held
a place of the task that the address belongs to; the clip and the gaze only where that task is an ER task.
"""

from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from annotate.scales import Instrument
from server.db.ratings import Claim, RatingTask
from server.db.studies import Participant, Stimulus
from server.db.trials import Recording, Trial
from server.media.errors import NoSuchMediumError


class Medium(StrEnum):
    """What can be asked for of a task."""

    FACE = "face"
    STIMULUS = "stimulus"
    GAZE = "gaze"


@dataclass(frozen=True)
class Files:
    """Digests of the files behind an address. `eye_events` stands beside gaze only, and may be missing."""

    sha256: str
    eye_events_sha256: str | None = None


def files_for(session: Session, rater_id: int, media_id: str, medium: Medium) -> Files:
    """The files that `medium` of the task with this opaque id stands for. Raises NoSuchMediumError."""
    row = session.execute(
        select(RatingTask.instrument, Trial, Stimulus.media_sha256)
        .join(Trial, Trial.id == RatingTask.trial_id)
        .join(Stimulus, Stimulus.id == Trial.stimulus_id)
        .join(Recording, Recording.id == Trial.recording_id)
        .join(Participant, Participant.id == Recording.participant_id)
        .join(Claim, Claim.task_id == RatingTask.id)
        .where(
            RatingTask.media_id == media_id,
            RatingTask.state != "withdrawn",
            Claim.rater_id == rater_id,
            Recording.consent_rating,
            Participant.withdrawn_utc.is_(None),
        )
    ).one_or_none()
    found = _files(row.instrument, row.Trial, row.media_sha256, medium) if row else None
    if found is None:
        raise NoSuchMediumError("There is no such recording for you; open it from the rating page")
    return found


def _files(instrument: str, trial: Trial, stimulus_sha256: str | None, medium: Medium) -> Files | None:
    if medium is Medium.FACE:
        return Files(trial.face_sha256) if trial.face_sha256 else None
    if instrument != Instrument.ER.value:
        return None
    if medium is Medium.STIMULUS:
        return Files(stimulus_sha256) if stimulus_sha256 else None
    return Files(trial.gaze_sha256, trial.eye_events_sha256) if trial.gaze_sha256 else None
