"""Computes the features of a snapshot: what the front door calls before training or predicting, with a bar."""

from pathlib import Path

from annotate.media_store import MediaStore
from model.features import faces
from model.features.face_networks import ensure_face_networks
from model.features.store import FeatureCounts, FeatureStore, NetworkFaces
from model.progress import Progress, quiet


def feature_store(features_root: Path, networks_root: Path) -> FeatureStore:
    """The store below `features_root` with the real face networks, which are loaded only when a face is to be found."""
    return FeatureStore(features_root, faces.EXTRACTOR, lambda: NetworkFaces(ensure_face_networks(networks_root)))


def compute_features(
    snapshot_folder: Path,
    media: MediaStore,
    features_root: Path,
    networks_root: Path,
    progress: Progress = quiet,
    threads: int = 2,
) -> FeatureCounts:
    """Features of every trial of the snapshot that are not there yet; `progress` counts trials.

    Raises MediaMissingError, MediaError, or FaceNetworksError where the networks are needed and cannot be had.
    """
    store = feature_store(features_root, networks_root)
    return store.compute(snapshot_folder, media, progress, threads)
