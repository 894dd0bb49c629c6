"""Labels, made of the answers as a snapshot makes them."""

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from annotate.aggregation.cast import Cast, Decisions, Question
from annotate.aggregation.policies import UnknownPolicyError, labels, policy_named
from annotate.scales import Emotion, Flag, Instrument, Polarity
from annotate.scales import Vote as Answer
from annotate.snapshot.format import LABEL_COLUMNS, LabelPolicy
from server.db.accounts import Account
from server.db.answers import current_answers
from server.db.ratings import Adjudication, RatingTask, Vote
from server.exports.errors import NoSuchExportError
from server.exports.walking import Choice, Trials, walk

USUAL_POLICY = "majority-soft"
#: These look at one trial at a time; any other needs all answers before it can say anything.
_TRIAL_BY_TRIAL = frozenset({"majority-soft"})
_SAID = ("instrument", "seven", "three", "valence", "arousal", "intensity", "flags")
_LABEL_COLUMNS = [name for name in LABEL_COLUMNS if name not in ("trial", "instrument")]


def policy_of(choice: Choice) -> LabelPolicy:
    """Raises NoSuchExportError."""
    try:
        return policy_named(choice.policy or USUAL_POLICY)
    except UnknownPolicyError as error:
        raise NoSuchExportError(str(error)) from None


def label_rows(session: Session, choice: Choice) -> Iterator[list[tuple[Any, ...]]]:
    """Rows of the table 'labels', some at a time. A policy that weighs raters holds all answers in memory."""
    policy = policy_of(choice)
    if policy.name in _TRIAL_BY_TRIAL:
        for trials in walk(session, choice):
            yield _rows(policy, trials, _votes(session, trials), _decisions(session, trials))
        return
    everything: Trials = {}
    votes: dict[Question, list[Cast]] = {}
    decisions: dict[Question, Answer] = {}
    for trials in walk(session, choice):
        everything |= trials
        votes |= _votes(session, trials)
        decisions |= _decisions(session, trials)
    yield _rows(policy, everything, votes, decisions)


def _rows(
    policy: LabelPolicy, trials: Trials, votes: dict[Question, list[Cast]], decisions: Decisions
) -> list[tuple[Any, ...]]:
    made = sorted(labels(policy, votes, decisions), key=lambda row: (str(row["trial"]), str(row["instrument"])))
    return [
        (*trials[str(row["trial"])], row["instrument"], policy.full_name, *(row[name] for name in _LABEL_COLUMNS))
        for row in made
    ]


def _votes(session: Session, trials: Trials) -> dict[Question, list[Cast]]:
    query = (
        current_answers()
        .where(RatingTask.trial_id.in_(list(trials)))
        .with_only_columns(
            RatingTask.trial_id,
            Account.pseudonym.label("rater"),
            Vote.prelabel_seen,
            *(getattr(Vote, name) for name in _SAID),
        )
    )
    cast: dict[Question, list[Cast]] = defaultdict(list)
    for row in session.connection().execute(query):
        question = (row.trial_id, Instrument(row.instrument))
        cast[question].append(Cast(_answer(row), row.prelabel_seen, row.rater))
    return dict(cast)


def _decisions(session: Session, trials: Trials) -> dict[Question, Answer]:
    later = aliased(Adjudication)
    query = select(Adjudication.trial_id, *(getattr(Adjudication, name) for name in _SAID)).where(
        Adjudication.trial_id.in_(list(trials)),
        ~select(later.id).where(later.supersedes_id == Adjudication.id).exists(),
    )
    return {(row.trial_id, Instrument(row.instrument)): _answer(row) for row in session.connection().execute(query)}


def _answer(said: Any) -> Answer:
    # Not validated once more: the database lets no other values in, and there may be a million.
    return Answer.model_construct(
        instrument=Instrument(said.instrument),
        seven=Emotion(said.seven),
        three=Polarity(said.three),
        valence=said.valence,
        arousal=said.arousal,
        intensity=said.intensity,
        flags=tuple(Flag(flag) for flag in said.flags.split(",") if flag) if said.flags else (),
    )
