"""One face from each part of the clip: the middle one, or one at random; never one that was not found."""

import torch

from model.training.face_choice import face_choice


def rows(*trials: list[int], width: int = 8) -> torch.Tensor:
    return torch.tensor([trial + [-1] * (width - len(trial)) for trial in trials])


def test_without_lots_the_face_nearest_to_the_middle_of_each_part_is_taken() -> None:
    faces = rows([10, 11, 12, 13, 14, 15], [20, 21, -1, 23, -1, -1, 26, 27], [30])
    moments = torch.tensor([6, 8, 1])
    assert face_choice(faces, moments, 2, None).tolist() == [[11, 14], [21, 26], [-1, 30]]


def test_at_random_each_face_of_a_part_comes_and_none_of_another() -> None:
    faces, moments = rows([10, -1, 12, 13, 14, 15, 16, 17]).expand(400, -1), torch.full((400,), 8)
    chosen = face_choice(faces, moments, 2, torch.Generator().manual_seed(1))
    assert set(chosen[:, 0].tolist()) == {10, 12, 13}
    assert set(chosen[:, 1].tolist()) == {14, 15, 16, 17}
    again = face_choice(faces, moments, 2, torch.Generator().manual_seed(1))
    assert torch.equal(chosen, again)


def test_a_trial_without_a_face_gives_none() -> None:
    assert face_choice(rows([]), torch.tensor([0]), 3, None).tolist() == [[-1, -1, -1]]
