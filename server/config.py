"""What a server is told when it starts. Plain values; where they come from is the front door's business."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from annotate.assignment import RatingRules
from annotate.media_bucket import DEFAULT_CACHE_BYTES, Bucket


@dataclass(frozen=True)
class UploadLimits:
    """What may arrive. Of one account: `open_uploads` at a time, `open_bytes` in all. `free_bytes` stay free on the
    disk; an upload is given up when nothing of it came for `expires_after`.

    An archive holds at most `files` files; what it unpacks to is no more than its own length.
    """

    archive_bytes: int = 200 << 30
    open_uploads: int = 20
    open_bytes: int = 500 << 30
    free_bytes: int = 2 << 30
    files: int = 5_000
    expires_after: timedelta = timedelta(days=7)


@dataclass(frozen=True)
class ServerConfig:
    """`media_root` is the content-addressed store, or, with `media_bucket`, the cache before it, which holds up to
    `media_cache_bytes`. `snapshots_root` is the folder of snapshot folders.

    `uploads_root` is where archives arrive; None: the folder `uploads` beside the media. `models_root` and
    `reports_root` are what training wrote, to be looked at; None: nothing is shown. `predictions_root` holds prediction
    files and `prune_features` deletes features that no snapshot asks for any more: both are asked to let go of
    participants who withdraw.

    `public_url` is where people's browsers find the server, '' where that is the address it listens at. `behind_proxy`:
    every request comes through one proxy of ours, whose X-Forwarded-For and X-Forwarded-Proto are believed.
    """

    database_url: str
    media_root: Path
    snapshots_root: Path
    media_bucket: Bucket | None = None
    media_cache_bytes: int = DEFAULT_CACHE_BYTES
    uploads_root: Path | None = None
    upload_limits: UploadLimits = field(default_factory=UploadLimits)
    models_root: Path | None = None
    reports_root: Path | None = None
    predictions_root: Path | None = None
    prune_features: Callable[[], object] | None = None
    public_url: str = ""
    behind_proxy: bool = False
    rating_rules: RatingRules = field(default_factory=RatingRules)

    @property
    def uploads(self) -> Path:
        return self.uploads_root or self.media_root.parent / "uploads"
