"""The recipes. Each is a plain function that gives the whole configuration of a run; nothing else configures one."""

from collections.abc import Callable
from dataclasses import replace

from model.ablations import ablation_named, ablations_of
from model.errors import RecipeError
from model.recipe import Architecture, Augmentation, Kind, LossWeights, Recipe, Schedule


def emert_paper() -> Recipe:
    """The published sizes, losses and schedule; both instruments in one network, our eye columns in place of Tobii's
    39.
    """
    return Recipe(
        name="emert_paper",
        says="EMERT as published, answering both instruments",
        architecture=Architecture(),
        losses=LossWeights(),
        schedule=Schedule(),
        augmentation=Augmentation(),
        beside="face_only_paper",
    )


def face_only_paper() -> Recipe:
    """The published face encoder under the published schedule, without the eyes."""
    return Recipe(
        name="face_only_paper",
        says="the face encoder of EMERT alone",
        architecture=Architecture(kind="face-only"),
        losses=LossWeights(),
        schedule=Schedule(),
        augmentation=Augmentation(),
    )


#: Cross-entropies begin at about one or two; what numbers lose, far below one, is brought to the same order.
_OUR_WEIGHTS = LossWeights(valence_arousal=10.0, intensity=10.0)


def emert() -> Recipe:
    """Ours: smaller pictures, pooling by modality, augmentation, warm-up, early stopping, losses of one order.

    Its numbers are first guesses: no real recording has been trained on yet.
    """
    return Recipe(
        name="emert",
        says="EMERT, one network for both instruments",
        architecture=Architecture(
            face_pixels=56, face_width=32, face_stem="small", eye_layers=1, eye_summary=True, eye_bypass=True,
            dropout=0.3, pool="modalities",
        ),
        losses=_OUR_WEIGHTS,
        schedule=Schedule(
            epochs=100, learning_rate=1e-3, weight_decay=1e-2, decoupled=True, warmup_epochs=3, patience=25,
            clip_gradient=1.0, refit=True,
        ),
        augmentation=Augmentation(
            light=0.2, shift_pixels=3, flip=0.5, drop_faces=0.05, drop_eyes=0.2, eye_noise=0.3, eye_shift=0.3
        ),
        beside="face_only",
    )  # fmt: skip


def face_only() -> Recipe:
    """The company of `emert`: same face encoder, augmentation and schedule."""
    return _without_eyes(emert(), "face_only")


def emert_small() -> Recipe:
    """`emert` made so small that two cores train three folds of a dozen people, and its company, in a few minutes.

    What it is made of was chosen by trial on simulated participants; nothing is known yet of how it does on people.
    What helped, in this order: faces as changes from the trial's first (which should be calm), training anew on the
    validation people too, the last epoch in place of the one that they choose, pooling by modality.
    """
    return Recipe(
        name="emert_small",
        says="EMERT, small enough for two cores of a CPU",
        architecture=Architecture(
            faces=4, face_pixels=28, face_width=16, face_stem="small", face_input="change", token_width=64,
            eye_layers=1, eye_summary=True, eye_bypass=True, dropout=0.3, projection_hidden=128, projection_width=64,
            cross_layers=1, heads=4, head_width=16, pool="modalities",
        ),
        losses=_OUR_WEIGHTS,
        schedule=Schedule(
            epochs=40, learning_rate=2e-3, weight_decay=5e-2, decoupled=True, warmup_epochs=2, keep="last",
            clip_gradient=1.0, refit=True,
        ),
        augmentation=Augmentation(
            light=0.2, shift_pixels=1, flip=0.5, drop_faces=0.05, drop_eyes=0.2, eye_noise=0.3, eye_shift=0.3
        ),
        beside="face_only_small",
    )  # fmt: skip


def face_only_small() -> Recipe:
    """The company of `emert_small`: same face encoder, augmentation and schedule."""
    return _without_eyes(emert_small(), "face_only_small")


def eyes_only() -> Recipe:
    """Of `emert`, only what the eyes tell."""
    return _company(emert(), "eyes_only", "eyes-only", "the eye and gaze encoders")


def eyes_only_small() -> Recipe:
    """Of `emert_small`, only what the eyes tell."""
    return _company(emert_small(), "eyes_only_small", "eyes-only", "the eye and gaze encoders")


def late_fusion() -> Recipe:
    """One classifier a modality, answers averaged."""
    return _company(emert(), "late_fusion", "late-fusion", "late fusion")


def late_fusion_small() -> Recipe:
    """One classifier a modality, answers averaged."""
    return _company(emert_small(), "late_fusion_small", "late-fusion", "late fusion")


def tfn() -> Recipe:
    """Outer product of the modalities."""
    return _company(emert(), "tfn", "tfn", "Tensor Fusion Network")


def tfn_small() -> Recipe:
    """Outer product of the modalities."""
    return _company(emert_small(), "tfn_small", "tfn", "Tensor Fusion Network")


def lmf() -> Recipe:
    """Outer product of the modalities, of low rank."""
    return _company(emert(), "lmf", "lmf", "Low-rank Multimodal Fusion")


def lmf_small() -> Recipe:
    """Outer product of the modalities, of low rank."""
    return _company(emert_small(), "lmf_small", "lmf", "Low-rank Multimodal Fusion")


def mult() -> Recipe:
    """Each modality asks each other one."""
    return _company(emert(), "mult", "mult", "Multimodal Transformer")


def mult_small() -> Recipe:
    """Each modality asks each other one."""
    return _company(emert_small(), "mult_small", "mult", "Multimodal Transformer")


def misa() -> Recipe:
    """Shared and own subspaces, with the weights of their losses that the authors' program begins with."""
    return _misa(emert(), "misa")


def misa_small() -> Recipe:
    """Shared and own subspaces, with the weights of their losses that the authors' program begins with."""
    return _misa(emert_small(), "misa_small")


def _company(parent: Recipe, name: str, kind: Kind, says: str) -> Recipe:
    """Another network, and all else as in `parent`, so that nothing else can make the difference."""
    return replace(
        parent,
        name=name,
        says=f"{says}, with the encoders and the schedule of {parent.name}",
        architecture=replace(parent.architecture, kind=kind),
        beside=None,
    )


def _misa(parent: Recipe, name: str) -> Recipe:
    company = _company(parent, name, "misa", "MISA")
    return replace(company, losses=replace(parent.losses, similarity=1.0, difference=0.3, reconstruction=1.0))


def _without_eyes(recipe: Recipe, name: str) -> Recipe:
    return replace(_company(recipe, name, "face-only", ""), says=f"the face encoder of {recipe.name} alone")


RECIPES: dict[str, Callable[[], Recipe]] = {
    recipe.__name__: recipe
    for recipe in (
        *(emert, face_only, eyes_only, late_fusion, tfn, lmf, mult, misa),
        *(emert_small, face_only_small, eyes_only_small, late_fusion_small),
        *(tfn_small, lmf_small, mult_small, misa_small),
        *(emert_paper, face_only_paper),
    )
}


def recipe_named(name: str) -> Recipe:
    """One of RECIPES, or one of them with one part changed (`emert_without_refit`, see model.ablations).

    Raises RecipeError, naming those there are.
    """
    if name in RECIPES:
        return RECIPES[name]()
    ablation = ablation_named(name, RECIPES)
    if ablation is None:
        there = ", ".join(sorted(RECIPES))
        changed = ", ".join(each.name for each in ablations_of(emert()))
        raise RecipeError(
            f"recipe {name!r}: there is none of this name. There are: {there}; and each of them with one part changed, "
            f"as in {changed}."
        )
    return ablation
