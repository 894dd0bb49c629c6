"""Who is seen in which sample. Nobody may be tested on whom a model was trained, so this is never guessed."""

import re
from collections.abc import Sequence
from pathlib import Path

from server.importing.errors import ColumnsUnknownError, ParticipantsUnknownError
from server.importing.label_columns import PARTICIPANT, SAMPLE, plain
from server.importing.label_table import Labelled
from server.importing.tables import read_sheets, text_of

#: Before every pseudonym: two studies' participants of the same pseudonym count as one person.
PREFIX = "EMER-"
_PSEUDONYM = re.compile(rf"[A-Za-z0-9_-]{{1,{32 - len(PREFIX)}}}")
_NUMBER_IN_FRONT = re.compile(r"(\d+)_")


def participants_of(
    samples: Sequence[Labelled], table: Path | None, *, number_is_participant: bool
) -> tuple[dict[str, str], list[tuple[str, str]]]:
    """Sample to pseudonym, and what is wrong with which sample.

    From `table` (sample,participant) where there is one, else from the label table's own column, else, where somebody
    has said that it is the participant's, from the number in front of the sample's name. Raises
    ParticipantsUnknownError where there is none of these.
    """
    if table is not None:
        said, where = read_participants(table), str(table)
    elif any(sample.participant for sample in samples):
        said, where = (
            {sample.sample: sample.participant for sample in samples},
            "the label table's column of participants",
        )
    elif number_is_participant:
        said, where = {sample.sample: _number(sample.sample) for sample in samples}, "the number in front of its name"
    else:
        raise ParticipantsUnknownError(
            "Whose samples are whose is not said in the data set, and it must be known, as nobody may be tested on "
            "whom a model was trained. Give a table of sample,participant with --participants FILE.csv; or, if those "
            "who gave you the data set tell you that the number in front of a name (as in 3_film_happy) is the "
            "participant, say so with --number-is-participant"
        )
    found, wrong = {}, []
    for sample in samples:
        person = said.get(sample.sample, "")
        if _PSEUDONYM.fullmatch(person):
            found[sample.sample] = PREFIX + person
        elif person:
            expected = f"letters, digits, '_' and '-', at most {32 - len(PREFIX)}"
            wrong.append(
                (sample.sample, f"sample '{sample.sample}': participant '{person}' ({where}); expected {expected}")
            )
        else:
            wrong.append((sample.sample, f"sample '{sample.sample}': has no participant ({where} does not tell one)"))
    return found, wrong


def read_participants(path: Path) -> dict[str, str]:
    """A table of sample and participant. Raises TableUnreadableError, ColumnsUnknownError, ParticipantsUnknownError."""
    said: dict[str, str] = {}
    (sheet, *_) = read_sheets(path)
    headings = ["" if cell is None else str(cell) for cell in (sheet.rows[0][1] if sheet.rows else ())]
    compared = [plain(heading) for heading in headings]
    sample = next((index for index, heading in enumerate(compared) if heading in SAMPLE), None)
    person = next((index for index, heading in enumerate(compared) if heading in PARTICIPANT), None)
    if sample is None or person is None:
        raise ColumnsUnknownError(
            f"{sheet.where}, row 1: expected the headings sample and participant, found "
            f"{', '.join(map(repr, headings)) or 'nothing'}. Correct the first row"
        )
    for line, row in sheet.rows[1:]:
        name, who = text_of(row, sample), text_of(row, person)
        if said.setdefault(name, who) != who:
            raise ParticipantsUnknownError(
                f"{sheet.where}, row {line}: sample '{name}' is of participant '{who}' here and of '{said[name]}' "
                "above. Correct one of them"
            )
    return said


def _number(sample: str) -> str:
    match = _NUMBER_IN_FRONT.match(sample)
    return f"{int(match[1]):03d}" if match else ""
