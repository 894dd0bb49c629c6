"""The snapshot: one immutable state of the labelled database for training, version 1.

A snapshot is a folder named by its id. Media are referenced by digest and lie in the content-addressed store beside
it (see annotate.snapshot.media); everything else is inside, so that training never needs the database.

    snapshot.json          SnapshotHeader
    trials.parquet         TRIAL_COLUMNS, every trial that the filters let in, labelled or not, ordered by trial
    labels.parquet         LABEL_COLUMNS, one aggregated label per trial and instrument, where people rated it
    votes.parquet          VOTE_COLUMNS, the raw votes behind the labels
    self_reports.parquet   SELF_REPORT_COLUMNS, never pooled with the raters' votes
    redaction.json         only where participants have withdrawn since: see annotate.snapshot.redaction

The id is 's' and the first 16 hex digits of the SHA-256 over the canonical rows of the four tables, the label policy,
the filters and the folds. Parquet bytes change with the library's version, rows do not.
"""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from annotate.scales import EMOTIONS, POLARITIES

FORMAT = "duchenne-snapshot"
VERSION = 1

HEADER_FILE = "snapshot.json"
TABLE_FILES = {name: f"{name}.parquet" for name in ("trials", "labels", "votes", "self_reports")}

Origin = Literal["real", "imported", "simulated"]

#: Column name to type, in the order of the table. A trailing '?' marks a column that may be null.
#: Types: str, int (64 bit), float (64 bit), bool.
#: `trial` is the trial's public id (32 hex); digests are SHA-256 of media in the store.
#: `face_offset_ms` is the clip-clock time of the first frame of the face video (usually slightly negative).
TRIAL_COLUMNS = {
    "trial": "str",
    "participant": "str",
    "study": "str",
    "session": "str",
    "position": "int",
    "origin": "str",
    "clip": "str",
    "clip_emotion": "str?",
    "duration_ms": "float",
    "fold": "int",
    "face_sha256": "str?",
    "face_offset_ms": "float?",
    "gaze_sha256": "str?",
    "eye_events_sha256": "str?",
    "clip_sha256": "str?",
    "screen_width_px": "int",
    "screen_height_px": "int",
}

#: `seven`/`three` are the hard labels (null on a tie the policy does not break); `seven_<class>`/`three_<class>` the
#: soft ones (sum 1: shares of the raters, or what the label policy says); `raters` counts people; `agreement` is the
#: share of raters on the hard seven-class label; `prelabel_seen` counts votes given after a model's label was revealed.
LABEL_COLUMNS = {
    "trial": "str",
    "instrument": "str",
    "raters": "int",
    "agreement": "float",
    "prelabel_seen": "int",
    "seven": "str?",
    **{f"seven_{emotion}": "float" for emotion in EMOTIONS},
    "three": "str?",
    **{f"three_{polarity}": "float" for polarity in POLARITIES},
    "valence": "float",
    "arousal": "float",
    "intensity": "float?",
}

VOTE_COLUMNS = {
    "trial": "str",
    "instrument": "str",
    "rater": "str",
    "seven": "str",
    "three": "str",
    "valence": "float",
    "arousal": "float",
    "intensity": "float?",
    "flags": "str",
    "prelabel_seen": "bool",
}

SELF_REPORT_COLUMNS = {
    "trial": "str",
    "seven": "str?",
    "three": "str?",
    "valence": "float?",
    "arousal": "float?",
}

TABLE_COLUMNS = {
    "trials": TRIAL_COLUMNS,
    "labels": LABEL_COLUMNS,
    "votes": VOTE_COLUMNS,
    "self_reports": SELF_REPORT_COLUMNS,
}

#: Gaze media: one Parquet file a trial, all float64, NaN where missing. `t_ms` is on the clip's clock: 0 is the flip
#: of the clip's first frame. x and y in screen pixels from the top left; pupil in the tracker's unit.
GAZE_MEDIA_COLUMNS = ("t_ms", "left_x", "left_y", "left_pupil", "right_x", "right_y", "right_pupil")
#: Eye-event media: one Parquet file a trial. kind, eye and source are strings, the rest float64.
EYE_EVENT_MEDIA_COLUMNS = (
    "kind",
    "eye",
    "start_ms",
    "end_ms",
    "x",
    "y",
    "end_x",
    "end_y",
    "pupil",
    "source",
)


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


#: Name and version of each way from votes to labels, and what it does. See annotate.aggregation.
POLICIES: dict[tuple[str, int], str] = {
    ("majority-soft", 1): "soft labels are shares of the votes, hard labels their majority, numbers their means",
    ("majority-soft", 2): (
        "soft labels are shares of the votes, hard labels their majority, numbers their means; where an adjudicator "
        "has decided, hard labels and numbers are theirs"
    ),
    ("dawid-skene", 1): (
        "soft labels are Dawid and Skene's posterior over each rater's confusions, hard labels the most probable "
        "class, numbers evaluator-weighted means; where an adjudicator has decided, hard labels and numbers are theirs"
    ),
}


class LabelPolicy(_Strict):
    """How votes became labels. A new way gets a new version; an old snapshot keeps the name of its own."""

    name: Literal["majority-soft", "dawid-skene"] = "majority-soft"
    version: Literal[1, 2] = 1
    min_raters: Annotated[int, Field(ge=1)] = 1

    @model_validator(mode="after")
    def _is_known(self) -> "LabelPolicy":
        if (self.name, self.version) not in POLICIES:
            raise ValueError(f"policy {self.name} has no version {self.version} here; update duchenne on this machine")
        return self

    @property
    def full_name(self) -> str:
        """Such as 'majority-soft-v2'."""
        return f"{self.name}-v{self.version}"


class SnapshotFilters(_Strict):
    """What was let in. Simulated and imported data enter only when asked for by name."""

    origins: tuple[Origin, ...] = ("real",)
    consent_scope: Literal["training"] = "training"
    studies: Annotated[tuple[str, ...], Field(description="empty: all studies")] = ()


class FoldPlan(_Strict):
    """Participant-disjoint folds 0 … k-1, stratified by the ER class as far as participants allow.

    `k` is what was asked for, or the number of participants where there were fewer. One fold can be looked at, not
    trained on.
    """

    k: Annotated[int, Field(ge=1)]
    seed: int
    method: Literal["participant-stratified"] = "participant-stratified"


class SnapshotHeader(_Strict):
    """snapshot.json. `created_utc`, `files` and `software` are no part of the id."""

    format: Literal["duchenne-snapshot"] = "duchenne-snapshot"
    version: Literal[1] = 1
    id: Annotated[str, Field(pattern=r"^s[0-9a-f]{16}$")]
    content_sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    created_utc: str
    label_policy: LabelPolicy
    filters: SnapshotFilters
    folds: FoldPlan
    rows: Annotated[dict[str, int], Field(description="table name to its number of rows")]
    files: Annotated[dict[str, str], Field(description="table file to the SHA-256 of its bytes as written")]
    software: dict[str, str]
