"""What a server is told when it starts. Plain values; where they come from is the front door's business."""

from dataclasses import dataclass, field
from pathlib import Path

from annotate.assignment import RatingRules


@dataclass(frozen=True)
class ServerConfig:
    """`media_root` is the content-addressed store, `snapshots_root` the folder of snapshot folders."""

    database_url: str
    media_root: Path
    snapshots_root: Path
    rating_rules: RatingRules = field(default_factory=RatingRules)
