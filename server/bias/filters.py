"""What a reader of the page may choose."""

from dataclasses import dataclass
from typing import Annotated, Literal
from urllib.parse import urlencode

from fastapi import Depends, Query

USUAL_ORIGINS = frozenset({"real", "imported"})
OriginName = Literal["real", "imported", "simulated"]


@dataclass(frozen=True)
class Filters:
    """`study` ('': all) and `origins` of the recordings; simulated ones only by name."""

    study: str = ""
    origins: frozenset[str] = USUAL_ORIGINS

    def with_simulated(self) -> str:
        """The query string of the same with simulated recordings only."""
        study = [("study", self.study)] if self.study else []
        return f"?{urlencode([*study, ('origin', 'simulated')])}"


def filters(
    study: Annotated[str, Query(max_length=64, description="only this study; empty: all")] = "",
    origin: Annotated[
        list[OriginName] | None, Query(description="origins of the recordings; real and imported if none is named")
    ] = None,
) -> Filters:
    return Filters(study, frozenset(origin) if origin else USUAL_ORIGINS)


FiltersOf = Annotated[Filters, Depends(filters)]
