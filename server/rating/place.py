"""A place: one rater's claim, as it is handed about."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Place:
    """`id` is the claim's number, `position` the how-manieth of this rater under this instrument."""

    id: int
    task_id: int
    position: int
    expires_utc: datetime
