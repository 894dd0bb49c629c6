"""Writing a bundle while the session runs: append only, and on disk soon enough to survive a power cut."""

import os
import shutil
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import IO, Self
from uuid import uuid4

from pydantic import BaseModel

from collect.bundle import rows
from collect.bundle.disk import BackgroundSync, files_below, sha256_of, sync_folder, write_whole
from collect.bundle.errors import BundleError, BundleExistsError, BundleSealedError, BundleWriteError, broken
from collect.bundle.format import (
    CAMERA_FRAMES_FILE,
    FLIPS_FILE,
    GAZE_CLOCK_FILE,
    GAZE_EVENTS_FILE,
    GAZE_MESSAGES_FILE,
    GAZE_SAMPLES_FILE,
    HEADER_FILE,
    JOURNAL_FILE,
    MANIFEST_FILE,
    SEAL_FILE,
    SIMULATION_FILE,
    STUDY_FILE,
    BundleHeader,
    EyeEventsFound,
    JournalEvent,
    Seal,
    SessionResumed,
    SimulationTruth,
)
from collect.bundle.layout import CSV_COLUMNS, files_of
from collect.bundle.manifest import StimulusManifest, parse_manifest
from collect.bundle.study import parse_study
from collect.devices.protocols import ClockReading, EyeEvent, Flip, GazeSample

#: The files that grow through this writer; the camera writes its own two.
_GROWING = (JOURNAL_FILE, GAZE_SAMPLES_FILE, GAZE_EVENTS_FILE, GAZE_MESSAGES_FILE, GAZE_CLOCK_FILE, FLIPS_FILE)
_SYNC_EVERY_NS = 1_000_000_000


class BundleWriter:
    """One open bundle. Use as a context manager: leaving it closes the files, and only `seal` seals.

    No method waits for the disk except `flush`, `seal` and `close`. What the others were given survives the death of
    this process at once, and a power cut after a second (a journal line: as soon as the disk takes it). Every method
    raises BundleWriteError when the disk does not take it.
    """

    def __init__(self, folder: Path, manifest: StimulusManifest, now_ns: Callable[[], int]) -> None:
        """Not for callers: use `create` or `reopen`."""
        self.folder = folder
        self._manifest = manifest
        self._now_ns = now_ns
        self._lines = {name: _data_lines(folder / name) for name in CSV_COLUMNS}
        self._files: dict[str, IO[bytes]] = {name: (folder / name).open("ab") for name in _GROWING}
        self._sync = BackgroundSync(list(self._files.values()))
        self._last_sync_ns = now_ns()
        self._closed = False

    @classmethod
    def create(
        cls,
        folder: Path,
        header: BundleHeader,
        study_yaml: bytes,
        manifest: bytes,
        clips: Mapping[str, Path],
        simulation: SimulationTruth | None,
        now_ns: Callable[[], int] = time.monotonic_ns,
    ) -> Self:
        """Make a new bundle at `folder`, which must not exist yet.

        `clips` is clip id to file, for every planned clip that has a file in the manifest; each is copied and its
        digest compared with the manifest's. The folder appears whole or not at all. Raises BundleExistsError,
        BundleError, DocumentError, BundleWriteError.
        """
        if folder.exists() or folder.is_symlink():
            raise BundleExistsError(f"{folder}: exists already. Nothing was written; choose another folder.")
        declared = parse_manifest(manifest, "the stimulus manifest")
        parse_study(study_yaml, "the study")
        if (simulation is not None) != (header.origin == "simulated"):
            raise BundleError(f"{folder}: origin '{header.origin}' and the simulation's truth do not go together.")
        partial = folder.with_name(f".{folder.name}.{uuid4().hex[:8]}.partial")
        try:
            folder.parent.mkdir(parents=True, exist_ok=True)
            for part in ("camera", "gaze", "screen", "stimuli"):
                (partial / part).mkdir(parents=True)
            _copy_clips(partial, declared, header.planned_clips, clips)
            write_whole(partial / MANIFEST_FILE, manifest)
            write_whole(partial / STUDY_FILE, study_yaml)
            if simulation is not None:
                write_whole(partial / SIMULATION_FILE, _json(simulation))
            write_whole(partial / HEADER_FILE, _json(header))
            _begin_growing(partial)
            partial.rename(folder)
            sync_folder(folder.parent)
        except OSError as error:
            raise BundleWriteError(
                f"{folder}: the disk did not take the new recording ({error.strerror}). Nothing was recorded yet, and "
                "nothing is left there; free some space or repair the disk, then start the session again."
            ) from error
        finally:
            shutil.rmtree(partial, ignore_errors=True)
        return cls(folder, declared, now_ns)

    @classmethod
    def reopen(cls, folder: Path, now_ns: Callable[[], int] = time.monotonic_ns) -> Self:
        """Go on with a bundle that was never sealed; half-written last lines are cut off.

        Raises BundleSealedError, BundleBrokenError, BundleWriteError.
        """
        if (folder / SEAL_FILE).exists():
            raise BundleSealedError(f"{folder}: this bundle is sealed and cannot be continued. Start a new session.")
        for name in (HEADER_FILE, STUDY_FILE, MANIFEST_FILE):
            if not (folder / name).is_file():
                raise broken(folder, name, "missing: this is no bundle", "Give the folder of a recorded session.")
        manifest = parse_manifest((folder / MANIFEST_FILE).read_bytes(), str(folder / MANIFEST_FILE))
        files_of(folder, manifest, sealed=False)
        try:
            for name in (*_GROWING, CAMERA_FRAMES_FILE):
                _cut_half_line(folder / name)
            _begin_growing(folder)
            return cls(folder, manifest, now_ns)
        except OSError as error:
            raise _not_taken(folder, error) from error

    def journal(self, event: JournalEvent) -> None:
        """Append one event. A SessionResumed gets the line counts from which the resumed part begins."""
        if isinstance(event, SessionResumed):
            event = event.model_copy(update={"lines": dict(self._lines)})
        self._append(JOURNAL_FILE, event.model_dump_json() + "\n")
        self._start_sync()

    def gaze(self, samples: Iterable[GazeSample], events: Iterable[EyeEvent]) -> None:
        """Append samples and eye events in the order of the devices.protocols tuples; NaN is written as missing."""
        self._append(GAZE_SAMPLES_FILE, "".join(map(rows.sample_line, samples)))
        self._append(GAZE_EVENTS_FILE, "".join(map(rows.event_line, events)))
        self._sync_when_due()

    def eye_events_found(self, source: str, parts: Sequence[Sequence[rows.Event]]) -> None:
        """After the session: put in the eye events that were found in the samples of a tracker that told none.

        source: who found them; parts: the events of each part of the session, which each resume parts. What a search
        that broke off has left is replaced; that the tracker told none is for the caller to know. All of them are on
        disk before the journal says so. Raises BundleWriteError; none of them is in the bundle then.
        """
        text = "".join(rows.event_line(event) for part in parts for event in part)
        path = self.folder / GAZE_EVENTS_FILE
        head = len(rows.header_line(CSV_COLUMNS[GAZE_EVENTS_FILE]))
        self._guard(lambda: _put_behind(path, head, text.encode("utf-8")))
        self._lines[GAZE_EVENTS_FILE] = text.count("\n")
        lines = tuple(len(part) for part in parts)
        try:
            self.journal(EyeEventsFound(t_ns=self._now_ns(), source=source, lines=lines))
        except BundleWriteError:
            self._guard(lambda: os.truncate(path, head))
            raise

    def gaze_message(self, host_ns: int, device_ms: float, text: str) -> None:
        """Append one message of the tracker's own record; line breaks in it become spaces."""
        self._append(GAZE_MESSAGES_FILE, rows.message_line(host_ns, device_ms, text))
        self._sync_when_due()

    def clock_readings(self, readings: Iterable[ClockReading]) -> None:
        """Append readings of the tracker's clock against the host's."""
        self._append(GAZE_CLOCK_FILE, "".join(rows.clock_line(*reading) for reading in readings))
        self._sync_when_due()

    def flip(self, trial: int, flip: Flip) -> None:
        """Append one clip frame that was truly shown."""
        self._append(FLIPS_FILE, rows.flip_line(trial, flip.frame, flip.clip_pts_ms, flip.flip_ns))
        self._sync_when_due()

    def flush(self) -> None:
        """Return when everything given so far is on disk. Waits for the disk: not for use while a clip plays."""
        self._guard(self._sync.wait)
        self._last_sync_ns = self._now_ns()

    def seal(self) -> None:
        """End the bundle: digest every file, write seal.json last, close. The camera must have closed its files.

        Raises BundleBrokenError for a file that does not belong into a bundle, BundleWriteError.
        """
        self.flush()
        self.close()
        files = files_of(self.folder, self._manifest, sealed=False)
        try:
            _delete_half_written(self.folder)
            digests = {name: _digest_on_disk(path) for name, path in files.items()}
            seal = Seal(files=digests, sealed_utc=datetime.now(UTC).isoformat(timespec="seconds"))
            write_whole(self.folder / SEAL_FILE, _json(seal))
        except OSError as error:
            raise _not_taken(self.folder, error) from error

    def close(self) -> None:
        """Close the files without sealing; they are on disk afterwards. May be called twice."""
        if self._closed:
            return
        self._closed = True
        files = list(self._files.values())
        first: BundleWriteError | None = None
        # Every file is closed, also when the disk has refused one of them.
        for action in (*(file.flush for file in files), self._sync.wait, self._sync.close, *(f.close for f in files)):
            try:
                self._guard(action)
            except BundleWriteError as error:
                first = first or error
        if first is not None:
            raise first

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _append(self, name: str, text: str) -> None:
        if self._closed:
            raise BundleSealedError(f"{self.folder}: this bundle is closed. Reopen it to go on.")
        if text:
            self._guard(lambda: self._hand_over(self._files[name], text.encode("utf-8", "backslashreplace")))

    @staticmethod
    def _hand_over(file: IO[bytes], data: bytes) -> None:
        """To the system at once: what it holds survives our death, though not yet a power cut."""
        file.write(data)
        file.flush()

    def _sync_when_due(self) -> None:
        if self._now_ns() - self._last_sync_ns >= _SYNC_EVERY_NS:
            self._start_sync()

    def _start_sync(self) -> None:
        self._guard(self._sync.request)
        self._last_sync_ns = self._now_ns()

    def _guard(self, action: Callable[[], object]) -> None:
        try:
            action()
        except OSError as error:
            raise _not_taken(self.folder, error) from error


def _json(model: BaseModel) -> bytes:
    return (model.model_dump_json(indent=2) + "\n").encode("utf-8")


def _not_taken(folder: Path, error: OSError) -> BundleWriteError:
    return BundleWriteError(
        f"{folder}: the disk did not take the recording ({error.strerror}). What was written before is kept; "
        "free some space or repair the disk, then resume the session."
    )


def _copy_clips(partial: Path, manifest: StimulusManifest, planned: tuple[str, ...], clips: Mapping[str, Path]) -> None:
    for clip_id in dict.fromkeys((*planned, *clips)):
        clip = manifest.clip(clip_id)
        if clip is None:
            raise BundleError(f"The stimulus manifest has no clip '{clip_id}', which the session plans to show.")
        if clip.file is None:
            continue
        if clip_id not in clips:
            raise BundleError(f"The file of clip '{clip_id}' was not given, but the session plans to show it.")
        target = partial / "stimuli" / clip.file
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(clips[clip_id], target)
        if _digest_on_disk(target) != clip.sha256:
            raise BundleError(
                f"{clips[clip_id]}: this is not the file that the manifest's clip '{clip_id}' was declared with "
                "(field 'sha256'). Restore the file, or correct the manifest with the file's own digest."
            )
        if clip.luminance is not None:
            _copy_luminance(
                partial, clip.luminance, clip.luminance_sha256, clips[clip_id].parents[clip.file.count("/")]
            )


def _copy_luminance(partial: Path, name: str, sha256: str | None, manifest_folder: Path) -> None:
    source, target = manifest_folder / name, partial / "stimuli" / name
    if not source.is_file():
        raise BundleError(f"{source}: missing. Measure the stimulus set again: duchenne stimuli measure")
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)
    if _digest_on_disk(target) != sha256:
        raise BundleError(
            f"{source}: this is not the luminance time line that the manifest was written with (field "
            "'luminance_sha256'). Measure the stimulus set again: duchenne stimuli measure"
        )


def _begin_growing(folder: Path) -> None:
    """Give every CSV file of this writer its line of column names, and make the journal."""
    for name in _GROWING:
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        if not path.exists() or path.stat().st_size == 0:
            write_whole(path, rows.header_line(CSV_COLUMNS[name]).encode() if name in CSV_COLUMNS else b"")


def _delete_half_written(folder: Path) -> None:
    """What was being written when the power went: under the seal it would be a file that nobody sealed in."""
    for name, path in files_below(folder):
        if name.endswith(".partial"):
            path.unlink()


def _cut_half_line(path: Path) -> None:
    if path.is_file():
        whole = len(rows.complete_part(path.read_bytes()))
        if whole != path.stat().st_size:
            os.truncate(path, whole)


def _put_behind(path: Path, head: int, data: bytes) -> None:
    """The file's first `head` bytes and `data`, or else these bytes alone. Who appends to it is not disturbed."""
    with path.open("rb+", buffering=0) as file:
        file.truncate(head)
        try:
            file.seek(head)
            left = memoryview(data)
            while left:
                left = left[file.write(left) :]
            os.fsync(file.fileno())
        except OSError:
            file.truncate(head)
            raise


def _data_lines(path: Path) -> int:
    """Lines without the line of column names; 0 for a file that is not there."""
    if not path.is_file():
        return 0
    with path.open("rb") as file:
        return max(0, sum(block.count(b"\n") for block in iter(lambda: file.read(1 << 20), b"")) - 1)


def _digest_on_disk(path: Path) -> str:
    """The digest of a file whose bytes are on the disk, not only on their way to it."""
    with path.open("rb+") as file:
        os.fsync(file.fileno())
    return sha256_of(path)
