"""What a rating page gets to know of a trial.

The FER document is written from a handful of facts (`_FER`); nothing else is loaded for it, so that nothing else can
slip in. Addresses of media are made of the task's random id, which differs between ER and FER.
"""

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict
from sqlalchemy import Connection, bindparam, select

from annotate.scales import Emotion, Instrument, Polarity
from server.db.prepared import Prepared
from server.db.ratings import RatingTask, Vote
from server.db.studies import Stimulus, Study
from server.db.trials import Recording, SelfReport, Trial
from server.rating.place import Place

# Of a FER task this is read and nothing else.
_FER = Prepared(
    select(
        RatingTask.media_id,
        RatingTask.purpose,
        Trial.face_sha256.is_not(None).label("has_face"),
        Recording.origin,
        Study.fer_sound,
        Study.trace_scale,
    )
    .select_from(RatingTask)
    .join(Trial, Trial.id == RatingTask.trial_id)
    .join(Recording, Recording.id == Trial.recording_id)
    .join(Study, Study.id == Recording.study_id)
    .where(RatingTask.id == bindparam("task"))
)
_ER = Prepared(
    select(
        RatingTask.media_id,
        RatingTask.purpose,
        Trial.duration_ms,
        Trial.face_sha256,
        Trial.face_offset_ms,
        Trial.gaze_sha256,
        Stimulus.media_sha256,
        Recording.origin,
        Recording.screen_width_px,
        Recording.screen_height_px,
        Recording.tracker_pupil_unit,
        Study.er_shows_self_report,
        Study.trace_scale,
        SelfReport.trial_id.label("reported"),
        SelfReport.seven,
        SelfReport.three,
        SelfReport.valence,
        SelfReport.arousal,
    )
    .select_from(RatingTask)
    .join(Trial, Trial.id == RatingTask.trial_id)
    .join(Recording, Recording.id == Trial.recording_id)
    .join(Stimulus, Stimulus.id == Trial.stimulus_id)
    .join(Study, Study.id == Recording.study_id)
    .outerjoin(SelfReport, SelfReport.trial_id == Trial.id)
    .where(RatingTask.id == bindparam("task"))
)


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


def task_document(connection: Connection, place: Place, instrument: Instrument, lease_s: float) -> TaskDocument:
    """The document of a claimed place under `instrument`; `lease_s` is the length of a lease in seconds."""
    told = {"claim": place.id, "expires_utc": place.expires_utc, "lease_s": lease_s, "position": place.position}
    if instrument is Instrument.FER:
        return _fer_document(_FER.first(connection, {"task": place.task_id}), told)
    return _er_document(_ER.first(connection, {"task": place.task_id}), told)


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


def _fer_document(row: Any, told: dict[str, Any]) -> FerDocument:
    return FerDocument(
        **told,
        training=row.purpose == "training",
        simulated=row.origin == "simulated",
        trace_scale=row.trace_scale,
        media=FerMedia(face=media_address(row.media_id, "face") if row.has_face else None),
        sound=row.fer_sound,
    )


def _er_document(row: Any, told: dict[str, Any]) -> ErDocument:
    shows_report = row.er_shows_self_report and row.reported is not None
    return ErDocument(
        **told,
        training=row.purpose == "training",
        simulated=row.origin == "simulated",
        trace_scale=row.trace_scale,
        duration_ms=round(row.duration_ms),
        media=ErMedia(
            face=media_address(row.media_id, "face") if row.face_sha256 else None,
            stimulus=media_address(row.media_id, "stimulus") if row.media_sha256 else None,
            gaze=media_address(row.media_id, "gaze") if row.gaze_sha256 else None,
        ),
        face_offset_ms=row.face_offset_ms or 0.0,
        screen=Screen(width_px=row.screen_width_px, height_px=row.screen_height_px),
        pupil_unit=row.tracker_pupil_unit,
        self_report=Reported.model_validate(row, from_attributes=True) if shows_report else None,
    )


def media_address(media_id: str, what: str) -> str:
    """Where `what` (face, stimulus or gaze) of the task with this id is served."""
    return f"/media/{media_id}/{what}"
