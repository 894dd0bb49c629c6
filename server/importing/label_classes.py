"""Classes as a table writes them: words in several spellings, or numbers, which somebody must explain."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import TypeVar

from annotate.scales import Emotion, Polarity
from server.importing.errors import ClassesUnknownError

Class = TypeVar("Class", bound=StrEnum)

EMOTION_WORDS: dict[str, Emotion] = {
    **{str(emotion): emotion for emotion in Emotion},
    "happy": Emotion.HAPPINESS,
    "happily": Emotion.HAPPINESS,
    "joy": Emotion.HAPPINESS,
    "sad": Emotion.SADNESS,
    "fearful": Emotion.FEAR,
    "surprised": Emotion.SURPRISE,
    "disgusted": Emotion.DISGUST,
    "angry": Emotion.ANGER,
}
POLARITY_WORDS: dict[str, Polarity] = {
    **{str(polarity): polarity for polarity in Polarity},
    "pos": Polarity.POSITIVE,
    "neg": Polarity.NEGATIVE,
    "neu": Polarity.NEUTRAL,
}


def number_of(text: str) -> int | None:
    """The class's number where the cell holds one."""
    try:
        value = float(text)
    except ValueError:
        return None
    return int(value) if value.is_integer() else None


def class_of(text: str, words: Mapping[str, Class], numbers: Mapping[int, Class]) -> Class | None:
    """The class that a cell stands for; None for one that is not known."""
    number = number_of(text)
    return words.get(text.strip().lower()) if number is None else numbers.get(number)


def said_numbers(option: str, text: str, words: Mapping[str, Class]) -> dict[int, Class]:
    """What the numbers stand for, from such as '0=happiness,1=sadness'. Raises ClassesUnknownError."""
    numbers: dict[int, Class] = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        number, _, word = (piece.strip() for piece in part.partition("="))
        known = words.get(word.lower())
        if known is None or number_of(number) is None or int(number) in numbers or known in numbers.values():
            raise ClassesUnknownError(
                f"{option} {text}: '{part}' is not understood; expected each number once, with one of "
                f"{', '.join(sorted(set(map(str, words.values()))))}, such as {_example(words)}"
            )
        numbers[int(number)] = known
    return numbers


def unexplained(column: str, option: str, cells: Iterable[tuple[str, str]], words: Mapping[str, Class]) -> (
    ClassesUnknownError
):  # fmt: skip
    """The error for a column of numbers that nobody has explained; `cells` are sample and cell.

    Samples are named by the emotion of their clip, which most often is what was felt: that helps whoever decides, but
    it decides nothing.
    """
    seen: dict[int, Counter[str]] = defaultdict(Counter)
    for sample, cell in cells:
        if (number := number_of(cell)) is not None:
            seen[number][sample.rpartition("_")[2]] += 1
    told = "; ".join(
        f"{number} most often goes with clips named '{word}' ({count} of {counts.total()})"
        for number, counts in sorted(seen.items())
        for word, count in counts.most_common(1)
    )
    return ClassesUnknownError(
        f"{column}: the classes are numbers, and the table does not say what they stand for. Look it up in what came "
        f"with the data set and say it with {option} {_example(words)}. For orientation: {told}"
    )


def _example(words: Mapping[str, Class]) -> str:
    classes = list(dict.fromkeys(words.values()))
    return ",".join(f"{number}={name}" for number, name in enumerate(classes[:3])) + ",…"
