"""What the fields of a study must hold to among each other; pydantic judges each for itself."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from collect.bundle.errors import FieldError, Location

if TYPE_CHECKING:
    from collect.bundle.study import Study


def hold_to_rules(study: "Study") -> None:
    """Raises FieldError, which names the field, for the first rule that is broken."""
    for rule in (_clips_or_blocks, _blocks_have_names, _trials_once, _practice_apart, _orders_have_things, _rests_come):
        rule(study)
    for index, item in enumerate(study.self_report):
        if item in study.self_report[:index]:
            raise FieldError(("self_report", index), f"'self_report' names '{item}' twice")


def listed_trials(study: "Study") -> Iterator[tuple[Location, str]]:
    """Place in the document and id of every clip that the study lists as a trial; none where it takes all there are."""
    for index, clip in enumerate(study.clips or ()):
        yield ("clips", index), clip
    for number, block in enumerate(study.blocks):
        for index, clip in enumerate(block.clips):
            yield ("blocks", number, "clips", index), clip


def _clips_or_blocks(study: "Study") -> None:
    if study.clips is not None and study.blocks:
        raise FieldError(("clips",), "'clips' and 'blocks' exclude each other: name every clip in one of the two")


def _blocks_have_names(study: "Study") -> None:
    names = [block.name for block in study.blocks]
    for number, name in enumerate(names):
        if name in names[:number]:
            raise FieldError(("blocks", number, "name"), f"two blocks have the name '{name}'")


def _trials_once(study: "Study") -> None:
    seen: set[str] = set()
    for location, clip in listed_trials(study):
        if clip in seen:
            where = "'clips'" if location[0] == "clips" else "the study"
            raise FieldError(location, f"{where} names '{clip}' twice as a trial: the second time it would not be new")
        seen.add(clip)


def _practice_apart(study: "Study") -> None:
    trials = {clip for _, clip in listed_trials(study)}
    for index, clip in enumerate(study.practice):
        if clip in study.practice[:index]:
            raise FieldError(("practice", index), f"'practice' names '{clip}' twice")
        if clip in trials:
            what = f"'{clip}' is a trial too, and would not be new to the participant; practise with another clip"
            raise FieldError(("practice", index), what)


def _orders_have_things(study: "Study") -> None:
    if study.block_order != "fixed" and len(study.blocks) < 2:
        raise FieldError(("block_order",), f"'{study.block_order}' needs two blocks or more in 'blocks'")
    if study.order == "latin_square" and study.clips is not None and len(study.clips) < 2:
        raise FieldError(("order",), "a Latin square needs two clips or more in 'clips'")
    for number, block in enumerate(study.blocks):
        if block.order == "latin_square" and len(block.clips) < 2:
            raise FieldError(
                ("blocks", number, "order"), "a Latin square needs two clips or more in the block's 'clips'"
            )


def _rests_come(study: "Study") -> None:
    count = len(list(listed_trials(study)))
    if study.break_every is not None and 0 < count <= study.break_every:
        what = f"a rest after {study.break_every} trials never comes, since there are {count}; leave it out or lower it"
        raise FieldError(("break_every",), what)
