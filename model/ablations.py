"""A recipe with one part taken back or added, to see which parts pay."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, get_args

from model.recipe import Augmentation, Kind, Recipe

Change = Callable[[Recipe], Recipe]


def _architecture(**back: Any) -> Change:
    return lambda recipe: replace(recipe, architecture=replace(recipe.architecture, **back))


def _schedule(**back: Any) -> Change:
    return lambda recipe: replace(recipe, schedule=replace(recipe.schedule, **back))


def _augmentation(**back: Any) -> Change:
    return lambda recipe: replace(recipe, augmentation=replace(recipe.augmentation, **back))


def _losses(**back: float) -> Change:
    return lambda recipe: replace(recipe, losses=replace(recipe.losses, **back))


def _without_augmentation(recipe: Recipe) -> Recipe:
    return replace(recipe, augmentation=Augmentation())


#: What can be taken back: its name, what a table says of it, and how.
_PARTS: dict[str, tuple[str, Change]] = {
    "change": ("faces as they are, not as changes from the first", _architecture(face_input="picture")),
    "summary": ("an eye step does not see its trial's mean", _architecture(eye_summary=False)),
    "bypass": ("eye steps go through the LSTM alone", _architecture(eye_bypass=False)),
    "maps": ("no fixation maps", _architecture(maps="none")),
    "pool": ("tokens averaged all together", _architecture(pool="tokens")),
    "discriminator": ("no loss tells shared from own", _losses(invariant=0.0, specific=0.0)),
    "weights": ("numbers weigh as little as in the publication", _losses(valence_arousal=1.0, intensity=1.0)),
    "augmentation": ("trials as they are", _without_augmentation),
    "drop": ("no trial loses face or eyes", _augmentation(drop_faces=0.0, drop_eyes=0.0)),
    "last": ("the epoch that validation people choose, not the last", _schedule(keep="best")),
    "refit": ("not trained anew on the validation people", _schedule(refit=False)),
    "warmup": ("full learning rate at once", _schedule(warmup_epochs=0)),
}
#: What could be added, told in the same way.
_MORE: dict[str, tuple[str, Change]] = {
    "change": ("faces as changes from the trial's first", _architecture(face_input="change")),
    "last": ("the last epoch, whatever validation people choose", _schedule(keep="last", patience=None)),
    "maps": ("fixation maps beside eyes and gaze", _architecture(maps="heat")),
    "maps_over_clip": ("fixation maps drawn over the clip, which tell the clip", _architecture(maps="over_clip")),
}
_CHANGES = {"without": _PARTS, "with": _MORE}
#: Networks that have such a part; those of all other parts are all.
_ALL: frozenset[Kind] = frozenset(get_args(Kind))
_HAVE: dict[str, frozenset[Kind]] = {
    "change": _ALL - {"eyes-only"},
    **dict.fromkeys(("summary", "bypass", "maps", "maps_over_clip"), _ALL - {"face-only"}),
    **dict.fromkeys(("pool", "discriminator"), frozenset[Kind]({"emert"})),
}


def ablations_of(recipe: Recipe) -> tuple[Recipe, ...]:
    """The recipe without each of its parts in turn, and with each part that it lacks."""
    names = [f"{recipe.name}_{way}_{part}" for way, changes in _CHANGES.items() for part in changes]
    return tuple(changed for name in names if (changed := _changed(recipe, name)) is not None)


def ablation_named(name: str, recipes: Mapping[str, Callable[[], Recipe]]) -> Recipe | None:
    """The recipe called `<recipe>_without_<part>` or `<recipe>_with_<part>`, of one of `recipes`; None where there is
    no such recipe or part.
    """
    parents = [parent for parent in recipes if name.startswith(f"{parent}_with")]
    return next((changed for parent in parents if (changed := _changed(recipes[parent](), name)) is not None), None)


def _changed(recipe: Recipe, name: str) -> Recipe | None:
    way, _, part = name.removeprefix(f"{recipe.name}_").partition("_")
    if part not in _CHANGES.get(way, {}) or recipe.architecture.kind not in _HAVE.get(part, _ALL):
        return None
    says, change = _CHANGES[way][part]
    changed = change(recipe)
    if changed == recipe:
        return None
    return replace(changed, name=name, says=f"{recipe.name}, {says}", beside=None)
