"""Is there room for the recording, and may it be written where it is to lie?"""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from collect.bundle.study import Study
from collect.bundle.study_devices import EyeLinkTracker
from collect.checking.finding import Finding, fail, ok, warn

#: Bits that the encoder spends on a pixel of a noisy face picture at the recorder's quality; a dark room needs them.
_CAMERA_BITS_A_PIXEL = 0.25
#: One line of gaze/samples.csv with both eyes, and its part of the tracker's own file.
_GAZE_LINE_BYTES, _ORIGINAL_SAMPLE_BYTES = 100, 60
#: One line each of camera/frames.csv and screen/flips.csv, at the usual 60 flips a second.
_FRAME_LINE_BYTES, _FLIP_BYTES_A_SECOND = 60, 60 * 35
#: So many sessions should fit, or somebody has to tidy up between two participants.
_COMFORTABLE_SESSIONS = 3
_GB = 1e9

FreeBytes = Callable[[Path], int]


def free_bytes_at(folder: Path) -> int:
    return shutil.disk_usage(folder).free


def recording_bytes(study: Study, seconds: float, clip_bytes: int) -> int:
    """How large a bundle of that many seconds grows; `clip_bytes` are the clips, which are copied into it."""
    camera, tracker = study.camera, study.tracker
    video = camera.width * camera.height * camera.fps * _CAMERA_BITS_A_PIXEL / 8
    frames = camera.fps * _FRAME_LINE_BYTES
    original = _ORIGINAL_SAMPLE_BYTES if isinstance(tracker, EyeLinkTracker) else 0
    gaze = tracker.rate_hz * (_GAZE_LINE_BYTES + original)
    return round((video + frames + gaze + _FLIP_BYTES_A_SECOND) * seconds) + clip_bytes


def check_storage(
    study: Study, seconds: float, clip_bytes: int, destination: Path, free: FreeBytes = free_bytes_at
) -> Iterator[Finding]:
    """`destination` is the folder that will hold the bundle; it need not be there yet. `free` tells its disk's room."""
    existing = next((folder for folder in (destination, *destination.parents) if folder.exists()), Path("/"))
    yield _writable(destination, existing)
    yield _room(study, seconds, clip_bytes, existing, free)


def _writable(destination: Path, existing: Path) -> Finding:
    todo = f"Give this account the right to write there, or choose another folder: {destination}"
    if not existing.is_dir():
        return fail("destination", f"{existing} is a file, not a folder", todo)
    try:
        handle, name = tempfile.mkstemp(prefix=".duchenne-check-", dir=existing)
        try:
            os.write(handle, b"0")
            os.fsync(handle)
        finally:
            os.close(handle)
            Path(name).unlink()
    except OSError as error:
        return fail("destination", f"{existing} cannot be written to ({error.strerror})", todo)
    made = "" if existing == destination else ", which will be made"
    return ok("destination", f"{destination}{made}: can be written to")


def _room(study: Study, seconds: float, clip_bytes: int, existing: Path, free: FreeBytes) -> Finding:
    needed = recording_bytes(study, seconds, clip_bytes)
    try:
        there = free(existing)
    except OSError as error:
        return fail("disk", f"its free space cannot be told ({error.strerror})", f"Look at the disk of {existing}.")
    rate = max(1.0, (needed - clip_bytes) / seconds)
    minutes = max(0.0, there - clip_bytes) / rate / 60
    found = (
        f"{there / _GB:.1f} GB free, enough for {minutes:,.0f} minutes; "
        f"a session of {seconds / 60:.0f} minutes takes about {needed / _GB:.2f} GB"
    )
    if there < needed:
        return fail("disk", found, "Free the disk, or record to another one (--destination).")
    if there < _COMFORTABLE_SESSIONS * needed:
        return warn("disk", found, "Free the disk soon.")
    return ok("disk", found)
