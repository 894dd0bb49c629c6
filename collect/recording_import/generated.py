"""The study and the manifest of an import, for which nobody has written any."""

from pathlib import Path

import av
import yaml

from collect.bundle.disk import sha256_of
from collect.bundle.format import ConsentScope, ScreenInfo, TrackerInfo
from collect.recording_import.errors import ImportFailedError
from collect.recording_import.face_excerpts import FaceVideo
from collect.recording_import.trial_table import ImportTrial


def consent_text(scopes: tuple[ConsentScope, ...]) -> str:
    """What stands for the text that the participant saw, which an import does not know."""
    return f"Stated at import: the participant has agreed to {', '.join(scopes)}."


def study_yaml(
    study_id: str, scopes: tuple[ConsentScope, ...], screen: ScreenInfo, tracker: TrackerInfo, face: FaceVideo
) -> bytes:
    """A study that says what is known of how the recording was made."""
    return _dump(
        {
            "format": "duchenne-study",
            "version": 1,
            "id": study_id,
            "title": f"Imported recordings: {study_id}",
            "stimuli": "stimuli/manifest.yaml",
            "order": "fixed",
            "consent": {
                "text": consent_text(scopes),
                "required": ["recording"],
                "offered": [scope for scope in scopes if scope != "recording"],
            },
            "fixation_s": 0.0,
            "screen": {"width_px": screen.width_px, "height_px": screen.height_px},
            "tracker": {"kind": "imported", "rate_hz": tracker.rate_hz, "eyes": tracker.eyes},
            "camera": {"kind": "imported", "width": face.width, "height": face.height, "fps": face.fps},
        }
    )


def manifest_yaml(study_id: str, table: Path, trials: tuple[ImportTrial, ...]) -> tuple[bytes, dict[str, Path]]:
    """A manifest of the clips that the table names, and clip id to file for those that have one.

    Raises ImportFailedError for a clip that the table describes in two ways, or whose file cannot be used.
    """
    clips: dict[str, dict[str, object]] = {}
    files: dict[str, Path] = {}
    for trial in trials:
        clip: dict[str, object] = {"id": trial.clip, "licence": "not stated at import", "source": "imported recording"}
        if trial.emotion is not None:
            clip["emotion"] = trial.emotion
        if trial.clip_file is not None:
            files[trial.clip] = table.parent / trial.clip_file
            clip |= _facts(table, trial, files[trial.clip])
        if clips.setdefault(trial.clip, clip) != clip:
            raise _complaint(table, trial, f"clip '{trial.clip}' has another emotion or file than in a line above")
    document = {
        "format": "duchenne-stimuli",
        "version": 1,
        "id": f"{study_id[:55]}-clips",
        "title": f"Clips of the imported recordings: {study_id}",
        "clips": list(clips.values()),
    }
    return _dump(document), files


def _facts(table: Path, trial: ImportTrial, path: Path) -> dict[str, object]:
    if trial.emotion is None:
        raise _complaint(table, trial, f"clip '{trial.clip}' has a file, so its 'emotion' must be there too")
    try:
        with av.open(str(path)) as container:
            container.streams.video[0]
            duration = container.duration
        if not duration:
            raise _complaint(table, trial, f"{path} does not say how long it is")
        return {"file": path.name, "sha256": sha256_of(path), "duration_s": round(duration / 1_000_000, 3)}
    except (OSError, av.FFmpegError, IndexError):
        raise _complaint(table, trial, f"{path} cannot be read as a video") from None


def _complaint(table: Path, trial: ImportTrial, what: str) -> ImportFailedError:
    return ImportFailedError(f"{table}, trial {trial.trial}: {what}. Correct the table and import again.")


def _dump(document: dict[str, object]) -> bytes:
    return yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=110).encode("utf-8")
