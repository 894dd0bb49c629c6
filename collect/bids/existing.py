"""A data set that was written here before, and what may be added to it."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from collect.bids.description import GENERATOR, is_simulated
from collect.bids.errors import BidsFolderError, BidsSessionError
from collect.bids.labels import refuse_shared_labels
from collect.bids.sessions import BidsSession
from collect.bids.stimulus_files import CLIPS_TABLE
from collect.bids.tables import MISSING, read_table
from collect.bundle.manifest import Clip

DESCRIPTION = "dataset_description.json"
PARTICIPANTS = "participants.tsv"


@dataclass(frozen=True)
class ExistingDataset:
    folder: Path
    description: dict[str, Any]

    def refuse_what_does_not_fit(self, sessions: Sequence[BidsSession], clips: dict[str, Clip]) -> None:
        """Raises BidsSessionError or BidsLabelError before anything is written."""
        _, participants = read_table(self.folder / PARTICIPANTS)
        there = [row.get("pseudonym", row.get("participant_id", "")) for row in participants]
        refuse_shared_labels([*there, *(session.header.participant for session in sessions)])
        for session in sessions:
            self._refuse(session)
        table = self.folder / CLIPS_TABLE
        for row in read_table(table)[1] if table.is_file() else []:
            for clip in clips.values():
                same = clip.id == row.get("clip") or clip.file == row.get("file")
                if same and (clip.sha256 or MISSING) != row.get("sha256"):
                    raise BidsSessionError(
                        f"{table}: the sessions in this data set were shown another file as clip '{clip.id}' "
                        f"({clip.file}). Export the new ones into a data set of their own."
                    )

    def _refuse(self, session: BidsSession) -> None:
        here = session.bundle.folder
        study = self.description.get("DuchenneStudy")
        if study != session.header.study_id:
            raise BidsSessionError(
                f"{here} is of the study '{session.header.study_id}', the data set {self.folder} of '{study}'. "
                "Export it into a data set of its own."
            )
        if self.description.get("Simulated") is not is_simulated(session):
            kind = "simulated" if is_simulated(session) else "not simulated"
            raise BidsSessionError(
                f"{here} is {kind}, and what is in the data set {self.folder} is otherwise. Export it into a data set "
                "of its own."
            )
        if (self.folder / session.folder).exists():
            raise BidsSessionError(
                f"{self.folder / session.folder}: session {session.header.session} of '{session.header.participant}' "
                f"is in the data set already. Leave {here} out, or delete the session there first."
            )


def existing_dataset(folder: Path) -> ExistingDataset | None:
    """The data set at `folder`; None where nothing is there, or an empty folder.

    Raises BidsFolderError for a folder that holds anything else.
    """
    if not folder.exists() and not folder.is_symlink():
        return None
    if not folder.is_dir():
        raise BidsFolderError(f"{folder}: is a file. Nothing was written; choose another folder.")
    if not any(folder.iterdir()):
        return None
    try:
        description = json.loads((folder / DESCRIPTION).read_text(encoding="utf-8"))
        generators = [entry.get("Name") for entry in description.get("GeneratedBy", [])]
    except (OSError, ValueError, AttributeError):
        generators = []
    if GENERATOR not in generators or not (folder / PARTICIPANTS).is_file():
        raise BidsFolderError(
            f"{folder}: exists and is no data set that was written here. Nothing was written; choose another folder, "
            "or one that `duchenne collect bids` has made, to add to it."
        )
    return ExistingDataset(folder, description)
