"""Everything of one trial that goes into the media store, with what was counted on the way."""

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from collect.bundle.reader import Bundle
from collect.bundle.trials import Trial
from server.sessions.errors import BundleNotWholeError
from server.sessions.face_cut import FaceVideo, cut_face_video, index_face_video
from server.sessions.gaze_media import clip_ms, eye_events_parquet, gaze_parquet
from server.sessions.shelf import Shelf

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class EyeCounts:
    """Rows of the tracker's record, both eyes together."""

    samples: int = 0
    fixations: int = 0
    saccades: int = 0
    blinks: int = 0
    messages: int = 0


@dataclass(frozen=True)
class TrialMedia:
    """Digests of a trial's media in the store, None where there is none."""

    clip_sha256: str | None
    face_sha256: str | None
    face_offset_ms: float | None
    gaze_sha256: str | None
    eye_events_sha256: str | None
    counts: EyeCounts


def store_media(bundle: Bundle, media: Shelf, progress: Progress | None) -> dict[int, TrialMedia]:
    """Put the media of every trial into the store; by trial number. `progress` counts trials.

    Raises FaceVideoError, BundleNotWholeError; what was stored before is on the shelf, to be removed.
    """
    face = index_face_video(bundle.face_video) if bundle.face_video else None
    clips: dict[Path, str] = {}
    stored = {}
    with tempfile.TemporaryDirectory(prefix="duchenne-ingest-") as scratch:
        for done, trial in enumerate(bundle.main_trials, 1):
            clip = _store_clip(bundle, trial, media, clips)
            stored[trial.number] = _store_trial(bundle, trial, clip, face, media, Path(scratch))
            if progress is not None:
                progress(done, len(bundle.main_trials))
    return stored


def count_eyes(samples: Any, events: Any, messages: Any) -> EyeCounts:
    """Counts of a bundle's tables, or of parts of them."""
    kinds = {kind: int(np.count_nonzero(events["kind"] == kind)) for kind in ("fixation", "saccade", "blink")}
    return EyeCounts(len(samples), kinds["fixation"], kinds["saccade"], kinds["blink"], len(messages))


def _store_clip(bundle: Bundle, trial: Trial, media: Shelf, known: dict[Path, str]) -> str | None:
    if trial.clip_path is None:
        return None
    if trial.clip_path not in known:
        known[trial.clip_path] = media.put_file(trial.clip_path)
    declared = bundle.manifest.clip(trial.clip)
    if declared is None or known[trial.clip_path] != declared.sha256:
        raise BundleNotWholeError(
            f"{trial.clip_path}: is not the clip {trial.clip!r} that the manifest declares (field sha256); "
            "ask for an intact copy of the bundle"
        )
    return known[trial.clip_path]


def _store_trial(
    bundle: Bundle, trial: Trial, clip_sha256: str | None, face: FaceVideo | None, media: Shelf, scratch: Path
) -> TrialMedia:
    if trial.clip_started_ns is None or trial.clip_ended_ns is None:
        return TrialMedia(clip_sha256, None, None, None, None, EyeCounts())
    samples, events = bundle.samples_of(trial), bundle.eye_events_of(trial)
    gaze_sha256 = eye_events_sha256 = None
    if len(samples):
        gaze_sha256 = media.put_bytes(gaze_parquet(samples, trial.clip_started_ns))
        eye_events_sha256 = media.put_bytes(eye_events_parquet(events, trial.clip_started_ns))
    face_sha256, offset_ms = _store_face(bundle, trial, face, media, scratch) if face else (None, None)
    counts = count_eyes(samples, events, bundle.messages_of(trial))
    return TrialMedia(clip_sha256, face_sha256, offset_ms, gaze_sha256, eye_events_sha256, counts)


def _store_face(
    bundle: Bundle, trial: Trial, face: FaceVideo, media: Shelf, scratch: Path
) -> tuple[str | None, float | None]:
    """Digest of the trial's face video and the clip-clock time of its first frame."""
    assert trial.clip_started_ns is not None
    shown = bundle.camera_frames_of(trial)
    if len(shown) == 0:
        return None, None
    frames = bundle.camera_frames()
    target = scratch / "face.mp4"
    first_ms = float(_frame_at_start(bundle, frames, shown[0], trial.clip_started_ns)["pts_ms"])
    start_ms = cut_face_video(face, first_ms, float(shown["pts_ms"].max()), target)
    if start_ms is None:
        return None, None
    # The list of frames says when each frame of the video was seen by the host; the cut may begin before the clip.
    first = frames[np.argmin(np.abs(frames["pts_ms"] - start_ms))]
    if abs(float(first["pts_ms"]) - start_ms) > 1.0:
        raise BundleNotWholeError(
            f"{face.path}: has a frame at {start_ms:.0f} ms that camera/frames.csv does not list; "
            "ask for an intact copy of the bundle"
        )
    offset_ms = float(clip_ms(first["host_ns"], trial.clip_started_ns))
    sha256 = media.put_file(target)
    target.unlink()
    return sha256, offset_ms


def _frame_at_start(bundle: Bundle, frames: Any, first_shown: Any, clip_started_ns: int) -> Any:
    """The frame that stands on the screen when the clip begins: the one before the first that came during the clip.

    The latter itself where it is the first of its recording, or its neighbour belongs to another time.
    """
    at = int(np.searchsorted(frames["frame"], first_shown["frame"]))
    if at == 0:
        return first_shown
    before = frames[at - 1]
    waited_ns = clip_started_ns - int(before["host_ns"])
    return before if 0 <= waited_ns <= 2e9 / bundle.header.camera.nominal_fps else first_shown
