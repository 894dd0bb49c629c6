"""The rating pages: the choice of an instrument, and a desk for each."""

from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from annotate.scales import EMOTIONS, USUAL_POLARITY, Flag, Instrument, Polarity
from server.provided import ConfigOf, DatabaseOf, Now
from server.rating.endpoints import Rater
from server.rating.progress import MOST_COUNTED, progress
from server.shell.templates import render

router = APIRouter(prefix="/rate", include_in_schema=False)

#: Keys in the order of the page.
POLARITY_KEYS = ((Polarity.POSITIVE, "P"), (Polarity.NEUTRAL, "U"), (Polarity.NEGATIVE, "N"))
FLAG_KEYS = ((Flag.NO_FACE, "F"), (Flag.OCCLUDED, "O"), (Flag.UNUSABLE, "B"), (Flag.UNSURE, "D"))

_DESKS: dict[Instrument, dict[str, str]] = {
    Instrument.FER: {
        "question": "What does the face show?",
        "question_seven": "The face shows",
        "explanation": "You see the face alone, without sound. Say what it shows, whatever the person may feel.",
    },
    Instrument.ER: {
        "question": "What does the person feel?",
        "question_seven": "The person feels",
        "explanation": "You see the face, the clip with where the person looked, and how eyes and pupil moved. "
        "Say what the person feels, whatever the face may show.",
    },
}


@router.get("")
def choose(request: Request, login: Rater, database: DatabaseOf, config: ConfigOf, now: Now) -> Response:
    """Which question to answer, and how far one has come."""
    with database.reading() as session:
        desks: list[dict[str, Any]] = [
            {
                "instrument": instrument.value,
                "path": instrument.value.lower(),
                **words,
                **vars(progress(session, login.account_id, instrument, config.rating_rules, now)),
            }
            for instrument, words in _DESKS.items()
        ]
    return render(request, "rating/choose.html", desks=desks, most_counted=MOST_COUNTED)


@router.get("/fer")
def fer_desk(request: Request, login: Rater) -> Response:
    """The desk for faces alone."""
    return _desk(request, Instrument.FER)


@router.get("/er")
def er_desk(request: Request, login: Rater) -> Response:
    """The desk for faces with what surrounds them."""
    return _desk(request, Instrument.ER)


def _desk(request: Request, instrument: Instrument) -> Response:
    return render(
        request,
        f"rating/{instrument.value.lower()}.html",
        instrument=instrument.value,
        question=_DESKS[instrument]["question"],
        question_seven=_DESKS[instrument]["question_seven"],
        emotions=[emotion.value for emotion in EMOTIONS],
        usual={emotion.value: polarity.value for emotion, polarity in USUAL_POLARITY.items()},
        polarities=[(polarity.value, key) for polarity, key in POLARITY_KEYS],
        flags=[(flag.value, key) for flag, key in FLAG_KEYS],
    )
