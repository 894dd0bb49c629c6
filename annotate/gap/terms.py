"""The field's words for how a face can differ from a feeling, as this product counts them.

Ekman and Friesen (1969), 'The repertoire of nonverbal behavior: categories, origins, usage, and coding', Semiotica 1,
49-98, name display rules by which a felt emotion is shown less, more, not at all (neutralized) or behind another
(masked). Ekman, Friesen and O'Sullivan (1988), 'Smiles when lying', Journal of Personality and Social Psychology 54,
414-420, call a happy face over a negative emotion a masking smile. Both words there imply an intention; raters' labels
know none: what is counted here is only that the two labels differ in this way.
"""

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """A way in which the shown differs from the felt."""

    OTHER = "other"
    NEUTRALIZED = "neutralized"
    MASKED = "masked"


@dataclass(frozen=True)
class Term:
    """`name` as the field has it, `says` what is counted, `source` where the word comes from ('': ours)."""

    name: str
    says: str
    source: str


TERMS: dict[Kind, Term] = {
    Kind.OTHER: Term("Named another emotion", "the share of pairs of an ER and an FER answer whose classes differ", ""),
    Kind.NEUTRALIZED: Term(
        "Neutralized",
        "an emotion is felt, the face shows none: of the ER answers other than neutral, the share of FER answers that "
        "are neutral",
        "Ekman & Friesen 1969",
    ),
    Kind.MASKED: Term(
        "Masked by a positive face",
        "something negative is felt, the face is positive: of the ER answers that are negative, the share of FER "
        "answers that are positive (three classes)",
        "Ekman, Friesen & O'Sullivan 1988",
    ),
}
