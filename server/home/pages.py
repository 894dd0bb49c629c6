"""The home page: what there is to do next, by role."""

from dataclasses import dataclass

from fastapi import APIRouter, Request
from starlette.responses import Response

from server.accounts.access import SignedIn
from server.db.accounts import Role
from server.home.counts import house_counts
from server.provided import DatabaseOf
from server.shell.templates import render

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True)
class Step:
    """One thing to do: on a page of ours (`href`, `action`) or by a command in a terminal."""

    title: str
    text: str
    href: str = ""
    action: str = ""
    command: str = ""


_RATE = Step("Rate", "Say what faces show and what people feel, one trial after another.", "/rate", "Start rating")
_RECORD = Step(
    "Run a session",
    "On the lab PC, with the participant in the chair. It ends with a sealed bundle and a verdict on its quality.",
    command="duchenne collect run STUDY --participant P01",
)
_BRING = Step("Bring it here", "Bundles are verified before they count.", command="duchenne ingest BUNDLE…")
_RECORDINGS = Step("Recordings", "What has arrived, and whether it is good.", "/recordings", "Open recordings")
_QUEUE = Step("The queue", "Which trials are rated next, and why.", "/queue", "Open the queue")
_SNAPSHOTS = Step("Snapshots", "The states of the labels that models are trained on.", "/snapshots", "Open snapshots")
_TRAIN = Step("Train", "On a snapshot, tested on people the model never saw.", command="duchenne train --snapshot ID")
_PEOPLE = Step(
    "Let people in",
    "By links that work once, each with a role.",
    "/people",
    "Open people",
)

_STEPS: dict[Role, tuple[str, tuple[Step, ...]]] = {
    Role.RATER: ("Your answers are saved one by one; you can stop at any time.", (_RATE,)),
    Role.ADJUDICATOR: ("Your answers are saved one by one; you can stop at any time.", (_RATE,)),
    Role.EXPERIMENTER: ("From the lab PC to the raters.", (_RECORD, _BRING, _RECORDINGS)),
    Role.RESEARCHER: (
        "What was recorded, what was said of it, what was learnt.",
        (_RECORDINGS, _QUEUE, _SNAPSHOTS, _TRAIN, _RATE),
    ),
    Role.ADMIN: ("You may do everything.", (_PEOPLE, _RECORDINGS, _QUEUE, _SNAPSHOTS, _RATE)),
}


@router.get("/")
def home(request: Request, login: SignedIn, database: DatabaseOf) -> Response:
    """What to do next. Raters see no counts: how others answered is not for them."""
    summary, steps = _STEPS[Role(login.role)]
    counts: list[tuple[str, int]] = []
    if login.role in (Role.RESEARCHER, Role.ADMIN, Role.EXPERIMENTER):
        with database.reading() as session:
            counts = house_counts(session)
    return render(request, "home/home.html", summary=summary, steps=steps, counts=counts)
