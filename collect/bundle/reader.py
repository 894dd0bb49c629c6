"""Reading a bundle. Sealed ones are read strictly; an unsealed one up to the last whole line of each file."""

import hashlib
import json
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from pathlib import Path
from typing import Any, Literal, TypeVar

from pydantic import BaseModel, TypeAdapter, ValidationError

from collect.bundle import rows
from collect.bundle.errors import BundleError, broken, first_complaint
from collect.bundle.format import (
    CAMERA_FRAMES_FILE,
    FACE_VIDEO_FILE,
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
from collect.bundle.layout import FIRST_FILES, files_of
from collect.bundle.manifest import StimulusManifest, parse_manifest
from collect.bundle.study import Study, parse_study
from collect.bundle.tables import Table, read_table
from collect.bundle.tombstone import refuse_withdrawn
from collect.bundle.trials import Trial, trials_of

Model = TypeVar("Model", bound=BaseModel)
_EVENT: TypeAdapter[JournalEvent] = TypeAdapter(JournalEvent)


@dataclass(frozen=True)
class Bundle:
    """One recorded session. The tables are read from disk when first asked for, as structured numpy arrays."""

    folder: Path
    state: Literal["sealed", "unsealed"]
    header: BundleHeader
    study: Study
    manifest: StimulusManifest
    journal: tuple[JournalEvent, ...]
    #: In the order of their numbers; of a trial that was begun twice, the last time.
    trials: tuple[Trial, ...]
    simulation: SimulationTruth | None
    seal: Seal | None

    @property
    def outcome(self) -> Literal["completed", "stopped by participant", "stopped by experimenter"] | None:
        """How the session ended; None where it never did."""
        return next((event.outcome for event in reversed(self.journal) if event.event == "session_ended"), None)

    @property
    def eye_events_found(self) -> EyeEventsFound | None:
        """That the eye events are no tracker's, but were found in the samples after the session; else None."""
        return next((event for event in reversed(self.journal) if isinstance(event, EyeEventsFound)), None)

    @property
    def parts(self) -> int:
        """How often the session began or was gone on with."""
        return 1 + sum(isinstance(event, SessionResumed) for event in self.journal)

    @property
    def main_trials(self) -> tuple[Trial, ...]:
        """Those that are there to be rated: no practice, baseline, washout or mood repair."""
        return tuple(trial for trial in self.trials if trial.role == "trial")

    @property
    def face_video(self) -> Path | None:
        path = self.folder / FACE_VIDEO_FILE
        return path if path.is_file() else None

    def gaze_samples(self) -> Table:
        """(N,) with the fields GAZE_SAMPLE_COLUMNS: host_ns int64, the rest float64, NaN where missing."""
        return self._samples

    def eye_events(self) -> Table:
        """(N,) with the fields GAZE_EVENT_COLUMNS: kind, eye, source text; *_ns int64; the rest float64."""
        return self._events

    def gaze_messages(self) -> Table:
        """(N,) with the fields GAZE_MESSAGE_COLUMNS: host_ns int64, device_ms float64, text."""
        return self._messages

    def clock_readings(self) -> Table:
        """(N,) with the fields GAZE_CLOCK_COLUMNS: int64, but device_ms float64."""
        return self._clock_readings

    def camera_frames(self) -> Table:
        """(N,) with the fields CAMERA_FRAME_COLUMNS: int64, but pts_ms float64; device_ns -1 where missing."""
        return self._frames

    def flips(self) -> Table:
        """(N,) with the fields FLIP_COLUMNS: int64, but clip_pts_ms float64."""
        return self._flips

    def samples_of(self, trial: Trial) -> Table:
        """The gaze samples of one trial's clip, from its first flip until its end."""
        return self._window(trial, GAZE_SAMPLES_FILE, self._samples, "host_ns", "host_ns")

    def eye_events_of(self, trial: Trial) -> Table:
        """The eye events that overlap with one trial's clip."""
        return self._window(trial, GAZE_EVENTS_FILE, self._events, "start_host_ns", "end_host_ns")

    def messages_of(self, trial: Trial) -> Table:
        """The messages in the tracker's record during one trial's clip."""
        return self._window(trial, GAZE_MESSAGES_FILE, self._messages, "host_ns", "host_ns")

    def camera_frames_of(self, trial: Trial) -> Table:
        """The camera frames of one trial's clip, from its first flip until its end."""
        return self._window(trial, CAMERA_FRAMES_FILE, self._frames, "host_ns", "host_ns")

    def flips_of(self, trial: Trial) -> Table:
        """The clip frames that were shown in one trial."""
        part = self.of_part(trial.part, FLIPS_FILE, self._flips)
        return part[(part["trial"] == trial.number) & (part["flip_ns"] >= trial.started_ns)]

    def _window(self, trial: Trial, name: str, table: Table, start: str, end: str) -> Table:
        """Rows from the clip's start until before its end, of the part of the session that the trial belongs to.

        The end itself is the next trial's where trials follow each other without a pause, as in some imports.
        """
        if trial.clip_started_ns is None or trial.clip_ended_ns is None:
            return table[:0]
        part = self.of_part(trial.part, name, table)
        return part[(part[end] >= trial.clip_started_ns) & (part[start] < trial.clip_ended_ns)]

    def of_part(self, part: int, name: str, table: Table) -> Table:
        """The rows of the file `name`, whole in `table`, that belong between two resumes of the session; from part 0.

        Host times begin anew when the machine is started again, so the same time may stand in a file twice.
        """
        resumes = [event for event in self.journal if isinstance(event, SessionResumed)]
        cuts = [0, *(event.lines.get(name, 0) for event in resumes), len(table)]
        found = self.eye_events_found if name == GAZE_EVENTS_FILE else None
        if found is not None:  # written after the session, those of all parts at once
            ends = list(accumulate(found.lines))
            cuts = [0, *ends, *[len(table)] * (len(cuts) - 1 - len(ends))]
        return table[cuts[part] : cuts[part + 1]]

    @cached_property
    def _samples(self) -> Table:
        return self._table(GAZE_SAMPLES_FILE)

    @cached_property
    def _events(self) -> Table:
        return self._table(GAZE_EVENTS_FILE)

    @cached_property
    def _messages(self) -> Table:
        return self._table(GAZE_MESSAGES_FILE)

    @cached_property
    def _clock_readings(self) -> Table:
        return self._table(GAZE_CLOCK_FILE)

    @cached_property
    def _frames(self) -> Table:
        return self._table(CAMERA_FRAMES_FILE)

    @cached_property
    def _flips(self) -> Table:
        return self._table(FLIPS_FILE)

    def _table(self, name: str) -> Table:
        table = read_table(self.folder, name, sealed=self.state == "sealed")
        table.flags.writeable = False
        return table


def read_bundle(folder: Path) -> Bundle:
    """Read what a bundle says of itself; digests are compared by verify_bundle, not here.

    Raises BundleWithdrawnError where the participant withdrew, BundleBrokenError (names the file, and line or field),
    DocumentError for study and manifest.
    """
    if not folder.is_dir() or folder.is_symlink():
        raise BundleError(f"{folder}: there is no such folder. Give the folder of a recorded session.")
    refuse_withdrawn(folder)
    for name in FIRST_FILES:
        if not (folder / name).is_file() or (folder / name).is_symlink():
            raise broken(folder, name, "missing: this is no bundle", "Give the folder of a recorded session.")
    header = _read_json(folder, HEADER_FILE, BundleHeader)
    study = _read_study(folder, header)
    manifest = parse_manifest((folder / MANIFEST_FILE).read_bytes(), str(folder / MANIFEST_FILE))
    sealed = (folder / SEAL_FILE).exists()
    files = files_of(folder, manifest, sealed=sealed)
    seal = _read_json(folder, SEAL_FILE, Seal) if sealed else None
    if seal is not None:
        _compare_names(folder, seal, set(files))
    truth = _read_json(folder, SIMULATION_FILE, SimulationTruth) if SIMULATION_FILE in files else None
    if (truth is not None) != (header.origin == "simulated"):
        raise broken(folder, HEADER_FILE, f"origin '{header.origin}' and {SIMULATION_FILE} do not go together")
    journal = _read_journal(folder, sealed=sealed)
    trials = trials_of(folder, journal, manifest)
    return Bundle(folder, "sealed" if sealed else "unsealed", header, study, manifest, journal, trials, truth, seal)


def _read_json(folder: Path, name: str, model: type[Model]) -> Model:
    raw = (folder / name).read_bytes()
    try:
        value: Any = json.loads(raw)
    except (ValueError, UnicodeDecodeError) as error:
        raise broken(folder, name, f"this is not JSON ({error})") from None
    for field in ("format", "version"):
        known = model.model_fields[field].default if field in model.model_fields else None
        if known is not None and (not isinstance(value, dict) or value.get(field) != known):
            found = value.get(field) if isinstance(value, dict) else value
            todo = "Update the program if the bundle is newer."
            raise broken(folder, name, f"field '{field}': expected {known!r}, found {found!r}", todo)
    try:
        return model.model_validate_json(raw)
    except ValidationError as error:
        field, complaint = first_complaint(error)
        raise broken(folder, name, f"field '{field}': {complaint}") from None


def _read_study(folder: Path, header: BundleHeader) -> Study:
    raw = (folder / STUDY_FILE).read_bytes()
    if hashlib.sha256(raw).hexdigest() != header.study_sha256:
        raise broken(folder, STUDY_FILE, f"this is not the study of {HEADER_FILE} (field 'study_sha256')")
    return parse_study(raw, str(folder / STUDY_FILE))


def _read_journal(folder: Path, *, sealed: bool) -> tuple[JournalEvent, ...]:
    path = folder / JOURNAL_FILE
    data = path.read_bytes() if path.is_file() else b""
    whole = rows.complete_part(data)
    if sealed and whole != data:
        line = whole.count(b"\n") + 1
        raise broken(folder, f"{JOURNAL_FILE}, line {line}", "the file breaks off in the middle of this line")
    events = []
    for number, text in enumerate(whole.split(b"\n")[:-1], start=1):
        try:
            events.append(_EVENT.validate_json(text))
        except ValidationError as error:
            field, complaint = first_complaint(error)
            raise broken(folder, f"{JOURNAL_FILE}, line {number}", f"field '{field}': {complaint}") from None
    return tuple(events)


def _compare_names(folder: Path, seal: Seal, found: set[str]) -> None:
    for name in sorted(set(seal.files) - found):
        raise broken(folder, name, "sealed in, but missing now")
    for name in sorted(found - set(seal.files)):
        raise broken(folder, name, "came into the bundle after it was sealed", "Move it out of the bundle.")
