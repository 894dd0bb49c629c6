"""What all records that are written down and read back have in common."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

ModelId = Annotated[str, Field(pattern=r"^m[0-9a-f]{16}$")]
SnapshotId = Annotated[str, Field(pattern=r"^s[0-9a-f]{16}$")]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class Strict(BaseModel):
    """A field that is not known is refused, and nothing is changed afterwards."""

    model_config = ConfigDict(extra="forbid", frozen=True)
