"""What a reader of the gap page may choose."""

from dataclasses import dataclass, replace
from typing import Annotated, Any, Literal
from urllib.parse import urlencode

from fastapi import Depends, Query

from annotate.gap.confusion import LabelRule

#: Simulated recordings are looked at only by name.
USUAL_ORIGINS = frozenset({"real", "imported"})
OriginName = Literal["real", "imported", "simulated"]
Answers = Literal["blind", "final"]


@dataclass(frozen=True)
class Filters:
    """`study` ('': all), `origins`, `raters` (the least under each instrument), `label` (how several raters' classes
    count in the matrix), `answers` ('blind': the last ones before a model's label was shown; 'final': as they stand).
    """

    study: str = ""
    origins: frozenset[str] = USUAL_ORIGINS
    raters: int = 1
    label: LabelRule = LabelRule.SOFT
    answers: Answers = "blind"

    def query(self, **more: Any) -> str:
        """As a query string, without what is usual; `more` is added where it is not None."""
        usual = Filters()
        parts: list[tuple[str, str]] = []
        if self.study:
            parts.append(("study", self.study))
        if self.origins != usual.origins:
            parts += [("origin", origin) for origin in sorted(self.origins)]
        if self.raters != usual.raters:
            parts.append(("raters", str(self.raters)))
        if self.label is not usual.label:
            parts.append(("label", self.label.value))
        if self.answers != usual.answers:
            parts.append(("answers", self.answers))
        parts += [(name, str(value)) for name, value in more.items() if value is not None]
        return f"?{urlencode(parts)}" if parts else ""

    def with_origins(self, *origins: str) -> "Filters":
        return replace(self, origins=frozenset(origins))


def filters(
    study: Annotated[str, Query(max_length=64, description="only this study; empty: all")] = "",
    origin: Annotated[
        list[OriginName] | None, Query(description="origins of the recordings; real and imported if none is named")
    ] = None,
    raters: Annotated[int, Query(ge=1, le=100, description="the least usable answers under each instrument")] = 1,
    label: Annotated[
        LabelRule, Query(description="how several raters' classes count in the matrix: every answer, or the majority")
    ] = LabelRule.SOFT,
    answers: Annotated[
        Answers, Query(description="blind: the answers before a model's label was shown; final: as they stand")
    ] = "blind",
) -> Filters:
    return Filters(study, frozenset(origin) if origin else USUAL_ORIGINS, raters, label, answers)


FiltersOf = Annotated[Filters, Depends(filters)]
