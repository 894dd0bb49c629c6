"""Letting go of features that no snapshot asks for any more: of participants who withdrew, and of older extractors."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from annotate.arriving import ENDING, sweep
from annotate.snapshot.store import list_snapshots, read_table
from model.errors import FeaturesNotKeptError
from model.features import faces
from model.features.store import FeatureStore

_LOCK = "in-use"


def prune_features(features_root: Path, snapshots_root: Path, face_extractor: str = faces.EXTRACTOR) -> int:
    """Delete all features that belong to no trial of any snapshot, or that no present extractor can read; how many
    files, and faces of videos, were deleted.

    Features are a cache: what is deleted too much is computed again. Raises FeaturesNotKeptError where there is no room
    for the faces that stay, which are copied; then all faces are still there.
    """
    if not features_root.is_dir():
        return 0
    sweep(features_root.glob(f"*/??/.*{ENDING}-*"))
    trials = (
        trial for header in list_snapshots(snapshots_root) for trial in read_table(snapshots_root / header.id, "trials")
    )
    try:
        return FeatureStore(features_root, face_extractor).retain(trials)
    except OSError as error:
        raise FeaturesNotKeptError(
            f"{features_root}: features that nobody asks for any more could not be let go of "
            f"({error.strerror or error}). Make room there; it is tried again each night."
        ) from error


def prune_features_unless_in_use(
    features_root: Path, snapshots_root: Path, face_extractor: str = faces.EXTRACTOR
) -> int | None:
    """The same, for whoever is in no hurry: None, and nothing deleted, while another process is `using_features`,
    which may be of another version of this program and read others.
    """
    if not features_root.is_dir():
        return 0
    with _lock(features_root).open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return None
        return prune_features(features_root, snapshots_root, face_extractor)


@contextmanager
def using_features(features_root: Path) -> Iterator[None]:
    """As long as the block lasts nobody lets go of features but for a withdrawal. Raises FeaturesNotKeptError."""
    try:
        features_root.mkdir(parents=True, exist_ok=True)
        file = _lock(features_root).open("a")
    except OSError as error:
        raise FeaturesNotKeptError(
            f"{features_root}: features cannot be kept there ({error.strerror}). Set `features` to a folder that may "
            "be written to, then start again."
        ) from error
    with file:
        fcntl.flock(file, fcntl.LOCK_SH)
        yield


def _lock(features_root: Path) -> Path:
    return features_root / _LOCK
