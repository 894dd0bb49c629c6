"""What a backup is on disk, version 1: a folder that any Duchenne of the same or a later revision can restore.

    backup.json                         what is in it, with the SHA-256 of every file; written last
    database/<table>.jsonl.gz           rows: first the columns, then one row a line
    media/ab/abcdef….bin                the media that the rows and the snapshots name
    <name>/…                            folders as they were: snapshots, models, predictions

Rows and not a copy of the database's own file: one way for SQLite and PostgreSQL, so that a backup of one can be
restored into the other, and so that nothing has to be installed beside the server. All rows are of one moment.
"""

import os
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from annotate.media_store import file_sha256
from server.backup.errors import BackupDamagedError

MANIFEST_FILE = "backup.json"
DATABASE_FOLDER = "database"
MEDIA_FOLDER = "media"
Digest = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class BackedUpFile(_Strict):
    bytes: Annotated[int, Field(ge=0)]
    sha256: Digest


class BackupManifest(_Strict):
    """`revision` is the database's; `tables` counts rows; `files` are all but the manifest, by path with '/'."""

    format: Literal["duchenne-backup"] = "duchenne-backup"
    version: Literal[1] = 1
    made_utc: str
    software: dict[str, str]
    database: Literal["sqlite", "postgresql"]
    revision: str
    #: Number and digest of the last entry of the audit log.
    audit_head: str
    tables: dict[str, Annotated[int, Field(ge=0)]]
    files: dict[str, BackedUpFile]

    @property
    def media(self) -> set[str]:
        """Digests of the media in the backup."""
        return {Path(name).stem for name in self.files if name.startswith(f"{MEDIA_FOLDER}/")}


def read_manifest(backup: Path) -> BackupManifest:
    """Raises BackupDamagedError."""
    path = backup / MANIFEST_FILE
    try:
        return BackupManifest.model_validate_json(path.read_bytes())
    except OSError as error:
        raise BackupDamagedError(
            f"{path}: cannot be read ({error.strerror}), so {backup} is no backup, or one that was broken off; give "
            "the folder that `duchenne backup` made"
        ) from None
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(map(str, first["loc"]))
        raise BackupDamagedError(
            f"{path}, field {field}: {first['msg']}; expected a duchenne-backup of version 1. Give another backup, or "
            "update the program"
        ) from None


def media_path(sha256: str) -> str:
    return f"{MEDIA_FOLDER}/{sha256[:2]}/{sha256}.bin"


def file_entry(path: Path) -> BackedUpFile:
    return BackedUpFile(bytes=path.stat().st_size, sha256=file_sha256(path))


def files_below(folder: Path) -> list[tuple[str, Path]]:
    """Plain files by path with '/', in order; what is hidden or unfinished is left out, and no link is followed."""
    found = []
    for place, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            path = Path(place, name)
            if not name.startswith(".") and path.is_file() and not path.is_symlink():
                found.append((path.relative_to(folder).as_posix(), path))
    return found
