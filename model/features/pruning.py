"""Letting go of features that no snapshot asks for any more: of participants who withdrew, and of older extractors."""

from pathlib import Path

from annotate.snapshot.store import list_snapshots, read_table
from model.features import faces
from model.features.store import FeatureStore


def prune_features(features_root: Path, snapshots_root: Path, face_extractor: str = faces.EXTRACTOR) -> int:
    """Delete every feature file that belongs to no trial of any snapshot; how many were deleted.

    Features are a cache: what is deleted too much is computed again. A file that is just being written is left alone.
    """
    if not features_root.is_dir():
        return 0
    store = FeatureStore(features_root, face_extractor)
    asked_for = {
        path
        for header in list_snapshots(snapshots_root)
        for trial in read_table(snapshots_root / header.id, "trials")
        for path in store.files_of(trial)
    }
    stale = [path for path in sorted(features_root.glob("*/??/*.npz")) if path not in asked_for]
    for path in stale:
        path.unlink(missing_ok=True)
    return len(stale)
