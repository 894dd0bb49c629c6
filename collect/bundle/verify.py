"""Is a bundle whole? Every digest, every table, the video against its list of frames, said in words."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from collect.bundle.disk import sha256_of
from collect.bundle.errors import BundleError, BundleWithdrawnError
from collect.bundle.format import CAMERA_FRAMES_FILE, FACE_VIDEO_FILE, JOURNAL_FILE, SEAL_FILE
from collect.bundle.layout import CSV_COLUMNS
from collect.bundle.reader import Bundle, read_bundle
from collect.bundle.rows import complete_part
from collect.bundle.tombstone import left_behind
from collect.errors import CollectError


@dataclass(frozen=True)
class VerifyReport:
    """What was found. `ok`: a sealed bundle without a problem, an unsealed one that can be read, or a withdrawn one
    of which nothing but the tombstone is left.

    `problems` says what is wrong; `notes` what is worth knowing but no fault, such as where a recording was cut off.
    """

    folder: Path
    state: Literal["sealed", "unsealed", "withdrawn", "unreadable"]
    files_checked: int
    trials: int
    trials_valid: int
    trials_planned: int
    problems: tuple[str, ...]
    notes: tuple[str, ...]

    @property
    def ok(self) -> bool:
        return not self.problems


def verify_bundle(folder: Path, progress: Callable[[int, int], None] | None = None) -> VerifyReport:
    """Check a bundle. Never raises for a bad bundle: what is wrong stands in `problems`.

    Sealed: every digest, no file missing or added, every table readable to its last line, as many frames in the video
    as in its list. Unsealed: the same without digests, and up to where each file can be read. `progress` counts files.
    """
    try:
        bundle = read_bundle(folder)
    except BundleWithdrawnError as error:
        left = left_behind(folder)
        problems = [f"{error} Left behind: {', '.join(left)}."] if left else []
        return VerifyReport(folder, "withdrawn", 1, 0, 0, 0, tuple(problems), (str(error),) if not left else ())
    except CollectError as error:
        return VerifyReport(folder, "unreadable", 0, 0, 0, 0, (str(error),), ())
    except OSError as error:
        return VerifyReport(folder, "unreadable", 0, 0, 0, 0, (f"{folder}: cannot be read ({error.strerror}).",), ())
    problems = []
    notes: list[str] = []
    checked = 0
    if bundle.seal is not None:
        checked = _compare_digests(bundle, problems, progress)
    else:
        notes.append(f"The bundle has no {SEAL_FILE}: the session was cut off before its end and counts as aborted.")
        checked = _find_cuts(bundle, notes)
    _read_tables(bundle, problems)
    _compare_video(bundle, problems, notes)
    return VerifyReport(
        folder,
        bundle.state,
        checked,
        len(bundle.trials),
        sum(trial.valid for trial in bundle.trials),
        len(bundle.header.planned_clips),
        tuple(problems),
        tuple(notes),
    )


def _compare_digests(bundle: Bundle, problems: list[str], progress: Callable[[int, int], None] | None) -> int:
    assert bundle.seal is not None, "only sealed bundles have digests"
    for done, (name, digest) in enumerate(bundle.seal.files.items(), start=1):
        if sha256_of(bundle.folder / name) != digest:
            problems.append(
                f"{bundle.folder / name}: changed since the bundle was sealed (its SHA-256 is another). "
                "Ask for an intact copy of the bundle."
            )
        if progress is not None:
            progress(done, len(bundle.seal.files))
    return len(bundle.seal.files)


def _find_cuts(bundle: Bundle, notes: list[str]) -> int:
    checked = 0
    for name in (JOURNAL_FILE, *CSV_COLUMNS):
        path = bundle.folder / name
        if not path.is_file():
            notes.append(f"{name}: was never begun.")
            continue
        data = path.read_bytes()
        whole = complete_part(data)
        checked += 1
        if whole != data:
            notes.append(f"{name}: breaks off in line {whole.count(bytes([10])) + 1}; all lines before it are kept.")
    if bundle.trials:
        last = bundle.trials[-1]
        broken_off = f" and stops within trial {last.number}" if last.ended_ns is None else ""
        notes.append(
            f"The journal holds {len(bundle.trials)} of {len(bundle.header.planned_clips)} trials{broken_off}."
        )
    return checked


def _read_tables(bundle: Bundle, problems: list[str]) -> None:
    tables = (bundle.gaze_samples, bundle.eye_events, bundle.gaze_messages, bundle.clock_readings, bundle.camera_frames,
              bundle.flips)  # fmt: skip
    for table in tables:
        try:
            table()
        except BundleError as error:
            problems.append(str(error))


def _compare_video(bundle: Bundle, problems: list[str], notes: list[str]) -> None:
    """A sealed video has as many frames as its list; after a power cut one of the two may be some frames ahead."""
    video, listed = bundle.face_video, bundle.folder / CAMERA_FRAMES_FILE
    if video is None and not listed.is_file():
        notes.append("No face was recorded.")
        return
    if video is None:
        problems.append(f"{bundle.folder / FACE_VIDEO_FILE}: missing, but {CAMERA_FRAMES_FILE} lists its frames.")
        return
    try:
        lines = len(bundle.camera_frames())
    except BundleError:
        return  # told already
    frames, complaint = _count_frames(video)
    if complaint is not None:
        (problems if bundle.state == "sealed" else notes).append(complaint)
    elif frames is None:
        notes.append("The video's frames were not counted: PyAV is not installed (pip install av).")
    elif frames != lines:
        text = f"{video}: holds {frames} frames, but {CAMERA_FRAMES_FILE} lists {lines}."
        (problems if bundle.state == "sealed" else notes).append(text)


def _count_frames(video: Path) -> tuple[int | None, str | None]:
    """The number of frames in the file, without decoding them, or what is wrong with it."""
    try:
        import av  # heavy, and not everyone who reads bundles has it
    except ImportError:
        return None, None
    try:
        with av.open(str(video)) as container:
            stream = container.streams.video[0]
            return sum(packet.size > 0 for packet in container.demux(stream)), None
    except (av.FFmpegError, IndexError) as error:
        return None, f"{video}: cannot be read as a video ({error})."
