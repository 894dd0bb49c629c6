"""Features on disk, so that a night computes only what is new.

A trial's faces lie under a key made of the video's digest, what places it in time, and the extractor's version; its
eyes likewise. Both are written whole or not at all, and what cannot be read is computed again.
"""

import hashlib
import json
import queue
import zipfile
from collections.abc import Callable, Iterable, Mapping, Set
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from annotate.arriving import arriving_file
from annotate.media_store import MediaStore
from annotate.snapshot.store import read_table
from model.errors import FeaturesNotKeptError
from model.features import clip_frames, clip_light, fixation_maps
from model.features import faces as face_features
from model.features import gaze as eye_features
from model.features.face_map import FaceMap, FaceView
from model.features.face_moments import RATE_HZ, count_of
from model.features.face_networks import FaceNetworks
from model.progress import Progress, quiet

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
    """`root` holds faces/, eyes/, maps/, and of each clip light/ and frames/; `face_extractor` names the way that faces
    are found.

    `make_faces` builds one such extractor a thread, only when one is needed; without it what is there can be read.
    """

    def __init__(self, root: Path, face_extractor: str, make_faces: Callable[[], FaceExtractor] | None = None) -> None:
        self.root = root
        self.face_extractor = face_extractor
        self._make_faces = make_faces
        self._map = FaceMap(root / "faces")

    @property
    def extractors(self) -> tuple[str, ...]:
        """Way and version of each: what a model may be trained on is of exactly these."""
        own = (eye_features, clip_light, fixation_maps, clip_frames)
        return self.face_extractor, *(each.EXTRACTOR for each in own)

    def compute(self, snapshot: Path, media: MediaStore, progress: Progress = quiet, threads: int = 2) -> FeatureCounts:
        """Features of every trial of the snapshot that are not there yet. Interrupted, it goes on where it was.

        Raises MediaMissingError or MediaError, naming the file, or FeaturesNotKeptError; what was computed before
        stays.
        """
        trials = read_table(snapshot, "trials")
        faces_ready = self._map.keys()
        waiting = [trial for trial in trials if not self._is_ready(trial, faces_ready)]
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
                self._compute_one(trial, media, extractor, faces_ready)
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

    def faces(self) -> FaceView:
        """All faces of all trials; `face_key` says where those of one are."""
        return self._map.view()

    def face_key(self, trial: Trial) -> str | None:
        """Under which a trial's faces lie, or will lie; None where the trial has no face video."""
        if trial["face_sha256"] is None:
            return None
        return _key([self.face_extractor, RATE_HZ, *(trial[name] for name in _FACES_DEPEND_ON)])

    def eyes(self, trial: Trial) -> Arrays | None:
        """`eye` (32, E), `gaze` (32, 2), NaN where not measured; None where the trial has no gaze."""
        return _load(path) if (path := self._eyes_file(trial)) else None

    def light(self, trial: Trial) -> clip_light.ClipLight | None:
        """How bright the trial's clip is; None where the clip is unknown, as in imported recordings."""
        found = _load(path) if (path := self._light_file(trial)) else None
        return clip_light.ClipLight(found["light"]) if found else None

    def maps(self, trial: Trial) -> np.ndarray | None:
        """(8, 28, 28) as model.features.fixation_maps makes them; None where the trial has no gaze."""
        found = _load(path) if (path := self._maps_file(trial)) else None
        return found["maps"] if found else None

    def clip_frames(self, trial: Trial) -> clip_frames.ClipFrames | None:
        """What the trial's clip shows; None where the clip is unknown, or nobody's gaze on it."""
        found = _load(path) if (path := self._frames_file(trial)) else None
        return clip_frames.ClipFrames(found["frames"], _size(found)) if found else None

    def retain(self, trials: Iterable[Trial]) -> int:
        """Let go of all features but those of `trials`; how many files, and faces of videos, were let go of.

        A file that is just being written is left alone.
        """
        trials = list(trials)
        files = (file for trial in trials for file in self._files(trial))
        asked_for = set(files)
        stale = [path for path in sorted(self.root.glob("*/??/*.npz")) if path not in asked_for]
        for path in stale:
            path.unlink(missing_ok=True)
        return len(stale) + self._map.retain({key for trial in trials if (key := self.face_key(trial)) is not None})

    def _compute_one(self, trial: Trial, media: MediaStore, extractor: FaceExtractor, faces_ready: Set[str]) -> None:
        face_key, eyes_file = self.face_key(trial), self._eyes_file(trial)
        if face_key is not None and face_key not in faces_ready:
            duration_ms = trial["duration_ms"]
            found = extractor(
                media.path(trial["face_sha256"]), trial["face_offset_ms"] or 0.0, duration_ms, count_of(duration_ms)
            )
            self._map.keep(face_key, found.faces, found.moments)
        if eyes_file is not None and _load(eyes_file) is None:
            eyes = eye_features.trial_eyes(*_gaze_of(trial, media))
            _save(eyes_file, {"eye": eyes.eye, "gaze": eyes.gaze})
        light_file = self._light_file(trial)
        if light_file is not None and _load(light_file) is None:
            _save(light_file, {"light": clip_light.clip_light(media.path(trial["clip_sha256"])).light})
        self.compute_maps(trial, media)

    def compute_maps(self, trial: Trial, media: MediaStore) -> None:
        """Fixation maps of one trial alone, if they are not there yet; raises as `compute` does."""
        frames_file, maps_file = self._frames_file(trial), self._maps_file(trial)
        clip_px = None
        if frames_file is not None:
            found = _load(frames_file)
            if found is None:
                clip = clip_frames.clip_frames(media.path(trial["clip_sha256"]))
                found = {"frames": clip.frames, "size_px": np.array(clip.size_px)}
                _save(frames_file, found)
            clip_px = _size(found)
        if maps_file is not None and _load(maps_file) is None:
            _save(maps_file, {"maps": fixation_maps.fixation_maps(*_gaze_of(trial, media), clip_px)})

    def _is_ready(self, trial: Trial, faces_ready: Set[str]) -> bool:
        key = self.face_key(trial)
        return (key is None or key in faces_ready) and all(_load(file) is not None for file in self._files(trial))

    def _files(self, trial: Trial) -> list[Path]:
        """All but the faces."""
        files = (self._eyes_file(trial), self._light_file(trial), self._frames_file(trial), self._maps_file(trial))
        return [file for file in files if file is not None]

    def _eyes_file(self, trial: Trial) -> Path | None:
        if trial["gaze_sha256"] is None:
            return None
        return self._place("eyes", [eye_features.EXTRACTOR, *(trial[name] for name in _EYES_DEPEND_ON)])

    def _light_file(self, trial: Trial) -> Path | None:
        """One for all trials of a clip; only of use with a pupil."""
        if trial["gaze_sha256"] is None or trial["clip_sha256"] is None:
            return None
        return self._place("light", [clip_light.EXTRACTOR, trial["clip_sha256"]])

    def _frames_file(self, trial: Trial) -> Path | None:
        """One for all trials of a clip; only of use with a gaze."""
        if trial["gaze_sha256"] is None or trial["clip_sha256"] is None:
            return None
        return self._place("frames", [clip_frames.EXTRACTOR, trial["clip_sha256"]])

    def _maps_file(self, trial: Trial) -> Path | None:
        if trial["gaze_sha256"] is None:
            return None
        made_of = (trial[name] for name in (*_EYES_DEPEND_ON, "clip_sha256"))
        return self._place("maps", [fixation_maps.EXTRACTOR, *made_of])

    def _place(self, kind: str, made_of: list[Any]) -> Path:
        key = _key(made_of)
        return self.root / kind / key[:2] / f"{key}.npz"


def _gaze_of(trial: Trial, media: MediaStore) -> tuple[Path, Path | None, float, tuple[int, int]]:
    """Samples, eye events where there are any, how long the clip lasts in ms, and the screen in pixels."""
    events = trial["eye_events_sha256"]
    screen_px = trial["screen_width_px"], trial["screen_height_px"]
    return media.path(trial["gaze_sha256"]), media.path(events) if events else None, trial["duration_ms"], screen_px


def _key(made_of: list[Any]) -> str:
    return hashlib.sha256(json.dumps(made_of).encode()).hexdigest()


_FACES_DEPEND_ON = ("face_sha256", "face_offset_ms", "duration_ms")
_EYES_DEPEND_ON = ("gaze_sha256", "eye_events_sha256", "duration_ms", "screen_width_px", "screen_height_px")


def _size(frames: Arrays) -> tuple[int, int]:
    width, height = frames["size_px"].tolist()
    return width, height


def _load(path: Path) -> Arrays | None:
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
            return {name: arrays[name] for name in arrays.files}
    except (OSError, ValueError, EOFError, zipfile.BadZipFile):
        return None


def _save(path: Path, arrays: Arrays) -> None:
    """Two trials may be made of the same media: threads that compute both at once write files of their own."""
    try:
        with arriving_file(path) as file:
            np.savez(file, **arrays)  # type: ignore[arg-type]  # its stub takes `allow_pickle` for one of them
    except OSError as error:
        raise FeaturesNotKeptError(
            f"{path}: what was computed of a trial's eyes could not be written ({error.strerror or error}). Make room "
            "there, or set `features` to another folder that may be written to, and start again: what was computed "
            "before is kept."
        ) from error
