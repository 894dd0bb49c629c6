"""The company of EMERT: each network does what its publication says, bears what is missing, and is told no clip."""

import dataclasses
import itertools
import math
import re
from functools import partial
from pathlib import Path
from typing import get_args

import numpy as np
import pytest
import torch
from torch import nn

from annotate.media_store import MediaStore
from annotate.scales import EMOTIONS, POLARITIES, Instrument
from model import recipes
from model.baselines.attention import AttentionStack
from model.baselines.late_fusion import equal_shares, mean_answer
from model.baselines.low_rank_fusion import LowRankMap
from model.baselines.majority import majority
from model.baselines.stimulus_identity import stimulus_identity
from model.baselines.subspace_losses import central_moment_discrepancy, reconstruction_error, soft_orthogonality
from model.baselines.tensor_fusion import outer_product
from model.emert.batch import Answer, Batch, InstrumentAnswer
from model.emert.losses import TargetTensors, total_loss
from model.errors import RecipeError
from model.features.dataset import Targets, TrialSet, load_trials
from model.network import NETWORKS, build_network
from model.recipe import Architecture, Kind, LossWeights, Recipe
from model.recipes import RECIPES, emert, emert_small, recipe_named
from model.training.fit import fit, predict_trials
from model.training.normalisation import fit_normalisation
from model.training.prepared import Prepared, prepare
from model.training.split import splits_of
from model.training.train import train
from tests.model.conftest import UTC, Lab, tiny_recipe
from tests.model.test_networks import TINY, flat, some_batch

KINDS = tuple(kind for kind in NETWORKS if kind != "emert")
#: Those that see face and eyes.
FUSING = tuple(kind for kind in KINDS if not kind.endswith("-only"))
MODALITY_MASKS = ("face_mask_BT", "eye_mask_BS", "gaze_mask_BS")


def tiny_architecture(kind: Kind) -> Architecture:
    return dataclasses.replace(tiny_recipe().architecture, kind=kind, eye_summary=True, eye_bypass=True)


def tiny_network(kind: Kind) -> nn.Module:
    torch.manual_seed(0)
    return build_network(tiny_architecture(kind)).eval()


def answers(network: nn.Module, batch: Batch) -> torch.Tensor:
    with torch.no_grad():
        return flat(network(batch))


# --- what the publications say ---------------------------------------------------------------------------------------


def test_low_rank_fusion_is_the_map_through_the_whole_weight_tensor() -> None:
    """The tensor that the factors stand for, made entry by entry, applied to the outer product of the vectors."""
    torch.manual_seed(3)
    width, out, rank, trials = 3, 4, 2, 5
    low_rank = LowRankMap(width, out, 3, rank).double()
    nn.init.normal_(low_rank.bias)
    vectors = torch.randn(trials, 3, width, dtype=torch.float64)
    factors = low_rank.factors.detach().numpy()
    tensor = np.zeros((width + 1, width + 1, width + 1, out))
    for i, j, k, o in np.ndindex(*tensor.shape):
        tensor[i, j, k, o] = sum(factors[0, r, i, o] * factors[1, r, j, o] * factors[2, r, k, o] for r in range(rank))
    with_one = np.concatenate([vectors.numpy(), np.ones((trials, 3, 1))], axis=2)
    for trial, (face, eye, gaze) in enumerate(with_one):
        product = np.multiply.outer(np.multiply.outer(face, eye), gaze)
        expected = np.tensordot(product, tensor, axes=3) + low_rank.bias.detach().numpy()
        np.testing.assert_allclose(low_rank(vectors)[trial].detach().numpy(), expected, rtol=1e-12)


def test_tensor_fusion_is_numpys_outer_product_and_holds_each_modality_alone() -> None:
    vectors = torch.randn(4, 3, 2, generator=torch.Generator().manual_seed(1))
    fused = outer_product(vectors).numpy()
    assert fused.shape == (4, 27)
    for trial in range(4):
        face, eye, gaze = (np.append(each, np.float32(1)) for each in vectors[trial].numpy())
        np.testing.assert_allclose(fused[trial], np.multiply.outer(np.multiply.outer(face, eye), gaze).ravel(), 1e-6)
    cube = fused.reshape(4, 3, 3, 3)
    np.testing.assert_array_equal(cube[:, :2, 2, 2], vectors[:, 0].numpy())
    np.testing.assert_array_equal(cube[:, 2, 2, 2], 1.0)


def test_late_fusion_answers_with_the_mean_of_what_is_there() -> None:
    draw = torch.Generator().manual_seed(2)
    said = [
        InstrumentAnswer(*(torch.randn(3, *shape, generator=draw) * 3 for shape in ((7,), (3,), (2,), ())))
        for _ in range(3)
    ]
    present = torch.tensor([[True, True, True], [False, True, False], [False, False, False]])
    mean = mean_answer(said, equal_shares(present))
    for name in ("seven", "three"):
        probabilities = np.stack([getattr(each, name).softmax(dim=1).numpy() for each in said])
        found = getattr(mean, name).softmax(dim=1).numpy()
        np.testing.assert_allclose(found[0], probabilities[:, 0].mean(axis=0), rtol=1e-5)
        np.testing.assert_allclose(found[1], probabilities[1, 1], rtol=1e-5)
        np.testing.assert_allclose(found[2], probabilities[:, 2].mean(axis=0), rtol=1e-5)
    assert mean.intensity is not None
    intensities = [each.intensity[0].item() for each in said if each.intensity is not None]
    assert mean.intensity[0].item() == pytest.approx(np.mean(intensities), rel=1e-5)
    np.testing.assert_allclose(mean.valence_arousal[1].numpy(), said[1].valence_arousal[1].numpy(), rtol=1e-6)


def test_a_classifier_of_late_fusion_whose_modality_nobody_has_learns_nothing() -> None:
    network = tiny_network("late-fusion").train()
    batch = some_batch()
    batch.gaze_mask_BS[:] = False
    flat(network(batch)).square().sum().backward()
    gradients = {name: p.grad for name, p in network.named_parameters() if name.startswith("heads.")}
    for name, gradient in gradients.items():
        assert gradient is not None
        assert torch.isfinite(gradient).all()
        assert bool(gradient.any()) == (not name.startswith("heads.2."))


def test_the_discrepancy_of_moments_is_the_published_formula() -> None:
    rng = np.random.default_rng(4)
    a, b = rng.random((9, 3)), rng.random((9, 3)) ** 2
    both = np.array([True] * 6 + [False] * 3)
    expected = math.sqrt(sum((a[both].mean(axis=0) - b[both].mean(axis=0)) ** 2))
    for order in range(2, 6):
        moments = [np.mean((each[both] - each[both].mean(axis=0)) ** order, axis=0) for each in (a, b)]
        expected += math.sqrt(sum((moments[0] - moments[1]) ** 2))
    found = central_moment_discrepancy(torch.tensor(a), torch.tensor(b), torch.tensor(both))
    assert found.item() == pytest.approx(expected, rel=1e-12)
    assert central_moment_discrepancy(torch.tensor(a), torch.tensor(a), torch.tensor(both)) == 0


def test_soft_orthogonality_is_the_published_formula() -> None:
    rng = np.random.default_rng(5)
    a, b = rng.normal(size=(7, 3)), rng.normal(size=(7, 3))
    both = np.array([True, True, False, True, True, False, True])
    products = np.zeros((3, 3))
    centred = [each[both] - each[both].mean(axis=0) for each in (a, b)]
    for row_a, row_b in zip(*centred, strict=True):
        products += np.outer(row_a / np.linalg.norm(row_a), row_b / np.linalg.norm(row_b))
    found = soft_orthogonality(torch.tensor(a), torch.tensor(b), torch.tensor(both))
    assert found.item() == pytest.approx(np.linalg.norm(products, "fro") ** 2 / 9, rel=1e-12)


def test_columns_that_vary_apart_are_orthogonal() -> None:
    a = torch.tensor([[1.0, 0.0], [-1.0, 0.0], [1.0, 0.0], [-1.0, 0.0]])
    b = torch.tensor([[0.0, 1.0], [0.0, 1.0], [0.0, -1.0], [0.0, -1.0]])
    everybody = torch.ones(4, dtype=torch.bool)
    assert soft_orthogonality(a, b, everybody) == 0
    assert soft_orthogonality(a, a, everybody) > 1


def test_losses_of_a_pair_that_no_trial_has_are_nothing_and_pull_nowhere() -> None:
    a, b = (torch.rand(4, 3, requires_grad=True) for _ in range(2))
    nobody = torch.zeros(4, dtype=torch.bool)
    losses = [each(a, b, nobody) for each in (central_moment_discrepancy, soft_orthogonality, reconstruction_error)]
    torch.stack(losses).sum().backward()
    assert [loss.item() for loss in losses] == [0, 0, 0]
    for x in (a, b):
        assert x.grad is not None
        assert torch.equal(x.grad, torch.zeros(4, 3))


def test_extra_losses_count_by_their_weights_and_only_there() -> None:
    instruments = dict.fromkeys(
        Instrument, InstrumentAnswer(torch.zeros(1, 7), torch.zeros(1, 3), torch.zeros(1, 2), None)
    )
    nothing = TargetTensors(*(torch.full(shape, math.nan) for shape in ((1, 7), (1, 3), (1, 2), (1,))))
    answer = Answer(instruments, extra_losses={"similarity": torch.tensor(2.0), "difference": torch.tensor(5.0)})
    targets = dict.fromkeys(Instrument, nothing)
    assert total_loss(answer, targets, LossWeights()) == 0
    assert total_loss(answer, targets, LossWeights(similarity=0.5, difference=0.1)).item() == pytest.approx(1.5)


def test_misa_names_losses_that_the_weights_know_and_its_recipes_count_them() -> None:
    extra = tiny_network("misa")(some_batch()).extra_losses
    for recipe in (recipe_named("misa"), recipe_named("misa_small")):
        assert all(getattr(recipe.losses, name) > 0 for name in extra)
    assert set(extra) == {"similarity", "difference", "reconstruction"}
    assert all(loss.item() > 0 for loss in extra.values())


def test_misas_losses_go_down_when_they_alone_are_trained() -> None:
    network = tiny_network("misa").train()
    batch = some_batch(6)
    optimiser = torch.optim.Adam(network.parameters(), lr=1e-2)
    seen = []
    for _ in range(8):
        torch.manual_seed(0)
        extra = network(batch).extra_losses
        seen.append({name: loss.item() for name, loss in extra.items()})
        optimiser.zero_grad()
        torch.stack(list(extra.values())).sum().backward()
        optimiser.step()
    assert all(seen[-1][name] < seen[0][name] for name in seen[0])


# --- what is missing -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_what_a_trial_lacks_leaves_all_finite_and_the_others_as_they_were(kind: Kind) -> None:
    network = tiny_network(kind)
    whole = answers(network, some_batch())
    for count in (1, 2, 3):
        for missing in itertools.combinations(MODALITY_MASKS, count):
            batch = some_batch()
            for mask in missing:
                getattr(batch, mask)[1] = False
            lacking = answers(network, batch)
            assert torch.isfinite(lacking).all()
            assert torch.equal(whole[[0, 2]], lacking[[0, 2]])


@pytest.mark.parametrize("kind", KINDS)
def test_a_trial_says_the_same_whatever_the_others_show(kind: Kind) -> None:
    network = tiny_network(kind)
    batch = some_batch()
    whole = answers(network, batch)
    batch.faces_BTCHW[1] *= -3.0
    batch.eye_BSE[1] += 2.0
    batch.gaze_BSX[1] = 0.0
    changed = answers(network, batch)
    assert torch.equal(whole[[0, 2]], changed[[0, 2]])
    assert not torch.allclose(whole[1], changed[1], atol=1e-4)


@pytest.mark.parametrize("kind", FUSING)
@pytest.mark.parametrize("mask", MODALITY_MASKS)
def test_a_fusing_network_hears_every_modality(kind: Kind, mask: str) -> None:
    network = tiny_network(kind)
    batch = some_batch()
    whole = answers(network, batch)
    getattr(batch, mask)[1] = False
    assert not torch.allclose(whole[1], answers(network, batch)[1], atol=1e-4)


@pytest.mark.parametrize("kind", KINDS)
def test_what_lies_under_a_mask_is_never_read(kind: Kind) -> None:
    network = tiny_network(kind)
    batch = some_batch()
    batch.face_mask_BT[0, 1] = False
    batch.face_mask_BT[2, :] = False
    batch.eye_mask_BS[0, 3:9] = False
    batch.gaze_mask_BS[0, :] = False
    before = answers(network, batch)
    batch.faces_BTCHW[0, 1] = 1e3
    batch.faces_BTCHW[2, :] = 1e3
    batch.eye_BSE[0, 3:9] = 1e3
    batch.gaze_BSX[0, :] = 1e3
    assert torch.allclose(before, answers(network, batch), atol=1e-5)


def test_tokens_ask_whom_they_may_and_without_anybody_stay_as_they_were() -> None:
    torch.manual_seed(6)
    stack = AttentionStack(TINY, 8).eval()
    asking, asked, mask = torch.randn(3, 4, 8), torch.randn(3, 5, 8), torch.ones(3, 5, dtype=torch.bool)
    mask[1, 2:] = False
    mask[2, :] = False
    with torch.no_grad():
        heard = stack(asking, mask, asked)
        assert torch.equal(heard[2], stack.norm(asking[2]))
        assert torch.allclose(heard[1:2], stack(asking[1:2], mask[1:2, :2], asked[1:2, :2]), atol=1e-6)
        asked[1, 2:], asked[2] = 7.0, -7.0
        assert torch.equal(heard, stack(asking, mask, asked))
        asked[1, 0] = 7.0
        assert not torch.allclose(heard[1], stack(asking, mask, asked)[1], atol=1e-4)


@pytest.mark.parametrize("kind", FUSING)
def test_what_is_not_there_has_no_say(kind: Kind) -> None:
    """No weight of the gaze's own way matters to the trial that has none, and each does to the others."""
    network = tiny_network(kind)
    batch = some_batch()
    batch.gaze_mask_BS[1] = False
    before = answers(network, batch)
    of_gaze = [p for name, p in network.named_parameters() if re.search(r"(tokens\.gaze|project\.2|own\.2)\.", name)]
    assert len(of_gaze) > 4
    with torch.no_grad():
        for parameter in of_gaze:
            parameter.add_(torch.randn_like(parameter))
    after = answers(network, batch)
    assert torch.equal(before[1], after[1])
    assert not torch.allclose(before[[0, 2]], after[[0, 2]], atol=1e-4)


@pytest.mark.parametrize("part", ["shared", "own"])
def test_misa_answers_from_what_is_shared_and_from_what_is_own(part: str) -> None:
    network = tiny_network("misa")
    before = answers(network, some_batch())
    with torch.no_grad():
        for parameter in network.get_submodule(part).parameters():
            parameter.add_(torch.randn_like(parameter))
    assert not torch.allclose(before, answers(network, some_batch()), atol=1e-4)


@pytest.mark.parametrize("kind", KINDS)
def test_gradients_stay_finite_where_a_batch_lacks_a_modality(kind: Kind) -> None:
    for missing in (*MODALITY_MASKS, None):
        network = tiny_network(kind).train()
        batch = some_batch()
        batch.face_mask_BT[0] = False
        batch.gaze_mask_BS[1] = False
        if missing:
            getattr(batch, missing)[:] = False
        answer = network(batch)
        (flat(answer).square().sum() + sum(answer.extra_losses.values(), torch.zeros(()))).backward()
        for name, p in network.named_parameters():
            assert p.grad is None or torch.isfinite(p.grad).all(), name


def test_the_one_sided_look_at_one_side() -> None:
    batch = some_batch()
    face, eyes = tiny_network("face-only"), tiny_network("eyes-only")
    seen_face, seen_eyes = answers(face, batch), answers(eyes, batch)
    batch.faces_BTCHW.zero_()
    assert torch.equal(answers(eyes, batch), seen_eyes)
    assert not torch.allclose(answers(face, batch), seen_face, atol=1e-4)
    batch = some_batch()
    batch.eye_BSE.zero_()
    batch.gaze_BSX.zero_()
    assert torch.equal(answers(face, batch), seen_face)
    assert not torch.allclose(answers(eyes, batch), seen_eyes, atol=1e-4)


# --- they learn ------------------------------------------------------------------------------------------------------


def planted(trials: int = 8) -> tuple[Batch, dict[Instrument, TargetTensors]]:
    """Felt is in the gaze, shown in the brightness of the face; neither tells the other."""
    draw = torch.Generator().manual_seed(11)
    batch = some_batch(trials)
    felt, shown = torch.arange(trials) % 2, torch.arange(trials) // 2 % 2
    noise = torch.randn(batch.gaze_BSX.shape, generator=draw) * 0.2
    batch = dataclasses.replace(
        batch,
        faces_BTCHW=batch.faces_BTCHW * 0.2 + (2.0 * shown - 1)[:, None, None, None, None],
        gaze_BSX=noise + (2.0 * felt - 1)[:, None, None],
    )
    return batch, {Instrument.ER: two_classes(felt), Instrument.FER: two_classes(shown)}


def two_classes(which: torch.Tensor) -> TargetTensors:
    return TargetTensors(
        seven=nn.functional.one_hot(which, len(EMOTIONS)).float(),
        three=nn.functional.one_hot(which, len(POLARITIES)).float(),
        valence_arousal=torch.stack([which - 0.5, 0.5 - which], dim=1).float(),
        intensity=1.0 + which.float(),
    )


#: What a network cannot know, since it does not look there.
BLIND: dict[Kind, Instrument] = {"face-only": Instrument.ER, "eyes-only": Instrument.FER}


@pytest.mark.parametrize("kind", KINDS)
def test_each_network_learns_a_planted_set(kind: Kind) -> None:
    """Without a mistake within 80 steps, in the instrument whose side it sees."""
    architecture = dataclasses.replace(
        tiny_architecture(kind), token_width=16, projection_hidden=16, projection_width=16, dropout=0.0
    )
    torch.manual_seed(1)
    network = build_network(architecture).train()
    batch, targets = planted()
    optimiser = torch.optim.Adam(network.parameters(), lr=1e-2)
    wanted = set(Instrument) - {BLIND.get(kind)}
    truth = {i: targets[i].seven.argmax(1) for i in Instrument}
    for _ in range(80):
        answer = network(batch)
        right = {i for i in Instrument if torch.equal(answer.instruments[i].seven.argmax(1), truth[i])}
        if wanted <= right:
            break
        optimiser.zero_grad()
        total_loss(answer, targets, LossWeights(similarity=0.1, difference=0.1, reconstruction=0.1)).backward()
        optimiser.step()
    assert wanted <= right


@pytest.mark.parametrize("kind", KINDS)
def test_every_part_of_each_network_learns(kind: Kind) -> None:
    network = tiny_network(kind).train()
    answer = network(some_batch(4))
    (flat(answer).square().sum() + sum(answer.extra_losses.values(), torch.zeros(()))).backward()
    idle = [name for name, p in network.named_parameters() if p.grad is None or not p.grad.abs().sum() > 0]
    assert idle == []


# --- the same chances ------------------------------------------------------------------------------------------------


def test_every_kind_has_a_network_and_a_recipe_at_both_sizes() -> None:
    assert set(get_args(Kind)) == set(NETWORKS)
    for parent, suffix in ((emert(), ""), (emert_small(), "_small")):
        for kind in KINDS:
            recipe = RECIPES[kind.replace("-", "_") + suffix]()
            assert recipe == equal_but_for_the_network(parent, recipe)
            assert recipe.architecture.kind == kind


def equal_but_for_the_network(parent: Recipe, recipe: Recipe) -> Recipe:
    losses = dataclasses.replace(
        parent.losses,
        **{name: getattr(recipe.losses, name) for name in ("similarity", "difference", "reconstruction")},
    )
    architecture = dataclasses.replace(parent.architecture, kind=recipe.architecture.kind)
    return dataclasses.replace(
        parent, name=recipe.name, says=recipe.says, beside=None, losses=losses, architecture=architecture
    )


@pytest.mark.parametrize("kind", FUSING)
def test_the_encoders_begin_with_emerts_own_weights(kind: Kind) -> None:
    mine, theirs = tiny_network("emert").state_dict(), tiny_network(kind).state_dict()
    encoders = {name: tensor for name, tensor in mine.items() if name.split(".")[0] in ("faces", "eye", "gaze")}
    tokens = next(name.removesuffix("faces.to_token.bias") for name in theirs if name.endswith("faces.to_token.bias"))
    assert all(torch.equal(theirs[tokens + name], tensor) for name, tensor in encoders.items())
    assert len(encoders) > 20


def test_no_network_wins_or_loses_by_its_size() -> None:
    sizes = {kind: parameters(dataclasses.replace(emert_small().architecture, kind=kind)) for kind in get_args(Kind)}
    print("\n".join(f"{kind:12} {count:9,} {count / sizes['emert']:5.2f}" for kind, count in sizes.items()))
    # The face encoder is most of every network; who has none is small.
    assert sizes.pop("eyes-only") > 50_000
    assert {kind for kind, count in sizes.items() if not 1 / 3 < count / sizes["emert"] < 3} == set()


def parameters(architecture: Architecture) -> int:
    return sum(p.numel() for p in build_network(architecture).parameters())


# --- the clip --------------------------------------------------------------------------------------------------------


def made_up(clips: list[str], felt: list[int | None], valence: list[float]) -> TrialSet:
    """Trials without a measurement; `felt` None: nobody rated."""
    count = len(clips)
    known = np.array([number is not None for number in felt])
    hard = np.array([-1 if number is None else number for number in felt])
    shares = np.where(known[:, None], np.eye(len(EMOTIONS))[hard], np.nan)
    three = np.where(known[:, None], np.eye(len(POLARITIES))[np.minimum(hard, 2)], np.nan)
    numbers = np.where(known, valence, np.nan)
    targets = Targets(
        seven=shares, three=three, hard_seven=hard, hard_three=np.minimum(hard, 2),
        valence_arousal=np.stack([numbers, -numbers], axis=1), intensity=1 + numbers,
    )  # fmt: skip
    nothing = np.zeros((count, 0))
    return TrialSet(
        snapshot="s", trial=np.arange(count).astype(str), participant=np.arange(count).astype(str),
        clip=np.array(clips), fold=np.zeros(count), simulated=np.ones(count, dtype=bool), pictures=nothing,
        faces=nothing, moments=nothing, eye=nothing, gaze=nothing, maps=nothing, maps_drawn=nothing, er=targets,
        fer=targets,
    )  # fmt: skip


def test_stimulus_identity_says_what_others_said_of_the_same_clip() -> None:
    train_set = made_up(
        ["sea", "sea", "sea", "sea", "dog", "dog", "unrated"],
        [0, 0, 2, 2, 1, 1, None],
        [0.0, 0.2, 0.4, 0.6, -1.0, 0.0, 0.9],
    )
    clips = np.array(["dog", "sea", "new", "unrated", "dog"])
    said = stimulus_identity(train_set, clips)
    for instrument in Instrument:
        answer = said[instrument]
        np.testing.assert_allclose(answer.seven[0], np.eye(7)[1])
        np.testing.assert_allclose(answer.seven[4], np.eye(7)[1])
        np.testing.assert_allclose(answer.seven[1], [0.5, 0, 0.5, 0, 0, 0, 0])
        np.testing.assert_allclose(answer.three[1], [0.5, 0, 0.5])
        np.testing.assert_allclose(answer.valence_arousal[:2], [[-0.5, 0.5], [0.3, -0.3]])
        np.testing.assert_allclose(answer.intensity[:2], [0.5, 1.3])
        fallback = majority(train_set, 5)[instrument]
        for row in (2, 3):
            for name in ("seven", "three", "valence_arousal", "intensity"):
                np.testing.assert_array_equal(getattr(answer, name)[row], getattr(fallback, name)[row])


def test_stimulus_identity_without_any_label_is_the_majority() -> None:
    nobody = made_up(["sea", "dog"], [None, None], [0.0, 0.0])
    said, fallback = stimulus_identity(nobody, nobody.clip), majority(nobody, 2)
    np.testing.assert_array_equal(said[Instrument.ER].seven, fallback[Instrument.ER].seven)


@pytest.fixture(scope="module")
def simulated(tmp_path_factory: pytest.TempPathFactory) -> tuple[Lab, Path, TrialSet]:
    lab = Lab(tmp_path_factory.mktemp("lab"))
    snapshot, store = lab.snapshot(), lab.store()
    store.compute(snapshot, MediaStore(lab.media))
    return lab, snapshot, load_trials(snapshot, store)


def test_trials_know_their_clip_by_study_and_name_where_it_has_no_digest(
    simulated: tuple[Lab, Path, TrialSet],
) -> None:
    _, _, trials = simulated
    names = np.array([EMOTIONS[number].value for number in trials.er.hard_seven])
    assert trials.clip.tolist() == [f"tiny: {name}" for name in names]
    assert trials.take(np.array([2, 0])).clip.tolist() == trials.clip[[2, 0]].tolist()


def shown_otherwise(trials: TrialSet) -> TrialSet:
    return dataclasses.replace(trials, clip=np.array([f"other {n}" for n in range(len(trials))]))


def tensors(prepared: Prepared) -> list[torch.Tensor]:
    rows = torch.arange(len(prepared))
    batch, targets = prepared.batch(rows, 2)
    return [value for each in (batch, *targets.values()) for value in vars(each).values()]


def test_no_networks_batch_holds_the_clip(simulated: tuple[Lab, Path, TrialSet]) -> None:
    """The batch has these fields and no other, all numbers, and the same ones whatever clip was shown. (Fixation maps
    drawn over the clip tell it, which is why no usual recipe asks for them.)
    """
    _, _, trials = simulated
    assert {field.name for field in dataclasses.fields(Batch)} == {
        "faces_BTCHW", "face_mask_BT", "eye_BSE", "eye_mask_BS", "gaze_BSX", "gaze_mask_BS", "maps_BPCHW",
        "map_mask_BP",
    }  # fmt: skip
    normalisation = fit_normalisation(trials)
    assert fit_normalisation(shown_otherwise(trials)) == normalisation
    architecture = dataclasses.replace(tiny_architecture("emert"), maps="heat")
    before, after = (tensors(prepare(each, normalisation, architecture)) for each in (trials, shown_otherwise(trials)))
    assert len(before) == len(after) == 8 + 2 * 4
    assert all(torch.equal(a.nan_to_num(9.0), b.nan_to_num(9.0)) for a, b in zip(before, after, strict=True))


def test_another_clip_changes_no_weight_and_no_answer(simulated: tuple[Lab, Path, TrialSet]) -> None:
    _, _, trials = simulated
    split = splits_of(trials, 1, seed=0)[0]
    tiny = tiny_recipe()
    recipe = dataclasses.replace(tiny, schedule=dataclasses.replace(tiny.schedule, epochs=1))
    first, second = (fit(recipe, each, split, seed=0) for each in (trials, shown_otherwise(trials)))
    for name, tensor in first.network.state_dict().items():
        assert torch.equal(tensor, second.network.state_dict()[name])
    said = [
        predict_trials(first.network, first.normalisation, recipe, each) for each in (trials, shown_otherwise(trials))
    ]
    assert np.array_equal(said[0][Instrument.ER].seven, said[1][Instrument.ER].seven)


# --- a run with other company ----------------------------------------------------------------------------------------


def run_beside(lab: Lab, snapshot: Path, beside: list[str]) -> list[str]:
    result = train(
        snapshot, MediaStore(lab.media), lab.features, lab.root / "no-networks", lab.runs, "tiny",
        created_utc=UTC, folds=1, workers=1, beside=beside, store=lab.store(),
    )  # fmt: skip
    return list(result.evaluation.scores["ER"]["all"])


def test_a_run_takes_the_company_it_is_given(
    simulated: tuple[Lab, Path, TrialSet], tiny: Recipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    lab, snapshot, _ = simulated
    small = dataclasses.replace(tiny, schedule=dataclasses.replace(tiny.schedule, epochs=1))
    monkeypatch.setitem(recipes.RECIPES, "tiny", lambda: small)
    kinds: tuple[Kind, ...] = ("tfn", "misa")
    for kind in kinds:
        one = recipes._company(small, f"tiny_{kind}", kind, "for tests")
        monkeypatch.setitem(recipes.RECIPES, one.name, partial(dataclasses.replace, one))
    # The page takes most of the time of a run this small, and is looked at in test_training.
    monkeypatch.setattr("model.training.train.write_report", lambda partial, *_: partial / "report.html")
    told = run_beside(lab, snapshot, ["tiny_misa", "tiny_tfn", "tiny", "tiny_misa"])
    assert told == ["tiny", "tiny_misa", "tiny_tfn", "stimulus identity", "majority"]


def test_company_that_nobody_wrote_stops_before_anything_is_read(tmp_path: Path, tiny: Recipe) -> None:
    with pytest.raises(RecipeError, match="tnf_small"):
        run_beside(Lab(tmp_path), tmp_path / "no-snapshot", ["tnf_small"])


# --- what is written of it -------------------------------------------------------------------------------------------


def test_the_page_of_the_company_counts_right() -> None:
    page = (Path(__file__).parents[2] / "docs" / "baselines.md").read_text(encoding="utf-8")
    own = parameters(emert_small().architecture)
    for kind in get_args(Kind):
        name = kind.replace("-", "_") + "_small"
        count = parameters(recipe_named(name).architecture)
        row = next(line for line in page.splitlines() if line.startswith(f"| `{name}` |"))
        assert row.endswith(f"| {count:,} | {count / own:.2f} |"), (name, count)
