"""What somebody said at the command line about a data set, checked before anything is opened."""

import re
from collections.abc import Sequence
from pathlib import Path

from server.importing.checking import Choices
from server.importing.errors import ColumnsUnknownError, ImportRefusedError
from server.importing.label_classes import EMOTION_WORDS, POLARITY_WORDS, said_numbers
from server.importing.label_columns import FIELDS
from server.importing.label_table import Reading

_STUDY = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


def choices(
    study: str,
    *,
    participants: Path | None = None,
    number_is_participant: bool = False,
    columns: Sequence[str] = (),
    seven_classes: str = "",
    three_classes: str = "",
    rate_hz: float | None = None,
    screen_px: tuple[int, int] | None = None,
    consent: Sequence[str] = ("training",),
    leave_out_broken: bool = False,
) -> Choices:
    """Raises ImportRefusedError, ColumnsUnknownError, ClassesUnknownError."""
    if not _STUDY.fullmatch(study):
        raise ImportRefusedError(f"--study {study}: expected letters, digits, '.', '_' and '-', at most 64 of them")
    if screen_px is not None and min(screen_px) < 1:
        raise ImportRefusedError(f"--screen-px {screen_px[0]} {screen_px[1]}: expected two numbers of pixels above 0")
    reading = Reading(
        _columns(columns),
        said_numbers("--seven-classes", seven_classes, EMOTION_WORDS),
        said_numbers("--three-classes", three_classes, POLARITY_WORDS),
    )
    return Choices(
        study, participants, number_is_participant, reading, rate_hz, screen_px, tuple(consent), leave_out_broken
    )


def _columns(said: Sequence[str]) -> dict[str, str]:
    columns = {}
    for text in said:
        field, between, heading = (part.strip() for part in text.partition("="))
        if field not in FIELDS or not between or not heading:
            raise ColumnsUnknownError(
                f"--column {text}: expected FIELD=HEADING, where FIELD is one of {', '.join(FIELDS)}"
            )
        columns[field] = heading
    return columns
