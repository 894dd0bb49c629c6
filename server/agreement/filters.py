"""Which answers a reader of the agreement and rater pages looks at."""

from dataclasses import dataclass
from typing import Annotated, Literal
from urllib.parse import urlencode

from fastapi import Depends, Query

OriginName = Literal["real", "imported", "simulated"]
ORIGINS: tuple[OriginName, ...] = ("real", "imported", "simulated")
#: Simulated answers are looked at only by name.
USUAL_ORIGINS: frozenset[OriginName] = frozenset({"real", "imported"})


@dataclass(frozen=True)
class Filters:
    """`study` ('': all), `origins` of the recordings."""

    study: str = ""
    origins: frozenset[OriginName] = USUAL_ORIGINS

    @property
    def query(self) -> str:
        """As a query string, without what is usual."""
        parts = [("study", self.study)] if self.study else []
        if self.origins != USUAL_ORIGINS:
            parts += [("origin", origin) for origin in ORIGINS if origin in self.origins]
        return f"?{urlencode(parts)}" if parts else ""


def filters(
    study: Annotated[str, Query(max_length=64, description="only this study; empty: all")] = "",
    origin: Annotated[
        list[OriginName] | None,
        Query(max_length=3, description="origins of the recordings; real and imported if none is named"),
    ] = None,
) -> Filters:
    return Filters(study, frozenset(origin) if origin else USUAL_ORIGINS)


FiltersOf = Annotated[Filters, Depends(filters)]
