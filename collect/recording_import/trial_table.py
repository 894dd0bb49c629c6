"""The table of trials that goes with a recording from elsewhere: a text file, one trial a line, tabs between."""

import csv
import math
from pathlib import Path
from typing import Annotated, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from collect.bundle.errors import first_complaint
from collect.bundle.format import Emotion, Identifier, Polarity, UnitScale
from collect.recording_import.errors import ImportFailedError

#: Every column and what it says. The first four must be there; an empty field means 'not known'.
TRIAL_TABLE_COLUMNS = {
    "trial": "number of the trial: 1, 2, 3 … in the order of their times",
    "clip": "id of the clip that was shown",
    "start_ms": "the tracker's time at the clip's first frame, in milliseconds",
    "end_ms": "the tracker's time at the clip's end, in milliseconds",
    "emotion": "what the clip is meant to elicit: one of the seven classes",
    "clip_file": "the clip itself, relative to this table; not together with a stimulus folder",
    "face_start_s": "where in the face video this trial begins, in seconds from its first frame; empty: no face",
    "seven": "the participant's own answer: one of the seven classes",
    "three": "the participant's own answer: positive, negative or neutral",
    "valence": "the participant's own answer: -1 unpleasant to 1 pleasant",
    "arousal": "the participant's own answer: -1 calm to 1 excited",
}
_REQUIRED = ("trial", "clip", "start_ms", "end_ms")


def _finite(value: object) -> object:
    if isinstance(value, str) and not math.isfinite(float(value)):
        raise ValueError("expected a finite number")
    return value


Time = Annotated[float, BeforeValidator(_finite), Field(ge=0)]


class ImportTrial(BaseModel):
    """One line of the table; times in the tracker's milliseconds."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    trial: Annotated[int, Field(ge=1)]
    clip: Identifier
    start_ms: Time
    end_ms: Time
    emotion: Emotion | None = None
    clip_file: str | None = None
    face_start_s: Time | None = None
    seven: Emotion | None = None
    three: Polarity | None = None
    valence: UnitScale | None = None
    arousal: UnitScale | None = None

    @model_validator(mode="after")
    def _lasts(self) -> Self:
        if self.end_ms <= self.start_ms:
            raise ValueError(f"end_ms ({self.end_ms:.10g}) is not after start_ms ({self.start_ms:.10g})")
        return self

    @property
    def duration_s(self) -> float:
        return (self.end_ms - self.start_ms) / 1000

    @property
    def has_self_report(self) -> bool:
        return any(answer is not None for answer in (self.seven, self.three, self.valence, self.arousal))


def read_trial_table(path: Path) -> tuple[ImportTrial, ...]:
    """Read the table. Raises ImportFailedError, which names the line and the column."""
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except OSError as error:
        raise ImportFailedError(f"{path}: the trial table cannot be read ({error.strerror}). Give its path.") from None
    except UnicodeDecodeError:
        raise ImportFailedError(f"{path}: the trial table is not UTF-8. Save it as UTF-8 text.") from None
    rows = csv.reader(lines, delimiter="\t")
    names = next(rows, [])
    _check_names(path, names)
    trials: list[ImportTrial] = []
    for number, fields in enumerate(rows, start=2):
        if any(fields):
            trials.append(_trial(path, number, names, fields))
            _check_order(path, number, trials)
    if not trials:
        raise ImportFailedError(f"{path}: the table has no trials. Write one line for each trial.")
    return tuple(trials)


def _check_names(path: Path, names: list[str]) -> None:
    if len(names) < 2 and any(mark in "".join(names) for mark in ",;"):
        raise ImportFailedError(f"{path}, line 1: expected tabs between the columns. Save the table as tab-separated.")
    for name in names:
        if name not in TRIAL_TABLE_COLUMNS or names.count(name) > 1:
            what = "stands twice" if name in TRIAL_TABLE_COLUMNS else "is not known"
            known = ", ".join(TRIAL_TABLE_COLUMNS)
            raise ImportFailedError(f"{path}, line 1: the column '{name}' {what}. The columns are: {known}.")
    for name in _REQUIRED:
        if name not in names:
            raise ImportFailedError(f"{path}, line 1: the column '{name}' is missing ({TRIAL_TABLE_COLUMNS[name]}).")


def _trial(path: Path, number: int, names: list[str], fields: list[str]) -> ImportTrial:
    if len(fields) != len(names):
        raise ImportFailedError(f"{path}, line {number}: expected {len(names)} columns, found {len(fields)}.")
    given = {name: field.strip() for name, field in zip(names, fields, strict=True) if field.strip()}
    try:
        return ImportTrial.model_validate(given)
    except ValidationError as error:
        column, complaint = first_complaint(error)
        where = f"column '{column}': " if column in TRIAL_TABLE_COLUMNS else ""
        raise ImportFailedError(f"{path}, line {number}, {where}{complaint}. Correct it and import again.") from None


def _check_order(path: Path, number: int, trials: list[ImportTrial]) -> None:
    last = trials[-1]
    if last.trial != len(trials):
        raise ImportFailedError(
            f"{path}, line {number}, column 'trial': expected {len(trials)}, found {last.trial}. "
            "Number the trials 1, 2, 3 … in the order of their times."
        )
    if len(trials) > 1 and last.start_ms < trials[-2].end_ms:
        raise ImportFailedError(
            f"{path}, line {number}, column 'start_ms': the trial begins at {last.start_ms:.10g} ms, before the last "
            f"one ends ({trials[-2].end_ms:.10g} ms). Correct the times; they must be the tracker's."
        )
