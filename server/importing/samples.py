"""One sample of the data set: what its name says, and what tells its files from others."""

import hashlib
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from annotate.scales import Emotion
from server.importing.label_classes import EMOTION_WORDS
from server.importing.label_table import Labelled
from server.importing.layout import Picture

#: '3_film_happy': a number, and the clip, which is named by its kind and the emotion it is for.
_NAME = re.compile(r"\d+_(?P<clip>[a-z]+_(?P<emotion>[a-z]+))", re.IGNORECASE)
#: Samples whose names tell no clip share this one: named by what was felt, a clip would give the answer away.
UNKNOWN_CLIP = "unknown"


@dataclass(frozen=True)
class Sample:
    """A sample whose files are all there; `participant` is the pseudonym."""

    labelled: Labelled
    participant: str
    pictures: tuple[Picture, ...]
    eye_file: Path

    @property
    def name(self) -> str:
        return self.labelled.sample

    @property
    def clip(self) -> tuple[str, Emotion | None]:
        """The clip's id and its emotion."""
        match = _NAME.fullmatch(self.name)
        emotion = EMOTION_WORDS.get(match["emotion"].lower()) if match else None
        return (match["clip"].lower()[:64], emotion) if match and emotion else (UNKNOWN_CLIP, None)

    def fingerprint(self, options: Any) -> str:
        """SHA-256 of its labels, of `options`, and of names and sizes of its files: the pictures are many gigabytes."""
        said = {
            "sample": self.name,
            "participant": self.participant,
            "answers": [vote.model_dump(mode="json") for vote in self.labelled.answers.values()],
            "eye_file": [self.eye_file.name, self.eye_file.stat().st_size],
            "pictures": [[picture.path.name, picture.size] for picture in self.pictures],
            "options": options,
        }
        return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


def natural(name: str) -> list[tuple[int, str]]:
    """A key that puts 2_film_happy before 10_film_happy."""
    return [(int(part), "") if part.isdigit() else (-1, part) for part in re.split(r"(\d+)", name)]
