"""What is left of a session whose participant withdrew: who, when, and not a single datum."""

import contextlib
import os
import shutil
from datetime import datetime
from pathlib import Path

from pydantic import ValidationError

from collect.bundle.disk import sync_folder
from collect.bundle.errors import BundleError, BundleWithdrawnError, broken, first_complaint
from collect.bundle.format import HEADER_FILE, TOMBSTONE_FILE, BundleHeader, Tombstone
from collect.bundle.layout import files_beside


def read_tombstone(folder: Path) -> Tombstone | None:
    """The tombstone in this folder; None where nobody withdrew. Raises BundleBrokenError."""
    path = folder / TOMBSTONE_FILE
    if path.is_symlink() or not path.is_file():
        return None
    try:
        return Tombstone.model_validate_json(path.read_bytes())
    except ValidationError as error:
        field, complaint = first_complaint(error)
        raise broken(folder, TOMBSTONE_FILE, f"field '{field}': {complaint}") from None


def left_behind(folder: Path) -> tuple[str, ...]:
    """What still lies beside the tombstone because the deletion was interrupted; usually nothing."""
    return tuple(sorted(path.name for path in folder.iterdir() if path.name != TOMBSTONE_FILE))


def refuse_withdrawn(folder: Path) -> None:
    """Raises BundleWithdrawnError, in words, where the participant withdrew."""
    tombstone = read_tombstone(folder)
    if tombstone is None:
        return
    todo = "Nothing can be read or resumed here."
    if left_behind(folder):
        todo = f"Its deletion was interrupted; finish it: duchenne collect withdraw {folder}"
    raise BundleWithdrawnError(
        f"{folder}: {tombstone.participant} withdrew this session on {tombstone.withdrawn_utc}, and its data were "
        f"deleted. {todo}"
    )


def header_of(folder: Path) -> BundleHeader:
    """Whose session it is, read without looking at anything else. Raises BundleError."""
    path = folder / HEADER_FILE
    if folder.is_symlink() or not folder.is_dir() or path.is_symlink() or not path.is_file():
        raise BundleError(f"{folder}: this is no recorded session. Give the folder of one.")
    try:
        return BundleHeader.model_validate_json(path.read_bytes())
    except ValidationError as error:
        field, complaint = first_complaint(error)
        raise broken(folder, HEADER_FILE, f"field '{field}': {complaint}") from None


def withdraw(folder: Path, utc: datetime) -> Tombstone:
    """Delete a session's data for good and leave a tombstone; a deletion that was interrupted is finished.

    The reports and the tracker's recording beside the bundle are deleted with it, since they show its gaze.

    The tombstone is on the disk before the first file goes: whatever happens in between, nobody can take what is left
    for a recording. Returns the tombstone, of the first call where there were several. Raises BundleError.
    """
    folder = folder.absolute()  # '.' has no name, and so nothing beside it
    tombstone = None if folder.is_symlink() else read_tombstone(folder)
    if tombstone is None:
        header = header_of(folder)
        tombstone = Tombstone(
            bundle_id=header.bundle_id, origin=header.origin, study_id=header.study_id, participant=header.participant,
            session=header.session, withdrawn_utc=utc.isoformat(timespec="seconds"),
        )  # fmt: skip
    try:
        if not (folder / TOMBSTONE_FILE).exists():
            _place(folder, tombstone)
        _delete_all_but_the_tombstone(folder)
        for path in files_beside(folder):
            path.unlink(missing_ok=True)
    except OSError as error:
        raise BundleError(
            f"{error.filename or folder}: could not be deleted ({error.strerror}). The session counts as withdrawn as "
            f"soon as {TOMBSTONE_FILE} is there; mend this and finish it: duchenne collect withdraw {folder}"
        ) from error
    return tombstone


def _place(folder: Path, tombstone: Tombstone) -> None:
    """Written beside the folder first: a half-written tombstone must not spoil a sealed bundle."""
    partial = folder.with_name(f".{folder.name}.tombstone.partial")
    with partial.open("wb") as file:
        file.write((tombstone.model_dump_json(indent=2) + "\n").encode("utf-8"))
        file.flush()
        os.fsync(file.fileno())
    partial.replace(folder / TOMBSTONE_FILE)
    sync_folder(folder)
    sync_folder(folder.parent)


def _delete_all_but_the_tombstone(folder: Path) -> None:
    for name in left_behind(folder):
        path = folder / name
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            with contextlib.suppress(FileNotFoundError):
                path.unlink()
    sync_folder(folder)
