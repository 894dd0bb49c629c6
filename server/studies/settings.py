"""How a study is rated: read, checked, changed, and written into the audit log."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import case, func, or_, select, update
from sqlalchemy.orm import Session

from server.db.audit import note
from server.db.ratings import Claim, RatingTask
from server.db.studies import Study
from server.db.trials import Recording, Trial
from server.studies.errors import NoSuchStudyError

Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]


class Settings(BaseModel):
    """What a researcher decides of a study. The columns of server.db.studies.Study have the same names."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    raters_per_instrument: Annotated[
        int, Field(ge=1, le=50, description="how many people rate each trial under each instrument")
    ]
    er_shows_self_report: Annotated[bool, Field(description="ER raters see what the participant said of themselves")]
    fer_sound: Annotated[bool, Field(description="FER raters hear the face video")]
    prelabel_share: Annotated[
        Share, Field(description="the share of places at which a model's label is shown after a blind answer")
    ]
    gold_share: Annotated[Share, Field(description="the share of places that are gold trials")]
    qualifying_score: Annotated[
        Share, Field(description="what a rater must reach in the training set; 0: no training is asked for")
    ]
    trace_scale: Annotated[
        Literal["", "valence", "arousal"], Field(description="the scale traced while the clip plays; '': none")
    ]
    break_after_min: Annotated[
        int, Field(ge=0, le=600, description="after how many minutes a break is suggested; 0: never")
    ]


def settings_of(session: Session, study_id: str) -> tuple[Study, Settings]:
    """Raises NoSuchStudyError."""
    study = session.get(Study, study_id)
    if study is None:
        known = ", ".join(session.scalars(select(Study.id).order_by(Study.id))) or "none yet"
        raise NoSuchStudyError(f"There is no study {study_id!r}; there are: {known}")
    return study, Settings.model_validate({name: getattr(study, name) for name in Settings.model_fields})


def change_settings(
    session: Session, study_id: str, wanted: Settings, now: datetime, actor_id: int | None
) -> dict[str, str]:
    """Put the settings in force; what changed, as 'old → new' by name. Raises NoSuchStudyError.

    Raising the number of raters opens trials again that had all their answers; lowering it takes no answer and no
    place that somebody holds away.
    """
    session.execute(select(Study.id).where(Study.id == study_id).with_for_update())
    study, before = settings_of(session, study_id)
    changed = {
        name: f"{_in_words(getattr(before, name))} → {_in_words(getattr(wanted, name))}"
        for name in Settings.model_fields
        if getattr(before, name) != getattr(wanted, name)
    }
    if not changed:
        return {}
    for name in changed:
        setattr(study, name, getattr(wanted, name))
    if "raters_per_instrument" in changed:
        _set_places(session, study_id, wanted.raters_per_instrument, now)
    note(session, "study.settings_changed", study_id, now, actor_id=actor_id, **changed)
    return changed


def purposes_of(session: Session, study_id: str) -> dict[tuple[str, str], int]:
    """How many gold and training trials the study has: (purpose, instrument) to their number."""
    query = (
        select(RatingTask.purpose, RatingTask.instrument, func.count())
        .join(Trial, Trial.id == RatingTask.trial_id)
        .join(Recording, Recording.id == Trial.recording_id)
        .where(Recording.study_id == study_id, RatingTask.purpose != "study", RatingTask.state != "withdrawn")
        .group_by(RatingTask.purpose, RatingTask.instrument)
    )
    return {(row[0], row[1]): row[2] for row in session.execute(query)}


def _set_places(session: Session, study_id: str, wanted: int, now: datetime) -> None:
    """Gold and training trials take any number of raters, so theirs stay; so does what a withdrawal has closed."""
    answered = _claims(Claim.state == "done")
    held = _claims(or_(Claim.state == "done", Claim.expires_utc > now))
    places: Any = case((held > wanted, held), else_=wanted)
    ours = (
        select(RatingTask.id)
        .join(Trial, Trial.id == RatingTask.trial_id)
        .join(Recording, Recording.id == Trial.recording_id)
        .where(
            Recording.study_id == study_id,
            RatingTask.purpose == "study",
            RatingTask.state != "withdrawn",
            RatingTask.places != wanted,
        )
    )
    if session.get_bind().dialect.name == "postgresql":  # an answer that arrives just now waits, and counts afterwards
        session.execute(select(RatingTask.id).where(RatingTask.id.in_(ours)).order_by(RatingTask.id).with_for_update())
    session.execute(
        update(RatingTask)
        .where(RatingTask.id.in_(ours))
        .values(places=places, state=case((answered >= places, "done"), else_="open"))
        .execution_options(synchronize_session=False)
    )


def _claims(condition: Any) -> Any:
    return (
        select(func.count())
        .select_from(Claim)
        .where(Claim.task_id == RatingTask.id, condition)
        .correlate(RatingTask)
        .scalar_subquery()
    )


def _in_words(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:g}" if isinstance(value, float) else str(value) or "none"
