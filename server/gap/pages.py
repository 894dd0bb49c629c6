"""The gap page, the whole tables of clips and participants, and the trials behind a figure."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from annotate.gap import words
from annotate.gap.confusion import LabelRule
from annotate.gap.terms import TERMS, Kind
from annotate.gap.words import Verdict, finding, not_known, verdict
from annotate.scales import EMOTIONS
from server.charts.plane import MARGIN, SIDE
from server.charts.ranges import axis_of, range_on
from server.gap import views
from server.gap.choosing import ChosenOf, in_words
from server.gap.endpoints import After, Researcher
from server.gap.filters import USUAL_ORIGINS, Filters, FiltersOf
from server.gap.keeping import FoundGap, KeptGaps, KeptGapsOf
from server.gap.listing import list_trials
from server.gap.loading import studies_with_answers
from server.provided import DatabaseOf
from server.shell.templates import render

router = APIRouter(include_in_schema=False)
SortBy = Annotated[views.Sort, Query()]
By = Literal["clip", "participant"]
_WORDS = {
    "share": words.share, "points": words.points, "signed": words.signed, "measure": words.measure, "plus": words.plus,
    "number": words.number, "bounds": words.bounds, "plus_points": lambda value: words.plus(value * 100, 0),
}  # fmt: skip


@router.get("/gap")
def gap_page(
    request: Request, _login: Researcher, database: DatabaseOf, kept: KeptGapsOf, filters: FiltersOf,
    sort: SortBy = "gap", arrows: Literal["felt", "clip"] = "felt",
) -> Response:  # fmt: skip
    with database.reading() as session:
        found = kept.find(session, filters)
        studies = studies_with_answers(session)
        elsewhere = _only_simulated(found, kept, session, filters)
    context: dict[str, Any] = {
        "filters": filters, "found": found, "gap": found.gap, "studies": studies, "labels": list(LabelRule),
        "only_simulated": elsewhere, "sort": sort, "arrows": arrows, "address": "/gap", "words": _WORDS,
        "revised": found.revised,
    }  # fmt: skip
    return render(request, "gap/gap.html", **context, **_figures(found, filters, sort, arrows))


@router.get("/gap/by/{by}")
def gap_groups(
    request: Request, by: By, _login: Researcher, database: DatabaseOf, kept: KeptGapsOf, filters: FiltersOf,
    sort: SortBy = "gap",
) -> Response:  # fmt: skip
    """Every clip, or every participant."""
    with database.reading() as session:
        found = kept.find(session, filters)
    table = _tables(found, filters, sort, None)[f"{by}s"] if found.gap else None
    return render(
        request, "gap/groups.html", by=by, table=table, filters=filters, sort=sort, address=f"/gap/by/{by}",
        words=_WORDS,
    )  # fmt: skip


@router.get("/gap/trials")
def gap_trials_page(
    request: Request, _login: Researcher, database: DatabaseOf, kept: KeptGapsOf, filters: FiltersOf, which: ChosenOf,
    after: After = None,
) -> Response:  # fmt: skip
    with database.reading() as session:
        found = kept.find(session, filters)
    listed = list_trials(found, which, filters.label, after)
    again = {name: value for name, value in vars(which).items() if value is not None}
    return render(
        request, "gap/trials.html", listed=listed, title=in_words(found, which, filters.label), filters=filters,
        next_page=f"/gap/trials{filters.query(**again, after=listed.next)}" if listed.next else None,
        first_page=f"/gap/trials{filters.query(**again)}" if after else None, words=_WORDS,
    )  # fmt: skip


def _only_simulated(found: FoundGap, kept: KeptGaps, session: Any, filters: Filters) -> bool:
    """Whether there is nothing to show but simulated recordings."""
    if found.gap is not None or filters.origins != USUAL_ORIGINS:
        return False
    return kept.find(session, filters.with_origins("simulated")).gap is not None


def _figures(found: FoundGap, filters: Filters, sort: views.Sort, arrows: str) -> dict[str, Any]:
    gap = found.gap
    if gap is None:
        return {}
    confusion = gap.confusions[filters.label]
    emotions, by = (gap.by_felt.groups, "felt") if arrows == "felt" else (gap.by_clip_emotion, "clip_emotion")
    beside = [
        (*_term(Kind.OTHER), gap.overall.differ, Kind.OTHER.value),
        (*_term(Kind.NEUTRALIZED), gap.overall.neutralized, Kind.NEUTRALIZED.value),
        (*_term(Kind.MASKED), gap.overall.masked, Kind.MASKED.value),
    ]
    share_axis = axis_of([figure for *_, one, _kind in beside for figure in (one.between, one.noise)], 260)
    distance_axis = axis_of([gap.overall.distance.between, gap.overall.distance.noise], 260)
    return {
        "sentences": finding(gap),
        "unknown": not_known(gap),
        "verdict": verdict(gap),
        "above": verdict(gap) is Verdict.ABOVE_NOISE,
        "confusion": confusion,
        "matrix": views.matrix_rows(confusion, filters),
        "felt_again": views.felt_again(gap, confusion),
        "emotions": [emotion.value for emotion in EMOTIONS],
        "bold": views.bold_arrows(emotions, filters, by),
        "faint": views.faint_arrows(found, gap),
        "side": SIDE,
        "margin": MARGIN,
        "beside": [
            (name, says, one, range_on(share_axis, one.between, one.noise), kind) for name, says, one, kind in beside
        ],
        "share_axis": share_axis,
        "distance_axis": distance_axis,
        "distance_range": range_on(distance_axis, gap.overall.distance.between, gap.overall.distance.noise),
        "terms": TERMS,
        "tables": _tables(found, filters, sort, views.FIRST),
    }


def _term(kind: Kind) -> tuple[str, str]:
    return TERMS[kind].name, TERMS[kind].says


def _tables(found: FoundGap, filters: Filters, sort: views.Sort, first: int | None) -> dict[str, views.GroupTable]:
    gap, names = found.gap, found.names
    assert gap is not None
    return {
        "felt": views.group_table(views.emotion_groups(gap.by_felt.groups, filters, "felt"), sort),
        "clip_emotions": views.group_table(views.emotion_groups(gap.by_clip_emotion, filters, "clip_emotion"), sort),
        "clips": views.group_table(
            views.keyed_groups(gap.by_stimulus, names.stimuli, filters, "stimulus"), sort, first
        ),
        "participants": views.group_table(
            views.keyed_groups(gap.by_participant, names.participants, filters, "participant"), sort, first
        ),
    }
