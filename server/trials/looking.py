"""Looking at a trial tells more than its face, so it is noted in the transaction that shows it."""

from datetime import datetime

from sqlalchemy.orm import Session

from annotate.assignment import Seen
from server.db.exposures import note_exposure
from server.trials.one import OneTrial, one_trial


def look_at(session: Session, viewer_id: int, trial_id: str, now: datetime) -> OneTrial:
    """The trial, and an entry in the ledger of what its page tells. Raises NoSuchTrialError.

    The list is no such entry: it shows no face, so nothing on it can be tied to one that comes up for rating.
    """
    trial = one_trial(session, trial_id)
    note_exposure(session, viewer_id, trial.id, told_by(trial), now, detail="trial")
    return trial


def told_by(trial: OneTrial) -> set[Seen]:
    """What somebody has seen of a trial who has read all of this."""
    told = {Seen.STIMULUS}  # the clip's name and the emotion that it is meant to elicit
    if trial.self_report is not None:
        told.add(Seen.SELF_REPORT)
    if trial.answers or trial.decisions:
        told.add(Seen.OTHER_LABEL)
    if trial.predictions:
        told.add(Seen.PRELABEL)
    return told
