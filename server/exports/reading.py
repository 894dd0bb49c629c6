"""The rows of each table about some trials, as tuples in the order of its columns."""

from collections.abc import Callable, Iterator
from operator import itemgetter
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from server.db.accounts import Account
from server.db.ratings import Exposure, RatingTask, Vote
from server.db.trials import Recording, SelfReport, Trial
from server.exports.columns import Table
from server.exports.labelling import label_rows
from server.exports.walking import Choice, Trials, walk

Rows = list[tuple[Any, ...]]


def read(session: Session, table: Table, choice: Choice) -> Iterator[Rows]:
    """All rows, some at a time. Memory does not grow with them, but for label policies that weigh all raters."""
    if table is Table.LABELS:
        yield from label_rows(session, choice)
        return
    for trials in walk(session, choice):
        if trials:
            yield _READERS[table](session, trials, choice)


def _answers(session: Session, trials: Trials, choice: Choice) -> Rows:
    newer = aliased(Vote)
    query = (
        select(
            RatingTask.trial_id, Vote.instrument, Account.pseudonym, Vote.id, Vote.supersedes_id,
            newer.id.is_(None), RatingTask.purpose, Vote.seven, Vote.three, Vote.valence, Vote.arousal,
            Vote.intensity, Vote.flags, Vote.prelabel_seen, Vote.position, Vote.looked_ms, Vote.created_utc,
        )
        .join(RatingTask, RatingTask.id == Vote.task_id)
        .join(Account, Account.id == Vote.rater_id)
        .outerjoin(newer, newer.supersedes_id == Vote.id)
        .where(RatingTask.trial_id.in_(list(trials)), RatingTask.purpose != "training")
    )  # fmt: skip
    query = query if choice.history else query.where(newer.id.is_(None))
    return _about(trials, _fetched(session, query), key=itemgetter(0, 1, 3))


def _trials(session: Session, trials: Trials, _choice: Choice) -> Rows:
    query = (
        select(
            Trial.id, Recording.session, Recording.recorded_utc, Recording.state, Trial.valid, Trial.invalid_reason,
            Trial.verdict, Trial.duration_ms, Trial.face_sha256.is_not(None), Trial.gaze_sha256.is_not(None),
            Recording.tracker_kind, Recording.tracker_rate_hz, Recording.tracker_pupil_unit, Recording.screen_width_px,
            Recording.screen_height_px, Trial.frames_in_clip, Trial.frames_shown, Trial.frames_late, Trial.samples,
            Trial.fixations, Trial.saccades, Trial.blinks, Recording.consent_rating, Recording.consent_publication,
        )
        .join(Recording, Recording.id == Trial.recording_id)
        .where(Trial.id.in_(list(trials)))
    )  # fmt: skip
    return _about(trials, _fetched(session, query))


def _self_reports(session: Session, trials: Trials, _choice: Choice) -> Rows:
    query = select(
        SelfReport.trial_id, SelfReport.seven, SelfReport.three, SelfReport.valence, SelfReport.arousal,
        SelfReport.valence_step, SelfReport.arousal_step, SelfReport.familiarity_step, SelfReport.liking_step,
    ).where(SelfReport.trial_id.in_(list(trials)))  # fmt: skip
    return _about(trials, _fetched(session, query))


def _exposures(session: Session, trials: Trials, _choice: Choice) -> Rows:
    query = (
        select(Exposure.trial_id, Account.pseudonym, Exposure.what, Exposure.seen_utc, Exposure.detail)
        .join(Account, Account.id == Exposure.rater_id)
        .where(Exposure.trial_id.in_(list(trials)))
    )
    return _about(trials, _fetched(session, query), key=itemgetter(0, 3, 1, 2))


def _fetched(session: Session, query: Any) -> list[Any]:
    # Past the session: it would look at every row for objects that it knows, and there are none.
    return list(session.connection().execute(query).fetchall())


def _about(trials: Trials, found: list[Any], key: Callable[[Any], Any] = itemgetter(0)) -> Rows:
    """Each row with its trial in front, in an order that does not depend on the engine."""
    return [trials[row[0]] + row[1:] for row in sorted(map(tuple, found), key=key)]


_READERS: dict[Table, Callable[[Session, Trials, Choice], Rows]] = {
    Table.ANSWERS: _answers,
    Table.TRIALS: _trials,
    Table.SELF_REPORTS: _self_reports,
    Table.EXPOSURES: _exposures,
}
