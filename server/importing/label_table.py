"""EMER_label.xlsx: what was published of each sample, under both instruments."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from annotate.scales import Emotion, Instrument, Polarity, Vote
from server.importing.errors import ColumnsUnknownError
from server.importing.label_classes import EMOTION_WORDS, POLARITY_WORDS, class_of, number_of, unexplained
from server.importing.label_columns import LABELS, columns_of, unknown_columns
from server.importing.tables import read_sheets, text_of

#: Least and greatest of each number.
_RANGES = {"valence": (-1.0, 1.0), "arousal": (-1.0, 1.0), "intensity": (0.0, 3.0)}


@dataclass(frozen=True)
class Reading:
    """How the table is to be read: headings that somebody named, and what numbers of classes stand for."""

    columns: Mapping[str, str] = field(default_factory=dict)
    seven: Mapping[int, Emotion] = field(default_factory=dict)
    three: Mapping[int, Polarity] = field(default_factory=dict)


@dataclass(frozen=True)
class Labelled:
    """One sample of the table. `participant` is '' where the table has no such column."""

    sample: str
    participant: str
    where: str
    answers: dict[Instrument, Vote]


@dataclass(frozen=True)
class LabelTable:
    """`problems` names every sample that cannot be used, with what is wrong with it."""

    samples: list[Labelled]
    problems: list[tuple[str, str]]


@dataclass(frozen=True)
class _Cell:
    text: str
    where: str


def read_label_table(path: Path, reading: Reading) -> LabelTable:
    """Read the table: one sheet, or one of each instrument. Raises TableUnreadableError, ColumnsUnknownError,
    ClassesUnknownError; what is wrong with single samples is among the `problems`."""
    cells, twice = _cells(path, reading)
    _refuse_unexplained(cells, reading)
    samples, problems = [], [(sample, told) for sample, told in twice]
    broken = {sample for sample, _ in twice}
    for sample, found in cells.items():
        answers, wrong = _answers(found, reading)
        problems += [(sample, told) for told in wrong]
        if not wrong and sample not in broken:
            person = found["participant"].text if "participant" in found else ""
            samples.append(Labelled(sample, person, found["sample"].where, answers))
    return LabelTable(samples, problems)


def _cells(path: Path, reading: Reading) -> tuple[dict[str, dict[str, _Cell]], list[tuple[str, str]]]:
    """Sample to field to cell, of all sheets together, and the samples that stand twice."""
    cells: dict[str, dict[str, _Cell]] = {}
    twice: list[tuple[str, str]] = []
    found: set[str] = set()
    headings: list[str] = []
    for sheet in read_sheets(path):
        at, height, names = columns_of(sheet, reading.columns)
        headings += names
        if "sample" not in at or len(at) < 2:
            continue
        found |= at.keys()
        seen: set[str] = set()
        for line, row in sheet.rows[height:]:
            sample, where = text_of(row, at["sample"]), f"{sheet.where}, row {line}"
            if not sample:
                twice.append(("", f"{where}, column '{names[at['sample']]}': expected a sample's name, found none"))
                continue
            if sample in seen:
                twice.append((sample, f"{where}: sample '{sample}' stands in a row above already; delete one of them"))
                continue
            seen.add(sample)
            own = cells.setdefault(sample, {})
            for name, index in at.items():
                own.setdefault(name, _Cell(text_of(row, index), f"{where}, column '{names[index]}'"))
    missing = [name for name in ("sample", *LABELS) if name not in found]
    if missing:
        raise unknown_columns(str(path), headings, missing)
    if not cells:
        raise ColumnsUnknownError(f"{path}: holds headings but no sample. Copy it again from where you have it")
    return cells, twice


def _answers(cells: Mapping[str, _Cell], reading: Reading) -> tuple[dict[Instrument, Vote], list[str]]:
    values: dict[str, object] = {}
    wrong = []
    for name in LABELS:
        cell = cells.get(name)
        if cell is None:
            wrong.append(f"{cells['sample'].where}: the sample has no {name} on any sheet")
            continue
        value, expected = _value(name.partition("_")[2], cell.text, reading)
        if value is None:
            wrong.append(f"{cell.where}: expected {expected}, found {repr(cell.text) if cell.text else 'nothing'}")
        values[name] = value
    if wrong:
        return {}, wrong
    return {instrument: _vote(instrument, values) for instrument in Instrument}, []


def _value(thing: str, text: str, reading: Reading) -> tuple[Emotion | Polarity | float | None, str]:
    """The cell's value, None where it has none, and what was expected."""
    if thing == "seven":
        return class_of(text, EMOTION_WORDS, reading.seven), f"one of {', '.join(Emotion)}"
    if thing == "three":
        return class_of(text, POLARITY_WORDS, reading.three), f"one of {', '.join(Polarity)}"
    low, high = _RANGES[thing]
    try:
        number = float(text.replace(",", "."))
    except ValueError:
        number = float("nan")
    # Comparisons with NaN are false, so a cell that says 'nan' is refused as well.
    return (number if low <= number <= high else None), f"a number from {low:g} to {high:g}"


def _vote(instrument: Instrument, values: Mapping[str, object]) -> Vote:
    prefix = instrument.value.lower()
    things = ("seven", "three", "valence", "arousal", "intensity")
    return Vote.model_validate({"instrument": instrument} | {name: values.get(f"{prefix}_{name}") for name in things})


def _refuse_unexplained(cells: Mapping[str, Mapping[str, _Cell]], reading: Reading) -> None:
    for name in LABELS:
        thing = name.partition("_")[2]
        if thing not in ("seven", "three") or (reading.seven if thing == "seven" else reading.three):
            continue
        pairs = [(sample, found[name]) for sample, found in cells.items() if name in found]
        if any(number_of(cell.text) is not None for _, cell in pairs):
            texts = [(sample, cell.text) for sample, cell in pairs]
            words: Mapping[str, Emotion] | Mapping[str, Polarity] = (
                EMOTION_WORDS if thing == "seven" else POLARITY_WORDS
            )
            raise unexplained(_column(pairs[0][1]), f"--{thing}-classes", texts, words)


def _column(cell: _Cell) -> str:
    where, _, column = cell.where.rpartition(", column ")
    return f"{where.rpartition(', row ')[0]}, column {column}"
