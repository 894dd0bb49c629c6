"""Which column of the label table holds what.

How EMER_label.xlsx names its columns is not published, so they are known by a list of spellings, and whoever holds the
table may name a column themselves. A heading is compared in small letters, with only its letters and digits left and
the words of NOISE taken out: 'ER label (7-class)' is 'er7'. A spelling of a label is an instrument before or after a
thing ('er7', 'valencefer'); on a sheet that is named by its instrument the thing alone will do, and so it will for
intensity, which only FER has.
"""

import re
from collections.abc import Mapping, Sequence

from server.importing.errors import ColumnsUnknownError
from server.importing.tables import Cell, Sheet

NOISE = ("labels", "label", "classes", "class", "ratings", "rating", "scores", "score")
SAMPLE = ("id", "sample", "sampleid", "samplename", "name", "filename", "file", "video", "videoid", "videoname")
PARTICIPANT = ("participant", "participantid", "participantno", "subject", "subjectid", "subjectno", "subjectname")
INSTRUMENTS = {"er": ("er", "emotionrecognition"), "fer": ("fer", "facialexpressionrecognition", "facialexpression")}
THINGS = {
    "seven": ("7", "seven", "emotion", "7emotion", "emotion7", "discrete", "fine"),
    "three": ("3", "three", "3emotion", "emotion3", "polarity", "sentiment", "coarse"),
    "valence": ("valence", "v"),
    "arousal": ("arousal", "a"),
    "intensity": ("intensity", "int", "i"),
}
#: What must be found; 'participant' may be.
LABELS = tuple(
    f"{instrument}_{thing}"
    for instrument in INSTRUMENTS
    for thing in THINGS
    if (instrument, thing) != ("er", "intensity")
)
FIELDS = ("sample", "participant", *LABELS)


def plain(heading: str) -> str:
    """The heading as it is compared."""
    kept = re.sub(r"[^a-z0-9]", "", heading.lower())
    for word in NOISE:
        kept = kept.replace(word, "")
    return kept


def columns_of(sheet: Sheet, named: Mapping[str, str]) -> tuple[dict[str, int], int, list[str]]:
    """Field to column, how many rows the heading takes (1, or 2 with groups above), and the headings.

    `named`: field to heading, where somebody has said so. Raises ColumnsUnknownError for a heading that stands twice.
    """
    best: tuple[dict[str, int], int, list[str]] = ({}, 1, [])
    for height in (1, 2):
        headings = _headings(sheet, height)
        at = _match(sheet, headings, named)
        if len(at) > len(best[0]):
            best = (at, height, headings)
        elif not best[2]:
            best = ({}, 1, headings)
    return best


def unknown_columns(table: str, headings: Sequence[str], missing: Sequence[str]) -> ColumnsUnknownError:
    """The error for a table in which these fields were not found."""
    example = f"--column {missing[0]}='{next((h for h in headings if h), 'HEADING')}'"
    return ColumnsUnknownError(
        f"{table}: no column is known to hold {', '.join(missing)}. Its headings are: "
        f"{', '.join(repr(heading) for heading in headings if heading) or 'none'}. Expected such as 'ID', "
        f"'ER 7-class', 'FER valence', 'FER intensity'; name the column of each missing field with {example}, repeated"
    )


def _headings(sheet: Sheet, height: int) -> list[str]:
    rows = [row for _, row in sheet.rows[:height]]
    if len(rows) < height:
        return []
    if height == 1:
        return ["" if cell is None else str(cell) for cell in rows[0]]
    width = max(map(len, rows))
    groups, below = ([*row, *[None] * (width - len(row))] for row in rows)
    group: Cell = None
    joined = []
    for above, name in zip(groups, below, strict=True):
        group = group if above is None else above  # a merged cell holds its text in the first column only
        joined.append(" ".join(str(part) for part in (group, name) if part is not None))
    return joined


def _match(sheet: Sheet, headings: list[str], named: Mapping[str, str]) -> dict[str, int]:
    compared = [plain(heading) for heading in headings]
    said = {field: plain(heading) or heading for field, heading in named.items()}
    at = {}
    for field in FIELDS:
        wanted = {said[field]} if field in said else _spellings(field, plain(sheet.title))
        found = [index for index, heading in enumerate(compared) if heading and heading in wanted]
        if len(found) > 1:
            columns = " and ".join(repr(headings[index]) for index in found)
            raise ColumnsUnknownError(
                f"{sheet.where}: {columns} may both hold {field}. Say which, with --column {field}=HEADING, "
                "and rename or delete the other where they are named alike"
            )
        if found:
            at[field] = found[0]
    return at


def _spellings(field: str, title: str) -> set[str]:
    if field in ("sample", "participant"):
        return set(SAMPLE if field == "sample" else PARTICIPANT)
    instrument, _, thing = field.partition("_")
    made = {
        joined for name in INSTRUMENTS[instrument] for what in THINGS[thing] for joined in (name + what, what + name)
    }
    if title in INSTRUMENTS[instrument]:
        made |= set(THINGS[thing])
    return made | {"intensity"} if thing == "intensity" else made
