"""A small data set in the layout of EMER, drawn and counted here: three participants, seven samples."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np
import openpyxl

HEADINGS = (
    "ID", "ER 7-class", "ER 3-class", "ER valence", "ER arousal",
    "FER 7-class", "FER 3-class", "FER valence", "FER arousal", "FER intensity",
)  # fmt: skip
#: Label rows, in an order that is not that of the samples' names.
LABELS: dict[str, tuple[object, ...]] = {
    "10_film_sad": ("sadness", "negative", -0.75, 0, "sadness", "negative", -0.75, 0, 1.47),
    "2_film_happy": ("happiness", "positive", 0.5, 0.5, "happiness", "positive", 0.38, 0.17, 2.54),
    "2_sport_anger": ("anger", "negative", -1, 1, "anger", "negative", -0.68, 0.72, 1.55),
    "2_sport_fear": ("fear", "negative", -0.5, 0.5, "neutral", "negative", -0.5, -0.11, 0),
    "7_film_surprise": ("surprise", "positive", 0.25, 0.25, "surprise", "positive", 0.25, 0, 2.58),
    "7_sport_disgust": ("disgust", "negative", -0.25, 0, "disgust", "negative", -0.7, 0, 1.48),
    "10_sport_happy": ("neutral", "neutral", 0, 0, "neutral", "positive", 0.09, -0.04, 0),
}
#: As many columns as the published tables have; those without a name here hold a number that nobody reads.
EYE_HEADINGS = (
    "Recording timestamp [μs]", "Gaze point X [DACS px]", "Gaze point Y [DACS px]", "Gaze point left X [DACS px]",
    "Gaze point left Y [DACS px]", "Gaze point right X [DACS px]", "Gaze point right Y [DACS px]",
    "Pupil diameter left [mm]", "Pupil diameter right [mm]", "Validity left", "Validity right",
    "Recording resolution width [px]", "Recording resolution height [px]", "Eye movement type",
    "Eye movement type index", *(f"Eye position {number} [mm]" for number in range(24)),
)  # fmt: skip
#: More than nine: by their names, 10 would come before 2.
PICTURES = 11
ROWS = 48
STEP_US = 8333


@dataclass
class MadeSet:
    """Where it lies, and what is written into it; change it before `write`."""

    root: Path
    labels: dict[str, tuple[object, ...]] = field(default_factory=lambda: dict(LABELS))
    headings: Sequence[str] = HEADINGS
    suffix: str = ".xlsx"
    split: str = ""

    def write(self) -> "MadeSet":
        for sample in self.labels:
            self.write_faces(sample)
            self.write_eyes(sample)
        self.write_labels()
        if self.split:
            (self.root / "emer_set.txt").write_text(self.split)
        return self

    def faces(self, sample: str) -> Path:
        return self.root / "face_light_align" / sample

    def eyes(self, sample: str) -> Path:
        return self.root / "eye_movement" / f"{sample}{self.suffix}"

    def write_labels(self) -> None:
        book = openpyxl.Workbook()
        sheet = book.active
        sheet.title = "Sheet1"
        sheet.append(list(self.headings))
        for sample, row in self.labels.items():
            sheet.append([sample, *row])
        book.save(self.root / "EMER_label.xlsx")

    def write_faces(self, sample: str) -> None:
        """Pictures whose right half is the lighter the later they are."""
        folder = self.faces(sample)
        folder.mkdir(parents=True)
        for number in range(1, PICTURES + 1):
            cv2.imwrite(str(folder / f"{sample}_{number}.png"), face(number))

    def write_eyes(self, sample: str, changed: Mapping[tuple[int, str], object] | None = None) -> None:
        """`changed`: (row from 0, heading) to another value."""
        rows = [
            [(changed or {}).get((index, heading), value) for heading, value in zip(EYE_HEADINGS, row, strict=True)]
            for index, row in enumerate(eye_rows())
        ]
        path = self.eyes(sample)
        path.parent.mkdir(exist_ok=True)
        if path.suffix == ".xlsx":
            book = openpyxl.Workbook()
            for row in (list(EYE_HEADINGS), *rows):
                book.active.append(row)
            book.save(path)
        else:
            between = "\t" if path.suffix == ".tsv" else ","
            table = [EYE_HEADINGS, *rows]
            text = "\n".join(between.join("" if cell is None else str(cell) for cell in row) for row in table)
            path.write_text(text + "\n", "utf-8")


def face(number: int) -> np.ndarray:
    picture = np.full((113, 112, 3), (90, 120, 180), np.uint8)
    picture[:, 56:] = (20 * number, 20 * number, 20 * number)
    cv2.circle(picture, (28, 40), 8, (30, 30, 30), -1)
    return cv2.GaussianBlur(picture, (5, 5), 1.0)


def eye_rows() -> list[list[object]]:
    """120 Hz: fixations of 16 rows, a saccade of 4 between; the left eye looks one pixel to the left."""
    rows = []
    for index in range(ROWS):
        kind = "Saccade" if index % 20 >= 16 else "Fixation"
        x, y = 900.0 + index, 500.0 + index / 4
        both = [x, y, x - 1, y, x + 1, y, 3.25, 3.5, "Valid", "Valid"]
        rows.append([1_000_000 + index * STEP_US, *both, 1920, 1080, kind, index // 20 + 1, *([0.5] * 24)])
    return rows
