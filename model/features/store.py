"""Features on disk, so that a night computes only what is new.

A trial's faces lie under a key made of the video's digest, what places it in time, and the extractor's version; its
eyes likewise. A file is written whole or not at all, and one that cannot be read is computed again.
"""

import hashlib
import json
import os
import queue
import threading
import zipfile
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from annotate.media_store import MediaStore
from annotate.snapshot.store import read_table
from model.features import faces as face_features
from model.features import gaze as eye_features
from model.features.face_networks import FaceNetworks
from model.progress import Progress, quiet

#: Moments of a trial at which the face is kept.
FACES_A_TRIAL = 8

Trial = Mapping[str, Any]
Arrays = dict[str, np.ndarray]


class FaceExtractor(Protocol):
    """Faces of one trial from its video; `name` says which way and version, and is part of the key."""

    name: str

    def __call__(self, video: Path, offset_ms: float, duration_ms: float, count: int) -> face_features.TrialFaces: ...


class NetworkFaces:
    """The real extractor: BlazeFace and FaceMesh. One to a thread."""

    name = face_features.EXTRACTOR

    def __init__(self, networks: FaceNetworks) -> None:
        # Imported here: cached features are used on machines that never saw the networks' runtime.
        from model.features.face_alignment import FaceAligner

        self._aligner = FaceAligner(networks)

    def __call__(self, video: Path, offset_ms: float, duration_ms: float, count: int) -> face_features.TrialFaces:
        return face_features.trial_faces(video, offset_ms, duration_ms, count, self._aligner)


@dataclass(frozen=True)
class FeatureCounts:
    """What one call did: trials computed anew, trials that lay ready."""

    computed: int
    ready: int


class FeatureStore:
    """`root` holds faces/ and eyes/; `face_extractor` names the way that faces are found.

    `make_faces` builds one such extractor a thread, only when one is needed; without it what is there can be read.
    """

    def __init__(self, root: Path, face_extractor: str, make_faces: Callable[[], FaceExtractor] | None = None) -> None:
        self.root = root
        self.face_extractor = face_extractor
        self._make_faces = make_faces

    def compute(self, snapshot: Path, media: MediaStore, progress: Progress = quiet, threads: int = 2) -> FeatureCounts:
        """Features of every trial of the snapshot that are not there yet. Interrupted, it goes on where it was.

        Raises MediaMissingError or MediaError, naming the file; what was computed before stays.
        """
        trials = read_table(snapshot, "trials")
        waiting = [trial for trial in trials if not self._is_ready(trial)]
        done = len(trials) - len(waiting)
        progress(done, len(trials))
        extractors: queue.SimpleQueue[FaceExtractor] = queue.SimpleQueue()

        def compute_one(trial: Trial) -> None:
            try:
                extractor = extractors.get_nowait()
            except queue.Empty:
                assert self._make_faces is not None, "this store was opened for reading"
                extractor = self._make_faces()
            try:
                self._compute_one(trial, media, extractor)
            finally:
                extractors.put(extractor)

        # Threads, not processes: decoding, warping and the networks all run outside the interpreter's lock.
        with ThreadPoolExecutor(threads) as pool:
            running = [pool.submit(compute_one, trial) for trial in waiting]
            try:
                for finished in as_completed(running):
                    finished.result()
                    done += 1
                    progress(done, len(trials))
            except BaseException:
                pool.shutdown(cancel_futures=True)
                raise
        return FeatureCounts(computed=len(waiting), ready=len(trials) - len(waiting))

    def faces(self, trial: Trial) -> Arrays | None:
        """`faces` (T, 112, 112, 3) uint8, `valid` (T,), `times_ms` (T,); None where the trial has no face video."""
        return _load(path) if (path := self._faces_file(trial)) else None

    def eyes(self, trial: Trial) -> Arrays | None:
        """`eye` (32, E), `gaze` (32, 2), NaN where not measured; None where the trial has no gaze."""
        return _load(path) if (path := self._eyes_file(trial)) else None

    def files_of(self, trial: Trial) -> tuple[Path, ...]:
        """Where the trial's features lie, or will lie."""
        return tuple(path for path in (self._faces_file(trial), self._eyes_file(trial)) if path is not None)

    def _is_ready(self, trial: Trial) -> bool:
        return all(_load(path) is not None for path in self.files_of(trial))

    def _compute_one(self, trial: Trial, media: MediaStore, extractor: FaceExtractor) -> None:
        faces_file, eyes_file = self._faces_file(trial), self._eyes_file(trial)
        if faces_file is not None and _load(faces_file) is None:
            found = extractor(
                media.path(trial["face_sha256"]), trial["face_offset_ms"] or 0.0, trial["duration_ms"], FACES_A_TRIAL
            )
            _save(faces_file, {"faces": found.faces, "valid": found.valid, "times_ms": found.times_ms})
        if eyes_file is not None and _load(eyes_file) is None:
            events = trial["eye_events_sha256"]
            eyes = eye_features.trial_eyes(
                media.path(trial["gaze_sha256"]),
                media.path(events) if events else None,
                trial["duration_ms"],
                (trial["screen_width_px"], trial["screen_height_px"]),
            )
            _save(eyes_file, {"eye": eyes.eye, "gaze": eyes.gaze})

    def _faces_file(self, trial: Trial) -> Path | None:
        if trial["face_sha256"] is None:
            return None
        made_of = [self.face_extractor, FACES_A_TRIAL, *(trial[name] for name in _FACES_DEPEND_ON)]
        return self._place("faces", made_of)

    def _eyes_file(self, trial: Trial) -> Path | None:
        if trial["gaze_sha256"] is None:
            return None
        return self._place("eyes", [eye_features.EXTRACTOR, *(trial[name] for name in _EYES_DEPEND_ON)])

    def _place(self, kind: str, made_of: list[Any]) -> Path:
        key = hashlib.sha256(json.dumps(made_of).encode()).hexdigest()
        return self.root / kind / key[:2] / f"{key}.npz"


_FACES_DEPEND_ON = ("face_sha256", "face_offset_ms", "duration_ms")
_EYES_DEPEND_ON = ("gaze_sha256", "eye_events_sha256", "duration_ms", "screen_width_px", "screen_height_px")


def _load(path: Path) -> Arrays | None:
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
            return {name: arrays[name] for name in arrays.files}
    except (OSError, ValueError, EOFError, zipfile.BadZipFile):
        return None


def _save(path: Path, arrays: Arrays) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    # Two trials may be made of the same media; threads that compute both at once must not share a file.
    partial = path.with_suffix(f".{os.getpid()}-{threading.get_ident()}.partial")
    try:
        with partial.open("wb") as file:
            np.savez(file, **arrays)  # type: ignore[arg-type]  # its stub takes `allow_pickle` for one of them
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
