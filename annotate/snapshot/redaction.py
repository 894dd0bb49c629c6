"""Taking a person who has withdrawn out of a snapshot: what is written down of it, and which rows go. Pure.

A snapshot never changes but for this. Its id and its header stay, so that every model still names what it was trained
on; `redaction.json` beside the header says when rows went, how many, and which digests hold now.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from annotate.snapshot.format import SnapshotHeader

REDACTION_FILE = "redaction.json"
#: How the names of files begin that are about to take a table's place.
REDACTING = ".redacting-"

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Rows = Sequence[dict[str, Any]]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class RedactionAct(_Strict):
    """One person's withdrawal from one snapshot.

    `recordings` are the ids of their recordings (column `session` of the trials). `before` and `after` are the SHA-256
    of the table files; `content_sha256` is over the rows that are left, as the header's is over those that were.
    """

    utc: str
    recordings: tuple[str, ...]
    rows_removed: dict[str, int]
    rows_left: dict[str, int]
    before: dict[str, Sha256]
    after: dict[str, Sha256]
    content_sha256: Sha256

    def applied_to(self, header: SnapshotHeader) -> SnapshotHeader:
        """The header with the rows, files and content digest that hold after this act."""
        held = {"rows": self.rows_left, "files": self.after, "content_sha256": self.content_sha256}
        return header.model_copy(update=held)


class Redaction(_Strict):
    """redaction.json: every withdrawal from this snapshot, the oldest first; the last says what holds now."""

    format: Literal["duchenne-redaction"] = "duchenne-redaction"
    version: Literal[1] = 1
    snapshot: Annotated[str, Field(pattern=r"^s[0-9a-f]{16}$")]
    acts: Annotated[tuple[RedactionAct, ...], Field(min_length=1)]

    @property
    def last(self) -> RedactionAct:
        return self.acts[-1]

    @property
    def trials_removed(self) -> int:
        """By all acts together."""
        return sum(act.rows_removed.get("trials", 0) for act in self.acts)

    def in_words(self) -> str:
        """One sentence for whoever trains on the snapshot or looks at it."""
        trials = self.trials_removed
        return (
            f"snapshot {self.snapshot} was redacted: {trials} trial{'' if trials == 1 else 's'} of participants who "
            f"have withdrawn {'is' if trials == 1 else 'are'} not in it any more (last on {self.last.utc[:10]}), so "
            "what is trained on it now differs from what was trained on it before"
        )


def without(tables: Mapping[str, Rows], recordings: Collection[str]) -> dict[str, list[dict[str, Any]]]:
    """The tables without the trials of these recordings, and without everything that was said of those."""
    gone = {row["trial"] for row in tables["trials"] if row["session"] in recordings}
    return {name: [row for row in rows if row["trial"] not in gone] for name, rows in tables.items()}


def with_act(known: Redaction | None, snapshot_id: str, act: RedactionAct) -> Redaction:
    """The record with `act` in it.

    An act that was interrupted is done again: then the counts and digests of its first attempt, taken while all rows
    were still there, are kept.
    """
    acts = known.acts if known else ()
    first = next((one for one in acts if one.recordings == act.recordings), None)
    if first is not None:
        act = act.model_copy(update={"utc": first.utc, "rows_removed": first.rows_removed, "before": first.before})
    return Redaction(snapshot=snapshot_id, acts=(*(one for one in acts if one is not first), act))
