"""Trials as data."""

from collections.abc import Iterable
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from fastapi import Path as InPath

from annotate.scales import EMOTIONS
from server.accounts.access import require_role
from server.accounts.logins import Login
from server.db.accounts import Role
from server.db.trials import ORIGINS, VERDICTS
from server.provided import DatabaseOf, Now
from server.trials.finding import TrialFilters
from server.trials.listing import TrialPage, list_trials
from server.trials.looking import look_at
from server.trials.one import OneTrial

router = APIRouter(prefix="/api/trials", tags=["trials"])

Researcher = Annotated[Login, require_role(Role.RESEARCHER)]
TrialId = Annotated[str, InPath(pattern=r"^[0-9a-f]{32}$", description="the trial's public id")]
After = Annotated[str, Query(max_length=80, description="`next` of the page before; empty: from the beginning")]
_VALID = {"yes": True, "no": False}


def _one_of(words: Iterable[str]) -> str:
    """A pattern of these words, and of none: a form sends an empty field for 'all'."""
    return f"^({'|'.join(words)})?$"


def filters_of(
    study: Annotated[str, Query(max_length=64, description="the study's id")] = "",
    participant: Annotated[str, Query(max_length=32, description="the pseudonym")] = "",
    clip: Annotated[str, Query(max_length=64, description="the clip's name in the manifest")] = "",
    emotion: Annotated[str, Query(pattern=_one_of(EMOTIONS), description="that the clip is meant to elicit")] = "",
    origin: Annotated[str, Query(pattern=_one_of(ORIGINS), description="real, imported or simulated")] = "",
    verdict: Annotated[str, Query(pattern=_one_of(VERDICTS), description="of the quality report")] = "",
    valid: Annotated[str, Query(pattern="^(yes|no)?$", description="'yes', 'no', or empty for both")] = "",
) -> TrialFilters:
    """Empty: all."""
    return TrialFilters(
        study, participant, clip, str(emotion), str(origin), verdict, {"yes": True, "no": False}.get(valid)
    )


Filters = Annotated[TrialFilters, Depends(filters_of)]

_EXAMPLE: dict[str, Any] = {
    "trials": [
        {
            "id": "0" * 31 + "1", "study": "smiles", "participant": "P01", "recording": "0" * 31 + "2", "session": 1,
            "position": 3, "clip": "joy-1", "clip_emotion": "happiness", "origin": "real", "valid": True,
            "verdict": "good", "duration_ms": 9000.0, "recorded_utc": "2026-07-01T10:00:00Z",
            "progress": {"ER": {"answered": 2, "places": 3}, "FER": {"answered": 3, "places": 3}},
        }
    ],
    "next": "1782900000000000-" + "0" * 31 + "2-3",
}  # fmt: skip
_EXAMPLES: dict[int | str, dict[str, Any]] = {200: {"content": {"application/json": {"example": _EXAMPLE}}}}
_AFFECT = {"seven": "fear", "three": "negative", "valence": -0.5, "arousal": 0.5, "intensity": None}
_WHOLE: dict[str, Any] = {
    **{name: value for name, value in _EXAMPLE["trials"][0].items() if name != "progress"},
    "participant_id": 1, "clip_placeholder": False, "invalid_reason": "", "verdict_reasons": [], "frames_in_clip": 225,
    "frames_shown": 225, "frames_late": 0, "samples": 9000, "fixations": 31, "saccades": 30, "blinks": 2,
    "may_look": True, "may_train": True, "may_publish": False, "face_offset_ms": -120.0, "screen_width_px": 1920,
    "screen_height_px": 1080, "self_report": _AFFECT, "decisions": [], "before": None, "after": None,
    "media": {"face": "/media/trials/" + "0" * 31 + "1/face", "stimulus": None, "gaze": None},
    "answers": [
        {
            "instrument": "ER", "rater": "r0123456789ab", "affect": _AFFECT, "flags": "", "note": "",
            "prelabel_seen": False, "purpose": "study", "position": 7, "looked_ms": 4200,
            "answered_utc": "2026-07-01T12:00:00Z", "corrected": 0,
        }
    ],
    "predictions": [
        {
            "model": "m0123456789abcdef", "snapshot": "s0123456789abcdef", "instrument": "ER", "affect": _AFFECT,
            "sure": 0.61, "probabilities": {"fear": 0.61, "sadness": 0.39}, "uncertainty": 0.34, "held_out": True,
            "simulated": False, "imported_utc": "2026-07-01T03:12:00Z", "current": True,
        }
    ],
    "exposures": [
        {"rater": "r0123456789ab", "what": "context", "seen_utc": "2026-07-01T11:59:00Z", "detail": ""},
    ],
}  # fmt: skip
_WHOLE_EXAMPLES: dict[int | str, dict[str, Any]] = {200: {"content": {"application/json": {"example": _WHOLE}}}}


@router.get(
    "",
    summary="All trials, thirty at a time",
    responses={200: {"content": {"application/json": {"example": _EXAMPLE}}}},
)
def trials(_login: Researcher, database: DatabaseOf, filters: Filters, after: After = "") -> TrialPage:
    """The latest recordings first, their trials in order. Go on with `after` = `next` until that is empty."""
    with database.reading() as session:
        return list_trials(session, filters, after)


@router.get("/{trial}", summary="One trial with everything that was said of it", responses=_WHOLE_EXAMPLES)
def trial(trial: TrialId, login: Researcher, database: DatabaseOf, now: Now) -> OneTrial:
    """Whoever reads this is not given the trial to rate any more: it enters the exposure ledger."""
    with database.transaction() as session:
        return look_at(session, login.account_id, trial, now)
