"""What a rating page gets to know of a trial.

The FER document is written from the task row and three facts alone; nothing else is loaded for it, so that nothing
else can slip in. Addresses of media are made of the task's random id, which differs between ER and FER.
"""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict
from sqlalchemy import select
from sqlalchemy.orm import Session

from annotate.scales import Emotion, Instrument, Polarity
from server.db.ratings import Claim, RatingTask, Vote
from server.db.studies import Stimulus, Study
from server.db.trials import Recording, SelfReport, Trial


class _Document(BaseModel):
    model_config = ConfigDict(frozen=True)


class _Place(_Document):
    claim: int
    expires_utc: datetime
    lease_s: float
    #: The recording was made by the simulator; no person was recorded.
    simulated: bool
    #: This one is for learning: the right answer is told afterwards, and the rater's is no label.
    training: bool
    #: The scale that is traced while the clip plays, '' for none.
    trace_scale: Literal["", "valence", "arousal"]
    #: The how-manieth trial of this rater under this instrument, from 1.
    position: int


class FerMedia(_Document):
    face: str | None


class FerDocument(_Place):
    """All that a FER rater learns of a trial."""

    instrument: Literal["FER"] = "FER"
    media: FerMedia
    #: Whether the study lets the face be heard.
    sound: bool


class ErMedia(_Document):
    face: str | None
    stimulus: str | None
    gaze: str | None


class Screen(_Document):
    width_px: int
    height_px: int


class Reported(_Document):
    seven: Emotion | None
    three: Polarity | None
    valence: float | None
    arousal: float | None


class ErDocument(_Place):
    """What an ER rater learns of a trial. Times are on the clip's clock: 0 is the flip of its first frame."""

    instrument: Literal["ER"] = "ER"
    media: ErMedia
    #: How long the recording is, in milliseconds. FER is not told: it would tell the clip.
    duration_ms: int
    #: The clip-clock time of the face video's first frame.
    face_offset_ms: float
    screen: Screen
    pupil_unit: str
    self_report: Reported | None


class Answered(_Document):
    """An own answer, as it stands."""

    vote: int
    seven: Emotion
    three: Polarity
    valence: float
    arousal: float
    intensity: float | None
    flags: list[str]
    note: str


TaskDocument = FerDocument | ErDocument


def task_document(session: Session, claim: Claim, lease_s: float) -> TaskDocument:
    """The document of a claimed place; `lease_s` is the length of a lease in seconds."""
    task = session.get_one(RatingTask, claim.task_id)
    place = {
        "claim": claim.id,
        "expires_utc": claim.expires_utc,
        "lease_s": lease_s,
        "training": task.purpose == "training",
        "position": claim.position,
    }
    if task.instrument == Instrument.FER.value:
        return _fer_document(session, task, place)
    return _er_document(session, task, place)


def answered_document(vote: Vote) -> Answered:
    """The answer as the page restores it."""
    flags = vote.flags.split(",") if vote.flags else []
    return Answered(
        vote=vote.id,
        seven=Emotion(vote.seven),
        three=Polarity(vote.three),
        valence=vote.valence,
        arousal=vote.arousal,
        intensity=vote.intensity,
        flags=flags,
        note=vote.note,
    )


def _fer_document(session: Session, task: RatingTask, place: dict[str, object]) -> FerDocument:
    has_face, origin, sound, trace_scale = session.execute(
        select(Trial.face_sha256.is_not(None), Recording.origin, Study.fer_sound, Study.trace_scale)
        .join(Recording, Recording.id == Trial.recording_id)
        .join(Study, Study.id == Recording.study_id)
        .where(Trial.id == task.trial_id)
    ).one()
    face = media_address(task, "face") if has_face else None
    return FerDocument.model_validate(
        place
        | {
            "simulated": origin == "simulated",
            "trace_scale": trace_scale,
            "media": FerMedia(face=face),
            "sound": sound,
        }
    )


def _er_document(session: Session, task: RatingTask, place: dict[str, object]) -> ErDocument:
    trial, recording, stimulus_sha256, shows, trace_scale, report = session.execute(
        select(Trial, Recording, Stimulus.media_sha256, Study.er_shows_self_report, Study.trace_scale, SelfReport)
        .join(Recording, Recording.id == Trial.recording_id)
        .join(Stimulus, Stimulus.id == Trial.stimulus_id)
        .join(Study, Study.id == Recording.study_id)
        .outerjoin(SelfReport, SelfReport.trial_id == Trial.id)
        .where(Trial.id == task.trial_id)
    ).one()
    media = ErMedia(
        face=media_address(task, "face") if trial.face_sha256 else None,
        stimulus=media_address(task, "stimulus") if stimulus_sha256 else None,
        gaze=media_address(task, "gaze") if trial.gaze_sha256 else None,
    )
    reported = Reported.model_validate(report, from_attributes=True) if shows and report is not None else None
    return ErDocument.model_validate(
        place
        | {
            "duration_ms": round(trial.duration_ms),
            "simulated": recording.origin == "simulated",
            "trace_scale": trace_scale,
            "media": media,
            "face_offset_ms": trial.face_offset_ms or 0.0,
            "screen": Screen(width_px=recording.screen_width_px, height_px=recording.screen_height_px),
            "pupil_unit": recording.tracker_pupil_unit,
            "self_report": reported,
        }
    )


def media_address(task: RatingTask, what: str) -> str:
    """Where `what` (face, stimulus or gaze) of this task is served."""
    return f"/media/{task.media_id}/{what}"
