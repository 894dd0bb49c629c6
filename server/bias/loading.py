"""What raters did one after another, before and after a model spoke, and with their hands: from the database."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from annotate.anchoring import Label, Place
from annotate.carry_over import Placed
from annotate.reaction_lag import Trace
from annotate.scales import EMOTIONS, SAYS_NOTHING
from server.bias.filters import Filters
from server.db.accounts import Account
from server.db.predictions import ModelPrediction, Serving
from server.db.ratings import Claim, RatingTask, Vote, VoteTrace
from server.db.studies import Participant, Stimulus
from server.db.trials import Recording, Trial

#: The newest traces are enough to tell a rater's hands, and one may have thousands of points.
MOST_TRACES = 2000
_SEVEN = {emotion.value: place for place, emotion in enumerate(EMOTIONS)}


@dataclass(frozen=True)
class TraceKind:
    """What was traced: under which instrument, on which scale."""

    instrument: str
    scale: str


def first_answers(session: Session, filters: Filters) -> dict[str, list[Placed]]:
    """Instrument to its usable first answers, in which no correction and no model has a part."""
    query = _narrowed(
        select(
            Vote.instrument, Vote.rater_id, RatingTask.trial_id, Participant.id, Stimulus.id, Stimulus.emotion,
            Vote.position, Vote.seven, Vote.valence, Vote.arousal, Vote.flags,
        ),
        filters,
    ).where(Vote.supersedes_id.is_(None), ~Vote.prelabel_seen)  # fmt: skip
    found: dict[str, list[Placed]] = {}
    for instrument, rater, trial, person, clip, emotion, position, seven, valence, arousal, flags in session.execute(
        query
    ):
        if _usable(flags):
            placed = Placed(rater, trial, str(person), str(clip), emotion, position, _SEVEN[seven], valence, arousal)
            found.setdefault(instrument, []).append(placed)
    return found


def places_with_model(session: Session, filters: Filters) -> list[Place]:
    """Places of studies in which a model's label was shown at random, from the first such place on.

    The model's label is that of the model in service when the rater answered, as at the rating desk.
    """
    begun = _first_reveals(session, filters)
    if not begun:
        return []
    spoken = (
        select(ModelPrediction.run_id)
        .join(Serving, Serving.run_id == ModelPrediction.run_id)
        .where(
            ModelPrediction.trial_id == RatingTask.trial_id,
            ModelPrediction.instrument == Vote.instrument,
            Serving.since_utc <= Vote.created_utc,
        )
        .order_by(Serving.id.desc())
        .limit(1)
        .correlate(RatingTask, Vote)
        .scalar_subquery()
    )
    query = (
        _narrowed(
            select(
                Vote.id, Vote.task_id, Vote.rater_id, Vote.seven, Vote.valence, Vote.arousal, Vote.flags, Claim.id,
                Claim.arm, Recording.study_id, Participant.id, ModelPrediction.seven, ModelPrediction.valence,
                ModelPrediction.arousal,
            ),
            filters,
        )
        .join(Claim, and_(Claim.task_id == Vote.task_id, Claim.rater_id == Vote.rater_id))
        .join(
            ModelPrediction,
            and_(
                ModelPrediction.run_id == spoken,
                ModelPrediction.trial_id == RatingTask.trial_id,
                ModelPrediction.instrument == Vote.instrument,
            ),
        )
        .where(Vote.supersedes_id.is_(None), ~Vote.prelabel_seen, Recording.study_id.in_(sorted(begun)))
    )  # fmt: skip
    rows = [row for row in session.execute(query) if row[7] >= begun[row[9]]]
    finals = _finals(session, {row[1] for row in rows})
    votes_of = _classes_of_tasks(rows)
    return [_place(row, finals, votes_of) for row in rows if _usable(row[6])]


def _first_reveals(session: Session, filters: Filters) -> dict[str, int]:
    """Study to its first claim at which a model's label was to be shown."""
    query = _narrowed(select(Recording.study_id, func.min(Claim.id)), filters).join(
        Claim, and_(Claim.task_id == Vote.task_id, Claim.rater_id == Vote.rater_id)
    )
    query = query.where(Claim.arm == "reveal", Claim.state == "done").group_by(Recording.study_id)
    return dict(session.execute(query).all())


def _finals(session: Session, tasks: set[int]) -> dict[tuple[int, int], Label]:
    """(task, rater) to the answer as it stands, for answers that were changed."""
    query = (
        select(Vote.id, Vote.task_id, Vote.rater_id, Vote.seven, Vote.valence, Vote.arousal)
        .where(Vote.supersedes_id.is_not(None))
        .order_by(Vote.id)
    )
    return {
        (task, rater): Label(_SEVEN[seven], valence, arousal)
        for _id, task, rater, seven, valence, arousal in session.execute(query)
        if task in tasks
    }


def _classes_of_tasks(rows: Iterable[Any]) -> dict[int, Counter[int]]:
    found: dict[int, Counter[int]] = {}
    for row in rows:
        if _usable(row[6]):
            found.setdefault(row[1], Counter())[_SEVEN[row[3]]] += 1
    return found


def _place(row: Any, finals: dict[tuple[int, int], Label], votes_of: dict[int, Counter[int]]) -> Place:
    _vote, task, rater, seven, valence, arousal, _flags, _claim, arm, _study, person, classes, said_v, said_a = row
    first = Label(_SEVEN[seven], valence, arousal)
    revealed = arm == "reveal"
    others = votes_of[task] - Counter([first.seven])
    most = others.most_common(2)
    clear = most and (len(most) == 1 or most[0][1] > most[1][1])
    return Place(
        rater=rater,
        participant=str(person),
        revealed=revealed,
        first=first,
        final=finals.get((task, rater), first) if revealed else first,
        model=Label(max(range(len(classes)), key=classes.__getitem__), said_v, said_a),
        others=most[0][0] if clear else -1,
    )


def traces(session: Session, filters: Filters) -> dict[TraceKind, list[Trace]]:
    """The newest traces of first answers."""
    query = (
        _narrowed(
            select(
                Vote.instrument, VoteTrace.scale, Vote.rater_id, Participant.id, RatingTask.trial_id, VoteTrace.t_ms,
                VoteTrace.values,
            ),
            filters,
        )
        .join(VoteTrace, VoteTrace.vote_id == Vote.id)
        .where(Vote.supersedes_id.is_(None))
        .order_by(Vote.id.desc())
        .limit(MOST_TRACES)
    )  # fmt: skip
    found: dict[TraceKind, list[Trace]] = {}
    for instrument, scale, rater, person, trial, t_ms, values in session.execute(query):
        trace = Trace(rater, str(person), trial, t_ms, values)
        found.setdefault(TraceKind(instrument, scale), []).append(trace)
    return found


def rater_names(session: Session) -> dict[int, str]:
    """Account to pseudonym, of everybody who has answered anything."""
    answered = select(Vote.rater_id).distinct()
    query = select(Account.id, Account.pseudonym).where(Account.id.in_(answered))
    return dict(session.execute(query).all())


def _narrowed(query: Any, filters: Filters) -> Any:
    query = (
        query.select_from(Vote)
        .join(RatingTask, RatingTask.id == Vote.task_id)
        .join(Trial, Trial.id == RatingTask.trial_id)
        .join(Recording, Recording.id == Trial.recording_id)
        .join(Participant, Participant.id == Recording.participant_id)
        .join(Stimulus, Stimulus.id == Trial.stimulus_id)
        .where(
            RatingTask.purpose != "training",
            Participant.withdrawn_utc.is_(None),
            Recording.origin.in_(sorted(filters.origins)),
        )
    )
    return query.where(Recording.study_id == filters.study) if filters.study else query


def _usable(flags: str) -> bool:
    return not flags or SAYS_NOTHING.isdisjoint(flags.split(","))
