"""Which pages a role finds in the bar at the top."""

from dataclasses import dataclass

RATING_ROLES = frozenset({"rater", "adjudicator", "researcher", "admin"})
RECORDING_ROLES = frozenset({"experimenter", "researcher", "admin"})
RESEARCH_ROLES = frozenset({"researcher", "admin"})


@dataclass(frozen=True)
class Place:
    """One page of the bar: its name, its address, the roles that may open it."""

    label: str
    href: str
    roles: frozenset[str]


PLACES = (
    Place("Rate", "/rate", RATING_ROLES),
    Place("Recordings", "/recordings", RECORDING_ROLES),
    Place("Queue", "/queue", RESEARCH_ROLES),
    Place("Snapshots", "/snapshots", RESEARCH_ROLES),
)


def places_of(role: str | None) -> list[Place]:
    """The pages of this role, in the order of the bar; none for somebody who is not logged in."""
    return [place for place in PLACES if role in place.roles]


def is_current(place: Place, path: str) -> bool:
    """Whether `path` lies at or below this place."""
    return path == place.href or path.startswith(f"{place.href}/")
