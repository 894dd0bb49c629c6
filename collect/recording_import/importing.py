"""Bring a recording from elsewhere into a bundle: a tracker's file, a face video, and a table of trials."""

import hashlib
import shutil
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal, get_args
from uuid import uuid4

import numpy as np
from pydantic import TypeAdapter, ValidationError

from collect.bundle.errors import BundleExistsError
from collect.bundle.format import (
    BundleHeader,
    Consent,
    ConsentScope,
    Identifier,
    Pseudonym,
    ScreenInfo,
    TrackerInfo,
)
from collect.bundle.tables import Table
from collect.bundle.writer import BundleWriter
from collect.devices.protocols import EyeEvent
from collect.gaze.errors import NoEventsError
from collect.gaze.events.of_samples import events_of_samples, source_of
from collect.gaze.read import read_gaze
from collect.gaze.recording import GazeFormat, GazeRecording, Pupil
from collect.recording_import.errors import ImportFailedError
from collect.recording_import.face_excerpts import look_at, write_excerpts
from collect.recording_import.gaze_rows import eye_events, gaze_samples, host_ns, sample_table
from collect.recording_import.generated import consent_text, manifest_yaml, study_yaml
from collect.recording_import.imported_journal import journal_of, span_ns
from collect.recording_import.trial_table import ImportTrial, read_trial_table
from collect.stimuli.manifest import load_manifest

#: The name that the tracker's own file gets, behind 'original'.
_SUFFIXES: dict[GazeFormat, str] = {
    "eyelink-asc": "asc",
    "eyelink-edf": "edf",
    "tobii-tsv": "tsv",
    "tobii-xlsx": "xlsx",
    "tobii-studio": "txt",
}
_PUPIL_UNITS: dict[Pupil | None, Literal["arbitrary area", "arbitrary diameter", "mm"]] = {
    "AREA": "arbitrary area",
    "DIAMETER": "arbitrary diameter",
    "MM": "mm",
    None: "arbitrary area",
}


def import_recording(
    gaze_file: Path,
    face_video: Path,
    trials: Path,
    destination: Path,
    *,
    participant: str,
    study_id: str,
    consent_scopes: Sequence[str],
    stimuli: Path | None = None,
    session: int = 1,
    screen_px: tuple[int, int] | None = None,
    screen_cm: float | None = None,
    distance_cm: float | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Path:
    """Make a sealed bundle of origin 'imported' at `destination`, which must not exist; returns it.

    `trials` is a table as TRIAL_TABLE_COLUMNS describes. `consent_scopes` is what the participant has agreed to, as the
    importer states it. `stimuli` is a stimulus folder with the clips that the table names; without it the clips are
    known by their ids, and by the table's `clip_file` where that is given. `gaze_file` is whatever read_gaze can read.
    `screen_px` is needed only where that file does not say it; `screen_cm` is the screen's width and `distance_cm` that
    of the eyes, which files do not say. `progress` counts the trials whose face has been written.

    All samples, eye events and messages of the tracker's file are kept, and the file itself. Where it has no eye
    events, they are found in the samples; the journal says so. The folder appears whole or not at all. Raises
    ImportFailedError, GazeFileError, GazeReaderMissingError, DocumentError, BundleError.
    """
    if destination.exists() or destination.is_symlink():
        raise BundleExistsError(f"{destination}: exists already. Nothing was written; choose another folder.")
    _check_names(participant, study_id, consent_scopes)
    table = read_trial_table(trials)
    recording = read_gaze(gaze_file)
    _check_times(gaze_file, trials, recording, table)
    face = look_at(face_video)
    screen = _screen(gaze_file, recording, screen_px, screen_cm, distance_cm)
    tracker = _tracker(gaze_file, recording)
    samples = sample_table(recording)
    events, notes = _events(recording, samples, screen, tracker)
    agreed = tuple(scope for scope in get_args(ConsentScope) if scope in consent_scopes)
    study = study_yaml(study_id, agreed, screen, tracker, face)
    manifest, clips = _stimuli(stimuli, study_id, trials, table)
    now = datetime.now(UTC).isoformat(timespec="seconds")
    header = BundleHeader(
        bundle_id=uuid4().hex,
        origin="imported",
        study_id=study_id,
        study_sha256=hashlib.sha256(study).hexdigest(),
        participant=participant,
        session=session,
        created_utc=now,
        created_ns=span_ns(recording)[0],
        screen=screen,
        tracker=tracker,
        camera=face.info,
        consent=Consent(
            scopes=agreed, text_sha256=hashlib.sha256(consent_text(agreed).encode()).hexdigest(), given_utc=now
        ),
        planned_clips=tuple(trial.clip for trial in table),
        software={},
    )
    partial = destination.with_name(f".{destination.name}.{uuid4().hex[:8]}.partial")
    try:
        with BundleWriter.create(partial, header, study, manifest, clips, None) as writer:
            shutil.copyfile(gaze_file, partial / f"gaze/original.{_SUFFIXES[recording.format]}")
            writer.gaze(gaze_samples(samples), events)
            for message in recording.messages:
                writer.gaze_message(host_ns(message.time_ms), message.time_ms, message.text)
            covered = write_excerpts(partial, face, table, progress)
            for event in journal_of(recording, table, covered, notes):
                writer.journal(event)
            writer.seal()
        partial.rename(destination)
    except OSError as error:
        raise ImportFailedError(f"{destination}: cannot be written ({error.strerror}). Free some space.") from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return destination


def _check_names(participant: str, study_id: str, scopes: Sequence[str]) -> None:
    for what, value, kind in (("participant", participant, Pseudonym), ("study", study_id, Identifier)):
        try:
            TypeAdapter(kind).validate_python(value)
        except ValidationError:
            raise ImportFailedError(
                f"'{value}' cannot name the {what}: use letters, digits, '-' and '_', and a letter or digit first. "
                "A participant has a pseudonym, never a name."
            ) from None
    known = get_args(ConsentScope)
    for scope in scopes:
        if scope not in known:
            raise ImportFailedError(f"'{scope}' is no scope of consent. The scopes are: {', '.join(known)}.")
    if "recording" not in scopes:
        raise ImportFailedError(
            "The participant's consent must cover 'recording', or the recording may not be kept. "
            "State what the participant has agreed to."
        )


def _check_times(gaze_file: Path, path: Path, recording: GazeRecording, table: tuple[ImportTrial, ...]) -> None:
    times = recording.samples.time_ms
    if not len(times):
        raise ImportFailedError(
            f"{gaze_file}: there are no samples in this file, so there is no gaze to import. "
            "Convert or export it again, with samples."
        )
    for trial in table:
        if not ((times >= trial.start_ms) & (times <= trial.end_ms)).any():
            raise ImportFailedError(
                f"{path}, trial {trial.trial}: {gaze_file} has no gaze sample between {trial.start_ms:.10g} and "
                f"{trial.end_ms:.10g} ms; its samples go from {times.min():.10g} to {times.max():.10g} ms. "
                "Write start_ms and end_ms in the tracker's time, as the MSG lines of the file have it."
            )


def _screen(
    gaze_file: Path,
    recording: GazeRecording,
    screen_px: tuple[int, int] | None,
    width_cm: float | None,
    distance_cm: float | None,
) -> ScreenInfo:
    size = screen_px or recording.header.screen_px
    if size is None or min(size) <= 0:
        raise ImportFailedError(
            f"{gaze_file}: the file does not say how large the screen was (in an ASC file: a message GAZE_COORDS). "
            "State it: --screen-px WIDTH HEIGHT."
        )
    return ScreenInfo(width_px=size[0], height_px=size[1], width_cm=width_cm, distance_cm=distance_cm)


def _tracker(gaze_file: Path, recording: GazeRecording) -> TrackerInfo:
    header = recording.header
    if header.coordinates != "GAZE":
        again = "Convert the EDF file again with -sg" if recording.format == "eyelink-asc" else "Export DACS px"
        raise ImportFailedError(
            f"{gaze_file}: the samples are {header.coordinates}, not positions on the screen in pixels. {again}."
        )
    rate = header.rate_hz
    if rate is None:
        steps = np.diff(recording.samples.time_ms)
        rate = 1000.0 / float(np.median(steps)) if len(steps) else 1000.0
    return TrackerInfo(
        kind=recording.format,
        model=header.model or "EyeLink",
        rate_hz=rate,
        eyes=header.eyes,
        pupil_unit=_PUPIL_UNITS[header.pupil],
        simulated=False,
    )


def _events(
    recording: GazeRecording, samples: Table, screen: ScreenInfo, tracker: TrackerInfo
) -> tuple[list[EyeEvent], list[str]]:
    """The file's own eye events, or else those found in its samples; and what the journal should say of that."""
    if recording.has_events:
        return eye_events(recording), []
    try:
        rows = events_of_samples(samples, screen, tracker.rate_hz)
    except NoEventsError as error:
        return [], [f"The tracker's file has no eye events. {error}"]
    note = f"The tracker's file has no eye events. {len(rows)} were found in its samples by {source_of(screen)}."
    return [EyeEvent(*row) for row in rows], [note]  # type: ignore[arg-type]  # kinds and eyes are the format's


def _stimuli(
    stimuli: Path | None, study_id: str, path: Path, table: tuple[ImportTrial, ...]
) -> tuple[bytes, dict[str, Path]]:
    """The manifest's text, and the files of the clips that the trials showed."""
    if stimuli is None:
        return manifest_yaml(study_id, path, table)
    loaded = load_manifest(stimuli)
    files: dict[str, Path] = {}
    for trial in table:
        clip = loaded.manifest.clip(trial.clip)
        if clip is None:
            raise ImportFailedError(f"{path}, trial {trial.trial}: {loaded.path} has no clip '{trial.clip}'.")
        if trial.clip_file is not None or trial.emotion not in (None, clip.emotion):
            raise ImportFailedError(
                f"{path}, trial {trial.trial}: 'emotion' and 'clip_file' come from {loaded.path}. "
                "Leave these columns empty, or import without a stimulus folder."
            )
        file = loaded.clip_file(clip)
        if file is not None:
            files[clip.id] = file
    return loaded.raw, files
