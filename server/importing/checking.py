"""Everything that can be known before a single medium is written: all files, all labels, all eye rows."""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from annotate.media_store import MediaStore
from server.db.engine import Database
from server.importing.errors import NotWholeError
from server.importing.eye_file import EyeFacts, EyeFileError, EyeMedia, NoTimesError, read_eye_file
from server.importing.known import Known, known_of
from server.importing.label_table import Labelled, Reading, read_label_table
from server.importing.layout import Layout, find_layout, pictures_of
from server.importing.participants import participants_of
from server.importing.samples import Sample, natural
from server.importing.split import read_split, remarks
from server.importing.unfinished import Stored, Unfinished

Progress = Callable[[int, int], None]
Problem = tuple[str, str]
ADVICE = "Correct them and import again; or take only the samples that are whole, with --leave-out-broken"


@dataclass(frozen=True)
class Choices:
    """What the data set does not say itself, or what somebody knows better."""

    study: str = "emer"
    participants: Path | None = None
    number_is_participant: bool = False
    reading: Reading = field(default_factory=Reading)
    rate_hz: float | None = None
    screen_px: tuple[int, int] | None = None
    consent: tuple[str, ...] = ("training",)
    leave_out_broken: bool = False


@dataclass(frozen=True)
class Checked:
    """What is to be taken in. `eyes` has the samples whose media are not in the store yet, `stored` the others.

    `fingerprints` is of every sample, `digests` of every participant. `left_out`: sample and why. `people`: sample to
    participant of all samples that are whole, also of those that are in the database already (`already`: its trials).
    """

    choices: Choices
    samples: tuple[Sample, ...]
    fingerprints: dict[str, str]
    digests: dict[str, str]
    eyes: dict[str, EyeMedia]
    stored: dict[str, Stored]
    left_out: tuple[Problem, ...]
    remarks: tuple[str, ...]
    people: dict[str, str]
    already: int


def check_data_set(
    database: Database,
    media: MediaStore,
    root: Path,
    unfinished: Unfinished,
    choices: Choices,
    progress: Progress | None = None,
) -> Checked:
    """Look at everything and write nothing. `progress` counts samples twice: their files, then their eye files.

    Raises the errors of server.importing.errors: NotWholeError with all problems of single samples together, unless
    broken ones may be left out.
    """
    layout = find_layout(root)
    table = read_label_table(layout.labels, choices.reading)
    people, nobody = participants_of(
        table.samples, choices.participants, number_is_participant=choices.number_is_participant
    )
    problems: list[Problem] = [*table.problems, *nobody]
    whole = _whole(layout, table.samples, people, problems, progress)
    with database.reading() as session:
        known = known_of(session, choices.study)
    withdrawn = [(one.name, f"participant {one.participant} has withdrawn") for one in whole if _gone(one, known)]
    whole = [one for one in whole if not _gone(one, known)]
    options = [choices.rate_hz, choices.screen_px]
    fingerprints = {one.name: one.fingerprint(options) for one in whole}
    digests = _digests(whole, fingerprints)
    known.refuse_other(digests)
    new = [one for one in whole if one.participant not in known.digests]
    stored = unfinished.stored(media)
    stored = {one.name: stored[one.name] for one in new if _is_done(stored.get(one.name), fingerprints[one.name])}
    to_read = [one for one in new if one.name not in stored]
    looked_at = 2 * len(table.samples) - len(to_read)
    eyes = _read_eyes(to_read, choices, problems, _shifted(progress, looked_at))
    facts = {name: one.facts for name, one in stored.items()} | {name: one.facts for name, one in eyes.items()}
    _check_screens([one for one in new if one.name in facts], facts, choices, problems)
    if problems and not choices.leave_out_broken:
        raise NotWholeError([told for _, told in problems], ADVICE)
    broken = {name for name, _ in problems}
    return Checked(
        choices,
        tuple(one for one in new if one.name not in broken),
        fingerprints,
        digests,
        {name: one for name, one in eyes.items() if name not in broken},
        stored,
        (*problems, *withdrawn, *_without_label(layout, table.samples, broken)),
        tuple(remarks(read_split(layout), {one.name: one.participant for one in whole})),
        {one.name: one.participant for one in whole if one.name not in broken},
        known.trials,
    )


def _whole(
    layout: Layout,
    samples: Sequence[Labelled],
    people: dict[str, str],
    problems: list[Problem],
    progress: Progress | None,
) -> list[Sample]:
    """The samples whose files are all there, in the order of their names."""
    found = []
    for done, labelled in enumerate(sorted(samples, key=lambda one: natural(one.sample)), 1):
        name = labelled.sample
        folder = _only(name, layout.faces, f"{layout.faces_root / name}: there is no such folder of pictures", problems)
        eye_file = _only(name, layout.eyes, f"{layout.eyes_root / name}.xlsx: there is no such eye file", problems)
        pictures, wrong = pictures_of(folder) if folder else ([], [])
        problems += [(name, f"{told} (sample '{name}')") for told in wrong]
        if folder and eye_file and not wrong and name in people:
            found.append(Sample(labelled, people[name], tuple(pictures), eye_file))
        if progress is not None:
            progress(done, 2 * len(samples))
    return found


def _only(name: str, places: dict[str, list[Path]], absent: str, problems: list[Problem]) -> Path | None:
    paths = places.get(name, [])
    if not paths:
        problems.append((name, f"{absent}, but the label table names sample '{name}'; copy it from where you have it"))
    elif len(paths) > 1:
        problems.append((name, f"sample '{name}' lies twice, in {paths[0]} and in {paths[1]}; keep one of them"))
    return paths[0] if len(paths) == 1 else None


def _gone(sample: Sample, known: Known) -> bool:
    return sample.participant in known.withdrawn


def _digests(samples: Sequence[Sample], fingerprints: dict[str, str]) -> dict[str, str]:
    """Participant to the digest of all that is read of them."""
    of_person: dict[str, list[str]] = defaultdict(list)
    for sample in samples:
        of_person[sample.participant].append(fingerprints[sample.name])
    return {person: hashlib.sha256("\n".join(prints).encode()).hexdigest() for person, prints in of_person.items()}


def _is_done(stored: Stored | None, fingerprint: str) -> bool:
    return stored is not None and stored.fingerprint == fingerprint


def _read_eyes(
    samples: Sequence[Sample], choices: Choices, problems: list[Problem], progress: Progress | None
) -> dict[str, EyeMedia]:
    eyes, timeless = {}, []
    for done, sample in enumerate(samples, 1):
        try:
            eyes[sample.name] = read_eye_file(sample.eye_file, choices.rate_hz)
        except NoTimesError as error:
            timeless.append(str(error))
        except EyeFileError as error:
            problems.append((sample.name, str(error)))
        if progress is not None:
            progress(done, len(samples))
    if progress is not None:
        progress(len(samples), len(samples))
    if timeless:  # one answer mends all of them
        raise NotWholeError(
            [f"{timeless[0]} ({_others(timeless)})"], "Say how many rows a second there are: --gaze-rate HZ"
        )
    return eyes


def _check_screens(
    samples: Sequence[Sample], facts: dict[str, EyeFacts], choices: Choices, problems: list[Problem]
) -> None:
    """A recording has one screen; a gaze in pixels means nothing without its size."""
    unsaid = [str(one.eye_file) for one in samples if facts[one.name].screen_px is None]
    if unsaid and choices.screen_px is None:
        raise NotWholeError(
            [f"{unsaid[0]}: does not say how large the screen was ('Recording resolution width') ({_others(unsaid)})"],
            "Say how many pixels the screen had: --screen-px WIDTH HEIGHT",
        )
    screens: dict[str, Counter[tuple[int, int]]] = defaultdict(Counter)
    for one in samples:
        screens[one.participant][screen_of(facts[one.name], choices)] += 1
    for one in samples:
        usual, own = screens[one.participant].most_common(1)[0][0], screen_of(facts[one.name], choices)
        if own != usual:
            problems.append((one.name, f"{one.eye_file}: says a screen of {own} pixels, others of this person {usual}"))


def screen_of(facts: EyeFacts, choices: Choices) -> tuple[int, int]:
    """The screen's size in pixels, as the eye file says it, else as it was said."""
    screen = facts.screen_px or choices.screen_px
    assert screen is not None, "checked before"
    return screen


def _without_label(layout: Layout, samples: Sequence[Labelled], broken: set[str]) -> list[Problem]:
    labelled = {one.sample for one in samples} | broken
    return [
        (name, "has files, but no row in the label table")
        for name in sorted(layout.faces.keys() | layout.eyes.keys(), key=natural)
        if name not in labelled
    ]


def _shifted(progress: Progress | None, before: int) -> Progress | None:
    """Progress of a part that comes after `before` others."""
    return progress and (lambda done, total: progress(before + done, before + total))


def _others(places: Sequence[str]) -> str:
    return f"and {len(places) - 1} others alike" if len(places) > 1 else "it alone"
