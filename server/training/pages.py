"""The training set as a page, and the page on which a trial is made one of it."""

from typing import Annotated

from fastapi import APIRouter, Form, Query, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import RedirectResponse
from pydantic import ValidationError
from starlette.responses import Response

from annotate.scales import EMOTIONS, POLARITIES, Instrument
from server.provided import DatabaseOf, Now
from server.shell.templates import render
from server.training import changing, listing, trainees
from server.training.endpoints import Before, Researcher, TrialId
from server.training.messages import MAX_EXPLANATION, Reopening, SentItem
from server.training.tasks import note_answers_seen

router = APIRouter(prefix="/training", include_in_schema=False)

ROWS = 100


@router.get("")
def training_page(
    request: Request,
    login: Researcher,
    database: DatabaseOf,
    now: Now,
    study: Annotated[str, Query(max_length=64)] = "",
    instrument: Annotated[str, Query(pattern="^(ER|FER)?$")] = "",
    purpose: Annotated[str, Query(pattern="^(training|gold)?$")] = "",
    order: Annotated[str, Query(pattern="^(newest|hardest)$")] = "newest",
    find: Annotated[str, Query(max_length=64)] = "",
    before: Before = None,
) -> Response:
    """The set, how raters did on it, and how raters did in it."""
    beginning = find.strip().lower()
    with database.transaction() as session:
        found = listing.items(
            session,
            ROWS + 1,
            study=study or None,
            instrument=Instrument(instrument) if instrument else None,
            purpose=purpose or None,  # type: ignore[arg-type]  # the pattern of the query lets no other word in
            before=before,
        )
        note_answers_seen(session, login.account_id, [item.trial for item in found[:ROWS]], now)
        matches = listing.matches(session, beginning) if _is_beginning(beginning) else None
        known = listing.studies(session)
        learning = trainees.trainees(session, study or None)
    items = found[:ROWS]
    if order == "hardest":
        items = sorted(items, key=lambda item: (item.right_share is None, item.right_share))
    return render(
        request,
        "training/set.html",
        items=items,
        next=found[ROWS - 1].id if len(found) > ROWS else None,
        before=before,
        studies=known,
        chosen={"study": study, "instrument": instrument, "purpose": purpose, "order": order},
        find=find,
        matches=matches,
        trainees=learning,
    )


@router.get("/{trial}/{instrument}")
def trial_page(
    request: Request, trial: TrialId, instrument: Instrument, login: Researcher, database: DatabaseOf, now: Now
) -> Response:
    """A trial's use and reference answer."""
    with database.transaction() as session:
        candidate = listing.candidate(session, trial, instrument)
        item = listing.item(session, trial, instrument)
        note_answers_seen(session, login.account_id, [trial], now)
    return render(
        request,
        "training/trial.html",
        candidate=candidate,
        item=item,
        emotions=[emotion.value for emotion in EMOTIONS],
        polarities=[polarity.value for polarity in POLARITIES],
        max_explanation=MAX_EXPLANATION,
    )


@router.post("/{trial}/{instrument}")
def save_trial(
    trial: TrialId,
    instrument: Instrument,
    login: Researcher,
    database: DatabaseOf,
    now: Now,
    purpose: Annotated[str, Form()],
    seven: Annotated[str, Form()],
    three: Annotated[str, Form()],
    valence: Annotated[float, Form()],
    arousal: Annotated[float, Form()],
    intensity: Annotated[float | None, Form()] = None,
    explanation: Annotated[str, Form()] = "",
) -> Response:
    """Save the form, and go to the set."""
    fields = {"purpose": purpose, "seven": seven, "three": three, "valence": valence, "arousal": arousal}
    try:
        sent = SentItem.model_validate(fields | {"intensity": intensity, "explanation": explanation})
        sent.answer(instrument)
    except ValidationError as error:
        raise RequestValidationError(error.errors()) from None
    with database.transaction() as session:
        changing.put(session, login.account_id, trial, instrument, sent, now)
    return RedirectResponse("/training", status_code=303)


@router.post("/{trial}/{instrument}/remove")
def remove_trial(trial: TrialId, instrument: Instrument, login: Researcher, database: DatabaseOf, now: Now) -> Response:
    """Take the trial out, and go to the set."""
    with database.transaction() as session:
        changing.take_out(session, login.account_id, trial, instrument, now)
    return RedirectResponse("/training", status_code=303)


@router.post("/reopen")
def reopen(
    login: Researcher,
    database: DatabaseOf,
    now: Now,
    rater: Annotated[int, Form(ge=1, le=2**31 - 1)],
    study: Annotated[str, Form(min_length=1, max_length=64)],
    instrument: Annotated[Instrument, Form()],
) -> Response:
    """Give another attempt, and go to the raters in training."""
    with database.transaction() as session:
        whose = Reopening(rater=rater, study=study, instrument=instrument)
        trainees.reopen(session, login.account_id, whose, now)
    return RedirectResponse("/training#raters", status_code=303)


def _is_beginning(text: str) -> bool:
    return 4 <= len(text) <= 32 and set(text) <= set("0123456789abcdef")
