"""What a server is told when it starts. Plain values; where they come from is the front door's business."""

from dataclasses import dataclass, field
from pathlib import Path

from annotate.assignment import RatingRules


@dataclass(frozen=True)
class ServerConfig:
    """`media_root` is the content-addressed store, `snapshots_root` the folder of snapshot folders.

    `uploads_root` is where archives arrive; None: the folder `uploads` beside the media. `models_root` and
    `reports_root` are what training wrote, to be looked at; None: nothing is shown.

    `public_url` is where people's browsers find the server, '' where that is the address it listens at. `behind_proxy`:
    every request comes through one proxy of ours, whose X-Forwarded-For and X-Forwarded-Proto are believed.
    """

    database_url: str
    media_root: Path
    snapshots_root: Path
    uploads_root: Path | None = None
    models_root: Path | None = None
    reports_root: Path | None = None
    public_url: str = ""
    behind_proxy: bool = False
    rating_rules: RatingRules = field(default_factory=RatingRules)

    @property
    def uploads(self) -> Path:
        return self.uploads_root or self.media_root.parent / "uploads"
