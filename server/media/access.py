"""Which file lies behind an address, and whether whoever asks may read it. The one place where media are looked up.

For a rater: under the random id of a task, to whoever holds or held a place of it; the clip and the gaze only where
that task is an ER task. For adjudicators and researchers: under the trial's public id, and what they get to see of it
beside the face enters the exposure ledger. For nobody: trials whose participant does not, or not any more, let people
look.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from annotate.assignment import Seen
from annotate.scales import Instrument
from server.db.exposures import note_exposure
from server.db.ratings import Claim, RatingTask
from server.db.studies import Participant, Stimulus
from server.db.trials import Recording, Trial
from server.media.errors import NoSuchMediumError


class Medium(StrEnum):
    """What can be asked for."""

    FACE = "face"
    STIMULUS = "stimulus"
    GAZE = "gaze"


#: What a person has seen of a trial by being given this medium of it. A face is what FER shows, so it spoils nothing.
TELLS: dict[Medium, frozenset[Seen]] = {
    Medium.FACE: frozenset(),
    Medium.STIMULUS: frozenset({Seen.STIMULUS}),
    Medium.GAZE: frozenset({Seen.CONTEXT}),
}


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
    is_shown = row is not None and (medium is Medium.FACE or row.instrument == Instrument.ER.value)
    found = _files(row.Trial, row.media_sha256, medium) if row is not None and is_shown else None
    if found is None:
        raise NoSuchMediumError("There is no such recording for you; open it from the rating page")
    return found


def files_of_trial(session: Session, viewer_id: int, trial_id: str, medium: Medium, now: datetime) -> Files:
    """The files of a trial for somebody who looks at trials; what it tells is noted. Raises NoSuchMediumError."""
    row = session.execute(
        select(Trial, Stimulus.media_sha256)
        .join(Stimulus, Stimulus.id == Trial.stimulus_id)
        .join(Recording, Recording.id == Trial.recording_id)
        .join(Participant, Participant.id == Recording.participant_id)
        .where(Trial.id == trial_id, Recording.consent_rating, Participant.withdrawn_utc.is_(None))
    ).one_or_none()
    found = None if row is None else _files(row.Trial, row.media_sha256, medium)
    if found is None:
        raise NoSuchMediumError(
            f"There is no {medium} of this trial to look at: it was not recorded, the participant did not agree that "
            "people look at it, or has withdrawn"
        )
    note_exposure(session, viewer_id, trial_id, TELLS[medium], now, detail="trial")
    return found


def _files(trial: Trial, stimulus_sha256: str | None, medium: Medium) -> Files | None:
    if medium is Medium.FACE:
        return Files(trial.face_sha256) if trial.face_sha256 else None
    if medium is Medium.STIMULUS:
        return Files(stimulus_sha256) if stimulus_sha256 else None
    return Files(trial.gaze_sha256, trial.eye_events_sha256) if trial.gaze_sha256 else None
