"""Which files a bundle may hold."""

import re
from pathlib import Path

from collect.bundle.disk import files_below
from collect.bundle.errors import BundleBrokenError, broken
from collect.bundle.format import (
    CAMERA_FRAME_COLUMNS,
    CAMERA_FRAMES_FILE,
    FACE_VIDEO_FILE,
    FLIP_COLUMNS,
    FLIPS_FILE,
    GAZE_CLOCK_COLUMNS,
    GAZE_CLOCK_FILE,
    GAZE_EVENT_COLUMNS,
    GAZE_EVENTS_FILE,
    GAZE_MESSAGE_COLUMNS,
    GAZE_MESSAGES_FILE,
    GAZE_SAMPLE_COLUMNS,
    GAZE_SAMPLES_FILE,
    HEADER_FILE,
    JOURNAL_FILE,
    MANIFEST_FILE,
    SEAL_FILE,
    SIMULATION_FILE,
    STUDY_FILE,
)
from collect.bundle.manifest import StimulusManifest

#: Every CSV file of a bundle and its columns.
CSV_COLUMNS: dict[str, tuple[str, ...]] = {
    CAMERA_FRAMES_FILE: CAMERA_FRAME_COLUMNS,
    GAZE_SAMPLES_FILE: GAZE_SAMPLE_COLUMNS,
    GAZE_EVENTS_FILE: GAZE_EVENT_COLUMNS,
    GAZE_MESSAGES_FILE: GAZE_MESSAGE_COLUMNS,
    GAZE_CLOCK_FILE: GAZE_CLOCK_COLUMNS,
    FLIPS_FILE: FLIP_COLUMNS,
}

#: What may lie beside a bundle and tells of it: `<bundle><suffix>`. A withdrawal deletes them too.
BESIDE = (".report.html", ".report.json", ".pupil.csv")
#: The tracker's own recording that was fetched when the bundle was sealed already, and the note of where it came from.
_ORIGINAL_BESIDE = re.compile(r"\.original\.[A-Z0-9_]{1,8}\.(edf|fetched\.json)(\.partial)?")

#: Without these a folder is no bundle.
FIRST_FILES = (HEADER_FILE, STUDY_FILE, MANIFEST_FILE)
_KNOWN = {*FIRST_FILES, *CSV_COLUMNS, JOURNAL_FILE, SEAL_FILE, SIMULATION_FILE, FACE_VIDEO_FILE}


def files_of(folder: Path, manifest: StimulusManifest, *, sealed: bool) -> dict[str, Path]:
    """Path in the bundle to path on disk, of every file but the seal.

    In an unsealed bundle, files that were being written when the power went (`*.partial`) are passed over. Raises
    BundleBrokenError for symbolic links and for files that version 1 does not know.
    """
    clips = {f"stimuli/{file}" for clip in manifest.clips for file in (clip.file, clip.luminance) if file is not None}
    found: dict[str, Path] = {}
    for name, path in files_below(folder):
        if path.is_symlink() or not path.is_file():
            raise broken(folder, name, "this is no plain file; a bundle holds neither links nor devices")
        if name.endswith(".partial") and not sealed:
            continue
        if name not in _KNOWN and name not in clips and not _is_original(name):
            raise _unknown(folder, name)
        if name != SEAL_FILE:
            found[name] = path
    return found


def files_beside(folder: Path) -> list[Path]:
    """The files beside a bundle that tell of it."""
    return sorted(
        path
        for path in folder.parent.iterdir()
        if path.name.startswith(folder.name) and _tells_of_bundle(path.name.removeprefix(folder.name))
    )


def _tells_of_bundle(ending: str) -> bool:
    return ending in BESIDE or _ORIGINAL_BESIDE.fullmatch(ending) is not None


def _is_original(name: str) -> bool:
    return name.startswith("gaze/original.") and name.count("/") == 1


def _unknown(folder: Path, name: str) -> BundleBrokenError:
    return broken(
        folder, name, "a bundle of version 1 has no such file", "Move it out of the bundle, or update the program."
    )
