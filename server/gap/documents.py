"""The gap as data: what GET /api/gap answers."""

from dataclasses import fields

from pydantic import BaseModel, ConfigDict, Field

from annotate.gap.answers import LeftOut
from annotate.gap.confusion import Confusion
from annotate.gap.felt import FeltFigures
from annotate.gap.figures import GroupFigures
from annotate.gap.gap import Gap
from annotate.gap.raters import OverRaters
from annotate.gap.self_report import SelfReportFigures
from annotate.gap.words import Verdict, finding, not_known, verdict
from server.gap.filters import Filters
from server.gap.keeping import FoundGap


class NamedGroup(BaseModel):
    """The figures of one clip or one participant; `id` is its number in this database."""

    id: int
    name: str
    study: str
    figures: GroupFigures


class GapFigures(BaseModel):
    """All figures; intervals are over participants, those of one participant over that participant's trials."""

    verdict: Verdict
    finding: list[str] = Field(description="sentences; the first is the finding with its interval")
    not_known: list[str] = Field(description="what the figures do not tell")
    trials: int
    participants: int
    er_raters: int
    fer_raters: int
    raters_of_both: int
    left_out: LeftOut
    overall: GroupFigures
    over_raters: dict[str, OverRaters] = Field(description="four figures over participants and raters")
    confusion: Confusion
    by_clip_emotion: list[GroupFigures]
    by_felt: FeltFigures
    by_clip: list[NamedGroup]
    by_participant: list[NamedGroup]
    self_report: SelfReportFigures


class GapDocument(BaseModel):
    """What was asked for, and the figures; null where no trial has usable answers under both instruments."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "study": "smiles", "origins": ["imported", "real"], "raters": 1, "answers": "blind",
                    "revised_after_prelabel": 0, "figures": None,
                }
            ]
        }
    )  # fmt: skip

    study: str
    origins: list[str]
    raters: int
    answers: str
    revised_after_prelabel: int
    figures: GapFigures | None


def gap_document(found: FoundGap, filters: Filters) -> GapDocument:
    return GapDocument(
        study=filters.study,
        origins=sorted(filters.origins),
        raters=filters.raters,
        answers=filters.answers,
        revised_after_prelabel=found.revised,
        figures=_figures(found.gap, found, filters) if found.gap else None,
    )


def _figures(gap: Gap, found: FoundGap, filters: Filters) -> GapFigures:
    same = {field.name: getattr(gap, field.name) for field in fields(gap) if field.name in GapFigures.model_fields}
    return GapFigures(
        **(
            same
            | {
                "verdict": verdict(gap),
                "finding": finding(gap),
                "not_known": not_known(gap),
                "confusion": gap.confusions[filters.label],
                "by_clip": named_groups(gap.by_stimulus, found.names.stimuli),
                "by_participant": named_groups(gap.by_participant, found.names.participants),
            }
        )
    )


def named_groups(groups: list[GroupFigures], names: dict[str, tuple[str, str]]) -> list[NamedGroup]:
    return [
        NamedGroup(id=int(group.key), name=names[group.key][0], study=names[group.key][1], figures=group)
        for group in groups
    ]
