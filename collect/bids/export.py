"""Writing sealed sessions as a BIDS data set, or adding them to one that was written here before."""

import os
import shutil
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from itertools import groupby
from pathlib import Path
from uuid import uuid4

from collect.bids.description import (
    PARTICIPANT_COLUMNS,
    SESSION_COLUMNS,
    dataset_description,
    participant_row,
    participants_sidecar,
    readme,
    session_row,
    sessions_sidecar,
)
from collect.bids.errors import BidsFolderError
from collect.bids.existing import DESCRIPTION, PARTICIPANTS, existing_dataset
from collect.bids.face_files import NEEDED_SCOPE, may_be_passed_on
from collect.bids.gaze_files import geometry_known
from collect.bids.session_files import write_session, write_sidecar
from collect.bids.sessions import BidsSession, open_sessions
from collect.bids.stimulus_files import CLIP_COLUMNS, CLIPS_TABLE, clip_rows, clips_sidecar, copy_stimuli, shown_clips
from collect.bids.tables import Row, with_rows
from collect.bundle.disk import files_below, sync_folder

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class BidsDataset:
    """What was written. `sessions`: their folders below the data set's; `notes`: worth knowing, no fault."""

    folder: Path
    sessions: tuple[str, ...]
    added: bool
    notes: tuple[str, ...]


def write_bids(
    folder: Path,
    bundles: Sequence[Path],
    *,
    clips: bool = False,
    faces: bool = False,
    authors: Sequence[str] = (),
    licence: str | None = None,
    institution: str | None = None,
    screen_width_cm: float | None = None,
    distance_cm: float | None = None,
    progress: Progress | None = None,
) -> BidsDataset:
    """Write sealed bundles of one study as a BIDS 1.11 data set at `folder`, or add them to one that is there.

    clips: copy the film clips, too. faces: copy the face videos of those who agreed to publication. authors, licence:
    for the description of a new data set. institution: where the sessions were recorded. screen_width_cm, distance_cm:
    for recordings that do not say. `progress` counts bundles, each twice: once read, once written.

    A new data set appears whole or not at all; sessions are added one whole session after the other. Raises BidsError
    and BundleError before anything is written, BidsFolderError where the disk does not take it.
    """
    steps = 2 * len(bundles)
    done = 0

    def tell(_: object = None) -> None:
        nonlocal done
        done += 1
        if progress is not None:
            progress(done, steps)

    existing = existing_dataset(folder)
    sessions = open_sessions(bundles, screen_width_cm=screen_width_cm, distance_cm=distance_cm, progress=tell)
    shown = shown_clips(sessions)
    if existing is not None:
        existing.refuse_what_does_not_fit(sessions, {name: clip for name, (clip, _) in shown.items()})
    partial = folder.with_name(f".{folder.name}.{uuid4().hex[:8]}.partial")
    try:
        partial.mkdir(parents=True)
        if existing is None:
            write_sidecar(partial / DESCRIPTION, dataset_description(sessions[0], authors, licence, _version()))
            (partial / "README.md").write_bytes(readme(sessions[0]))
        _write_tables(partial, folder, sessions)
        _write_table(partial, folder, CLIPS_TABLE, CLIP_COLUMNS, "clip", clip_rows(shown))
        write_sidecar(partial / "stimuli/clips.json", clips_sidecar())
        copy_stimuli(partial, shown, with_clips=clips)
        for session in sessions:
            write_session(partial, session, institution, with_clips=clips, with_face=faces and _face_goes(session))
            tell()
        _to_disk(partial)
        if existing is None:
            if folder.exists():
                folder.rmdir()  # it is empty, or it would have been refused
            partial.rename(folder)
        else:
            _move_into(folder, partial, sessions)
        sync_folder(folder.parent)
    except OSError as error:
        raise BidsFolderError(
            f"{folder}: cannot be written ({error.strerror}). Free some space or choose another folder."
        ) from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    notes = _notes(sessions, faces=faces)
    return BidsDataset(folder, tuple(session.folder for session in sessions), existing is not None, notes)


def _write_tables(partial: Path, folder: Path, sessions: Sequence[BidsSession]) -> None:
    """Participants, and each participant's sessions; sessions come ordered by participant."""
    people = {session.subject: participant_row(session) for session in sessions}
    _write_table(partial, folder, PARTICIPANTS, PARTICIPANT_COLUMNS, "participant_id", people.values())
    write_sidecar(partial / "participants.json", participants_sidecar())
    for subject, theirs in groupby(sessions, key=lambda session: session.subject):
        rows = [session_row(session) for session in theirs]
        _write_table(partial, folder, f"{subject}/{subject}_sessions.tsv", SESSION_COLUMNS, "session_id", rows)
        write_sidecar(partial / f"{subject}/{subject}_sessions.json", sessions_sidecar())


def _write_table(partial: Path, folder: Path, name: str, columns: Sequence[str], key: str, rows: Iterable[Row]) -> None:
    path = partial / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(with_rows(folder / name, columns, key, rows))


def _face_goes(session: BidsSession) -> bool:
    return may_be_passed_on(session) and session.bundle.face_video is not None


def _notes(sessions: Sequence[BidsSession], *, faces: bool) -> tuple[str, ...]:
    notes = [
        f"{session.folder}: the recording does not say how large the screen was and how far away, so its gaze is "
        "declared in a coordinate system of its own. If you know both, export anew with --screen-width-cm and "
        "--distance-cm."
        for session in sessions
        if not geometry_known(session.header.screen)
    ]
    if faces:
        notes += [
            f"{session.folder}: no face video, for the participant did not agree to '{NEEDED_SCOPE}'."
            if not may_be_passed_on(session)
            else f"{session.folder}: the recording has no face video."
            for session in sessions
            if not _face_goes(session)
        ]
    return tuple(notes)


def _to_disk(folder: Path) -> None:
    for _, path in files_below(folder):
        with path.open("rb+") as file:
            os.fsync(file.fileno())


def _move_into(folder: Path, partial: Path, sessions: Sequence[BidsSession]) -> None:
    """Tables and stimuli first: a data set may name more participants than it holds, but not fewer."""
    folders = tuple(f"{session.folder}/" for session in sessions)
    for name, path in list(files_below(partial)):
        if not name.startswith(folders):
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            path.replace(target)
    for session in sessions:
        (partial / session.folder).rename(folder / session.folder)
        sync_folder((folder / session.folder).parent)


def _version() -> str:
    try:
        return version("duchenne")
    except PackageNotFoundError:
        return "unknown"
