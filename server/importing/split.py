"""The published split, kept as a remark: folds here part participants, which the published one may not do."""

import re
from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from server.importing.layout import Layout

_SET_NAME = re.compile(r"(?:(?:set|fold|part)[ _-]?\d+|\d+|train(?:ing)?|test(?:ing)?|val(?:id(?:ation)?)?)", re.I)
_BETWEEN = re.compile(r"[\s,;:/\\]+")


@dataclass(frozen=True)
class Split:
    """Sample to the name of its set; `where` says what was read, `unread` how many lines were not understood."""

    where: str
    sets: dict[str, str]
    unread: int = 0


def read_split(layout: Layout) -> Split | None:
    """From emer_set.txt, else from the folders set1 … in which the samples lie; None where neither says any.

    What the text file looks like is not published. Understood are 'sample set1', 'set1/sample', 'set1, sample' and
    lines of samples below a line 'set1' (or train, test, a number).
    """
    if layout.split is not None:
        lines = layout.split.read_text("utf-8-sig", errors="replace").splitlines()
        return _of_lines(layout.split.name, lines, layout.faces.keys() | layout.eyes.keys())
    folders = {
        name: paths[0].parent.name for name, paths in layout.faces.items() if paths[0].parent != layout.faces_root
    }
    return Split(f"the folders in {layout.faces_root.name}", folders) if folders else None


def remarks(split: Split | None, participants: Mapping[str, str]) -> list[str]:
    """How the published split relates to people; `participants`: sample to pseudonym, of the samples taken."""
    if split is None:
        return ["no published split was found (emer_set.txt); folds are made by participants, as always"]
    of_person: dict[str, set[str]] = defaultdict(set)
    for sample, person in participants.items():
        if sample in split.sets:
            of_person[person].add(split.sets[sample])
    names = sorted(set(split.sets.values()))
    both = sum(len(sets) > 1 for sets in of_person.values())
    outside = sum(sample not in split.sets for sample in participants)
    told = [
        f"the published split ({split.where}) has {len(names)} sets ({', '.join(names[:8])}); {both} of "
        f"{len(of_person)} participants are in more than one of them. It is not used: folds here share no participant"
    ]
    if outside:
        told.append(f"samples that stand in none of its sets: {outside}")
    if split.unread:
        told.append(f"lines of {split.where} that were not understood: {split.unread}")
    return told


def _of_lines(where: str, lines: list[str], known: Collection[str]) -> Split:
    sets: dict[str, str] = {}
    current, unread = "", 0
    for line in filter(None, (line.strip() for line in lines)):
        words = [word for word in _BETWEEN.split(line) if word]
        samples = [word for word in words if word in known]
        named = [word for word in words if word not in known and _SET_NAME.fullmatch(word)]
        if samples and (named or current):
            sets.update(dict.fromkeys(samples, named[0] if named else current))
        elif named and not samples:
            current = named[0]
        else:
            unread += 1
    return Split(where, sets, unread)
