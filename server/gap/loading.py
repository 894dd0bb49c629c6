"""The answers that the gap is made of, from the database."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from annotate.gap.answers import AnswerColumns, TrialFacts, as_columns
from annotate.scales import SAYS_NOTHING
from server.db.answers import current_answers, stands
from server.db.ratings import RatingTask, Vote
from server.db.studies import Participant, Stimulus, Study
from server.db.trials import Recording, SelfReport, Trial
from server.gap.filters import Filters


@dataclass(frozen=True)
class Names:
    """What a page calls things by: keys of participants and clips to (name, study), trials to their origin."""

    participants: dict[str, tuple[str, str]]
    stimuli: dict[str, tuple[str, str]]
    origins: dict[str, str]


def load_answers(session: Session, filters: Filters, facts: Mapping[str, TrialFacts]) -> AnswerColumns:
    """The usable and unusable answers to these trials, in no order that matters.

    The rows are those of current_answers; what it asks of participants holds of the trials of `facts`.
    """
    query = _narrowed(
        select(
            RatingTask.trial_id, Vote.instrument, Vote.rater_id, Vote.seven, Vote.three, Vote.valence, Vote.arousal,
            Vote.flags,
        )
        .join(RatingTask, RatingTask.id == Vote.task_id)
        .join(Trial, Trial.id == RatingTask.trial_id)
        .join(Recording, Recording.id == Trial.recording_id)
        .where(*stands(blind=filters.answers == "blind"), RatingTask.purpose != "training"),
        filters,
    )  # fmt: skip
    # Plain rows and all at once: sixty thousand of the session's own, one by one, take twice as long.
    rows = [row for row in session.connection().execute(query).fetchall() if row[0] in facts]
    if not rows:
        return as_columns(())
    trial, instrument, rater, seven, three, valence, arousal, flags = zip(*rows, strict=True)
    usable = [not said or SAYS_NOTHING.isdisjoint(said.split(",")) for said in flags]
    return AnswerColumns(trial, instrument, rater, seven, three, valence, arousal, usable)


def load_facts(session: Session, filters: Filters) -> tuple[dict[str, TrialFacts], Names]:
    """The trials that have an answer, and what they are called."""
    answered = select(RatingTask.trial_id).where(RatingTask.id.in_(select(Vote.task_id)))
    query = _narrowed(
        select(
            Trial.id, Recording.origin, Recording.study_id, Participant.id, Participant.pseudonym, Stimulus.id,
            Stimulus.clip, Stimulus.emotion, SelfReport.seven, SelfReport.three, SelfReport.valence, SelfReport.arousal,
        )
        .join(Recording, Recording.id == Trial.recording_id)
        .join(Participant, Participant.id == Recording.participant_id)
        .join(Stimulus, Stimulus.id == Trial.stimulus_id)
        .outerjoin(SelfReport, SelfReport.trial_id == Trial.id)
        .where(Trial.id.in_(answered), Participant.withdrawn_utc.is_(None)),
        filters,
    )  # fmt: skip
    facts: dict[str, TrialFacts] = {}
    names = Names({}, {}, {})
    for trial, origin, study, person, pseudonym, stimulus, clip, emotion, *said in (
        session.connection().execute(query).fetchall()
    ):
        facts[trial] = TrialFacts(str(person), str(stimulus), emotion, *said)
        names.participants[str(person)] = (pseudonym, study)
        names.stimuli[str(stimulus)] = (clip, study)
        names.origins[trial] = origin
    return facts, names


def _narrowed(query: Any, filters: Filters) -> Any:
    query = query.where(Recording.origin.in_(sorted(filters.origins)))
    return query.where(Recording.study_id == filters.study) if filters.study else query


def studies_with_answers(session: Session) -> list[tuple[str, str]]:
    """(id, title) of the studies in which somebody has rated something, by title."""
    rated = (
        select(Recording.study_id)
        .join(Trial, Trial.recording_id == Recording.id)
        .join(RatingTask, RatingTask.trial_id == Trial.id)
        .where(exists(select(Vote.id).where(Vote.task_id == RatingTask.id)))
    )
    query = select(Study.id, Study.title).where(Study.id.in_(rated)).order_by(Study.title, Study.id)
    return [(study, title) for study, title in session.execute(query)]


def revised_after_prelabel(session: Session, filters: Filters) -> int:
    """How many answers were changed after a model's label was shown."""
    query = _narrowed(current_answers(), filters).where(Vote.prelabel_seen)
    return int(session.scalar(query.with_only_columns(func.count()).order_by(None)) or 0)
