"""The folders and files of the EMER data set as it is published, found without opening any of them.

    face_light_align…/[set1/]<sample>/<number>.jpg   pictures of the aligned face
    eye_movement…/[set1/]<sample>.xlsx               the eye tracker's rows; .csv and .tsv too
    EMER_label.xlsx                                  what was felt and what was shown, of each sample
    emer_set.txt                                     the published split

All of them lie in the folder that was given, or one folder below it.
"""

import os
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from server.importing.errors import LayoutUnknownError
from server.importing.tables import SUFFIXES

FACES, EYES, LABELS, SPLIT = "face_light_align", "eye_movement", "emer_label", "emer_set"
PICTURES = (".jpg", ".jpeg", ".png", ".bmp")
_NUMBER = re.compile(r"\d+")


@dataclass(frozen=True)
class Layout:
    """Sample to its folder of pictures and to its eye file: more than one where the sample lies in several sets."""

    root: Path
    labels: Path
    split: Path | None
    faces_root: Path
    eyes_root: Path
    faces: dict[str, list[Path]]
    eyes: dict[str, list[Path]]


@dataclass(frozen=True)
class Picture:
    """One face picture; `number` is the last number in its name."""

    path: Path
    number: int
    size: int


def find_layout(root: Path) -> Layout:
    """Raises LayoutUnknownError."""
    if not root.is_dir():
        raise LayoutUnknownError(
            f"{root}: is no folder. Give the folder that holds {FACES}, {EYES} and EMER_label.xlsx"
        )
    try:
        return _found(root)
    except OSError as error:
        raise LayoutUnknownError(
            f"{error.filename}: cannot be looked into ({error.strerror}). See to its rights, and import again"
        ) from None


def _found(root: Path) -> Layout:
    places = [root, *sorted(path for path in root.iterdir() if path.is_dir())]
    faces = _folder(places, FACES)
    eyes = _folder(places, EYES)
    labels = _file(places, LABELS)
    absent = [
        name for name, path in ((f"{FACES}/", faces), (f"{EYES}/", eyes), ("EMER_label.xlsx", labels)) if not path
    ]
    if faces is None or eyes is None or labels is None:
        raise LayoutUnknownError(
            f"{root}: {' and '.join(absent)} not found there nor one folder below. Expected the data set as its "
            f"authors hand it out: {FACES}/<sample>/, {EYES}/<sample>.xlsx, EMER_label.xlsx, emer_set.txt"
        )
    return Layout(root, labels, _file(places, SPLIT), faces, eyes, _sample_folders(faces), _eye_files(eyes))


def pictures_of(folder: Path) -> tuple[list[Picture], list[str]]:
    """The pictures in the order of their numbers, and what is wrong with them.

    The number is the last one in the name: 'frame_det_00_000012.bmp' is the twelfth. The order of names would put 10
    before 9.
    """
    found: dict[int, Picture] = {}
    wrong = []
    for entry in sorted(os.scandir(folder), key=lambda entry: entry.name):
        if Path(entry.name).suffix.lower() not in PICTURES:
            continue
        numbers = _NUMBER.findall(Path(entry.name).stem)
        if not numbers:
            wrong.append(f"{entry.path}: has no number in its name, so its place among the pictures is not known")
            continue
        picture = Picture(Path(entry.path), int(numbers[-1]), entry.stat().st_size)
        if picture.number in found:
            wrong.append(f"{entry.path}: has the same number as {found[picture.number].path.name}; keep one of them")
        elif picture.size == 0:
            wrong.append(f"{entry.path}: is empty; copy it again from where you have it")
        else:
            found[picture.number] = picture
    if not found and not wrong:
        wrong.append(f"{folder}: holds no picture ({', '.join(PICTURES)}); copy it again from where you have it")
    return [found[number] for number in sorted(found)], wrong


def _folder(places: list[Path], beginning: str) -> Path | None:
    inside = (path for place in places for path in sorted(place.iterdir()) if path.is_dir())
    return next((path for path in inside if path.name.lower().startswith(beginning)), None)


def _file(places: list[Path], stem: str) -> Path | None:
    inside = (path for place in places for path in sorted(place.iterdir()) if path.is_file())
    return next((p for p in inside if p.stem.lower() == stem and p.suffix.lower() in SUFFIXES), None)


def _sample_folders(root: Path) -> dict[str, list[Path]]:
    found: dict[str, list[Path]] = defaultdict(list)
    for folder in _folders(root):
        inside = list(_folders(folder))
        for sample in inside or [folder]:  # the research code kept samples in folders set1 … set5
            found[sample.name].append(sample)
    return dict(found)


def _eye_files(root: Path) -> dict[str, list[Path]]:
    found: dict[str, list[Path]] = defaultdict(list)
    for folder in (root, *_folders(root)):
        for path in sorted(folder.iterdir()):
            if path.suffix.lower() in SUFFIXES and not path.name.startswith((".", "~$")):
                found[path.stem].append(path)
    return dict(found)


def _folders(root: Path) -> Iterator[Path]:
    return (root / name for name in sorted(entry.name for entry in os.scandir(root) if entry.is_dir()))
