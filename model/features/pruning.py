"""Letting go of features that no snapshot asks for any more: of participants who withdrew, and of older extractors."""

from pathlib import Path

from annotate.snapshot.store import list_snapshots, read_table
from model.features import faces
from model.features.store import FeatureStore


def prune_features(features_root: Path, snapshots_root: Path, face_extractor: str = faces.EXTRACTOR) -> int:
    """Delete all features that belong to no trial of any snapshot; how many files, and faces of videos, were deleted.

    Features are a cache: what is deleted too much is computed again.
    """
    if not features_root.is_dir():
        return 0
    trials = (
        trial for header in list_snapshots(snapshots_root) for trial in read_table(snapshots_root / header.id, "trials")
    )
    return FeatureStore(features_root, face_extractor).retain(trials)
