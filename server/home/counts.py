"""What is in the database, counted for the home page."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from server.db.ratings import RatingTask, Vote
from server.db.snapshots import Snapshot
from server.db.studies import Participant
from server.db.trials import Recording, Trial


def house_counts(session: Session) -> list[tuple[str, int]]:
    """(what, how many), in the order of the way of the data."""
    asked_for = select(func.coalesce(func.sum(RatingTask.places), 0)).where(RatingTask.state != "withdrawn")
    queries = (
        ("participants", select(func.count()).select_from(Participant)),
        ("recordings", select(func.count()).select_from(Recording)),
        ("of them simulated", select(func.count()).select_from(Recording).where(Recording.origin == "simulated")),
        ("trials", select(func.count()).select_from(Trial)),
        ("ratings asked for", asked_for),
        ("answers", select(func.count()).select_from(Vote).where(Vote.supersedes_id.is_(None))),
        ("snapshots", select(func.count()).select_from(Snapshot)),
    )
    return [(label, session.scalar(query) or 0) for label, query in queries]
