"""People's answers as they stand: what agreement, the gap, exports and snapshots are all computed from."""

from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import aliased

from annotate.scales import Emotion, Flag, Instrument, Polarity
from annotate.scales import Vote as Answer
from server.db.accounts import Account
from server.db.ratings import Adjudication, RatingTask, ReferenceAnswer, Vote
from server.db.studies import Participant, Stimulus
from server.db.trials import Recording, Trial


def current_answers(*, with_training: bool = False, blind: bool = False) -> Any:
    """One row an answer, by vote id: Vote, RatingTask, rater (pseudonym), Trial, Recording, participant, Stimulus.

    A correction stands in the place of what it corrects; with `blind`, in the place of an answer that was given after
    a model's label was shown stands the rater's last one before it. Answers to training trials are left out unless
    asked for: the rater was told the solution. Nothing of a participant who has withdrawn is in it. Columns that are
    not entities are labelled 'rater' and 'participant'; narrow it with `.where(…)` and `.with_only_columns(…)`.
    """
    query = (
        select(
            Vote,
            RatingTask,
            Account.pseudonym.label("rater"),
            Trial,
            Recording,
            Participant.pseudonym.label("participant"),
            Stimulus,
        )
        .join(RatingTask, RatingTask.id == Vote.task_id)
        .join(Account, Account.id == Vote.rater_id)
        .join(Trial, Trial.id == RatingTask.trial_id)
        .join(Recording, Recording.id == Trial.recording_id)
        .join(Participant, Participant.id == Recording.participant_id)
        .join(Stimulus, Stimulus.id == Trial.stimulus_id)
        .where(*stands(blind=blind), Participant.withdrawn_utc.is_(None))
        .order_by(Vote.id)
    )
    return query if with_training else query.where(RatingTask.purpose != "training")


def stands(*, blind: bool = False) -> list[ColumnElement[bool]]:
    """What holds of a Vote that stands, as `current_answers` says it: for queries that need fewer tables."""
    newer = aliased(Vote)
    corrected = select(newer.id).where(newer.supersedes_id == Vote.id)
    if not blind:
        return [~corrected.exists()]
    return [~corrected.where(~newer.prelabel_seen).exists(), ~Vote.prelabel_seen]


def as_answer(row: Vote | Adjudication | ReferenceAnswer) -> Answer:
    """The row as the scale has it. It was checked when it was taken, so it is not checked again."""
    flags = "" if isinstance(row, ReferenceAnswer) else row.flags
    return Answer.model_construct(
        instrument=Instrument(row.instrument),
        seven=Emotion(row.seven),
        three=Polarity(row.three),
        valence=row.valence,
        arousal=row.arousal,
        intensity=row.intensity,
        flags=tuple(Flag(flag) for flag in flags.split(",") if flag),
    )
