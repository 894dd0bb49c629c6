"""The queue of disagreements, and the page on which one of them is decided."""

from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from annotate.scales import EMOTIONS, USUAL_POLARITY, Flag, Instrument, Polarity
from server.adjudication.counting import count_anew
from server.adjudication.endpoints import Adjudicator, After, IsDecided, IsWhole, TrialId
from server.adjudication.messages import MAX_REASON
from server.adjudication.queue import Wanted, disputes, studies
from server.adjudication.trial import found
from server.db.accounts import Role
from server.provided import DatabaseOf
from server.shell.templates import render

router = APIRouter(prefix="/adjudication", include_in_schema=False)

ROWS = 50
#: Keys in the order of the page: those of the rating desk.
POLARITY_KEYS = ((Polarity.POSITIVE, "P"), (Polarity.NEUTRAL, "U"), (Polarity.NEGATIVE, "N"))
FLAG_KEYS = ((Flag.NO_FACE, "F"), (Flag.OCCLUDED, "O"), (Flag.UNUSABLE, "B"), (Flag.UNSURE, "D"))
QUESTIONS = {Instrument.FER: "What does the face show?", Instrument.ER: "What does the person feel?"}
#: A form sends every field, those left empty too.
Chosen = Annotated[str, Query(max_length=64)]


@router.get("")
def queue_page(
    request: Request,
    login: Adjudicator,
    database: DatabaseOf,
    study: Chosen = "",
    instrument: Annotated[str, Query(pattern="^(ER|FER)?$")] = "",
    decided: IsDecided = False,
    whole: IsWhole = False,
    after: After = None,
) -> Response:
    """The tasks that raters disagree about."""
    complete = count_anew(database)
    wanted = Wanted(study or None, Instrument(instrument) if instrument else None, decided, whole)
    with database.reading() as session:
        rows = disputes(session, login.account_id, wanted, ROWS + 1, after)
        known = studies(session)
    chosen = {"study": study, "instrument": instrument, "decided": decided, "whole": whole}
    return render(
        request,
        "adjudication/queue.html",
        rows=rows[:ROWS],
        next=rows[ROWS - 1].cursor if len(rows) > ROWS else None,
        after=after,
        complete=complete,
        studies=known,
        chosen=chosen,
        filter_query=urlencode(
            {name: str(value).lower() if value is True else value for name, value in chosen.items() if value}
        ),
    )


@router.get("/{trial}/{instrument}")
def trial_page(
    request: Request, trial: TrialId, instrument: Instrument, login: Adjudicator, database: DatabaseOf
) -> Response:
    """Recording and answer form; the script brings the rest. Refuses here already what the calls would refuse."""
    with database.reading() as session:
        found(session, login.account_id, trial, instrument)
    return render(
        request,
        "adjudication/trial.html",
        trial=trial,
        instrument=instrument.value,
        question=QUESTIONS[instrument],
        emotions=[emotion.value for emotion in EMOTIONS],
        usual={emotion.value: polarity.value for emotion, polarity in USUAL_POLARITY.items()},
        polarities=[(polarity.value, key) for polarity, key in POLARITY_KEYS],
        flags=[(flag.value, key) for flag, key in FLAG_KEYS],
        max_reason=MAX_REASON,
        trains=login.role in (Role.RESEARCHER, Role.ADMIN),
    )
