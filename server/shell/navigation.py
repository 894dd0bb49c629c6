"""Which pages a role finds in the bar at the top: a few groups, and below them the pages of the group one is in."""

from dataclasses import dataclass

EVERY_ROLE = frozenset({"rater", "adjudicator", "experimenter", "researcher", "admin"})
RATING_ROLES = frozenset({"rater", "adjudicator", "researcher", "admin"})
RECORDING_ROLES = frozenset({"experimenter", "researcher", "admin"})
ADJUDICATION_ROLES = frozenset({"adjudicator", "researcher", "admin"})
RESEARCH_ROLES = frozenset({"researcher", "admin"})
ADMIN_ROLES = frozenset({"admin"})


@dataclass(frozen=True)
class Place:
    """One page of the bar: its name, its address, the roles that may open it.

    `also`: where the pages lie that are reached from this one but are not below it.
    """

    label: str
    href: str
    roles: frozenset[str]
    also: tuple[str, ...] = ()


@dataclass(frozen=True)
class Group:
    """Pages that belong together."""

    label: str
    places: tuple[Place, ...]


GROUPS = (
    Group("Rate", (Place("Rate", "/rate", RATING_ROLES),)),
    Group(
        "Recordings",
        (
            Place("Recordings", "/recordings", RECORDING_ROLES),
            Place("Uploads", "/uploads", RECORDING_ROLES),
            Place("Participants", "/participants", RECORDING_ROLES),
            Place("Trials", "/trials", RESEARCH_ROLES),
        ),
    ),
    Group(
        "Answers",
        (
            Place("Progress", "/progress", RESEARCH_ROLES, also=("/studies",)),
            Place("Queue", "/queue", RESEARCH_ROLES),
            Place("Adjudication", "/adjudication", ADJUDICATION_ROLES),
            Place("Training set", "/training", RESEARCH_ROLES),
            Place("Raters", "/raters", RESEARCH_ROLES),
            Place("Agreement", "/agreement", RESEARCH_ROLES),
            Place("Order and anchoring", "/bias", RESEARCH_ROLES),
        ),
    ),
    Group("The gap", (Place("The gap", "/gap", RESEARCH_ROLES),)),
    Group(
        "Learning",
        (
            Place("Snapshots", "/snapshots", RESEARCH_ROLES),
            Place("Models", "/models", RESEARCH_ROLES),
            Place("Exports", "/exports", RESEARCH_ROLES),
        ),
    ),
    Group(
        "House",
        (
            Place("People", "/people", ADMIN_ROLES),
            Place("Tokens", "/tokens", RECORDING_ROLES),
            Place("Audit", "/audit", ADMIN_ROLES),
        ),
    ),
)


def groups_of(role: str | None) -> list[Group]:
    """The groups with the pages that this role may open, in the order of the bar; none without a login."""
    mine = [Group(group.label, tuple(place for place in group.places if role in place.roles)) for group in GROUPS]
    return [group for group in mine if group.places]


def is_current(place: Place, path: str) -> bool:
    """Whether `path` lies at or below this place."""
    return any(path == href or path.startswith(f"{href}/") for href in (place.href, *place.also))


def current_group(groups: list[Group], path: str) -> Group | None:
    """The group in which `path` lies."""
    return next((group for group in groups if any(is_current(place, path) for place in group.places)), None)
