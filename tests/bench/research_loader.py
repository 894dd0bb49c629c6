"""The peer of the training benchmark: a training written the plain way that the publication's program is described in.

Written by us from that description; no line of that program is in it. At every step each sample's folder of face
pictures is listed, random ones are opened and resized, and its spreadsheet of eye movements is read. Where the
description leaves a choice, the quicker one was taken: the spreadsheet is read once for eyes and gaze, the pictures are
small, the two processes that load stay busy while the network learns.
"""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import torch
from openpyxl import Workbook
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset, RandomSampler

from annotate.scales import Instrument
from model.emert.batch import Batch
from model.emert.encoders import FaceEncoder
from model.emert.losses import TargetTensors, total_loss
from model.features.gaze import EYE_COLUMNS, STEPS
from model.network import NETWORKS
from model.recipe import Recipe

#: Of the published data set: pictures of a sample, rows and columns of its spreadsheet.
PICTURES, ROWS, COLUMNS = 300, 1466, 39
_WORDS, _WRITTEN_PX = 3, 128
_LOADERS = 2
_NAME = "{:04d}.jpg"


def write_samples(folder: Path, samples: int) -> None:
    """One is made up, the others are its copies: how long reading takes does not depend on what is read."""
    rng = np.random.default_rng(0)
    first = folder / "0"
    (first / "face").mkdir(parents=True)
    picture = cv2.GaussianBlur(rng.integers(0, 256, (_WRITTEN_PX, _WRITTEN_PX, 3), dtype=np.uint8), (9, 9), 0)
    for number in range(PICTURES):
        cv2.imwrite(str(first / "face" / _NAME.format(number)), np.roll(picture, number, axis=1))
    book = Workbook(write_only=True)
    sheet = book.create_sheet()
    sheet.append([f"Column {number} [DACS px]" for number in range(COLUMNS)])
    for row in rng.normal(800, 100, (ROWS, COLUMNS - _WORDS)).round(4).tolist():
        sheet.append(["Participant1", "Eye Tracker", "2030-01-01 10:00:00.000", *row])
    book.save(first / "eye_movement.xlsx")
    for number in range(1, samples):
        shutil.copytree(first, folder / str(number))


class ResearchDataset(Dataset[tuple[Tensor, Tensor, Tensor]]):
    """Faces (T, 3, px, px), eye rows (S, E), gaze rows (S, 2)."""

    def __init__(self, folder: Path, recipe: Recipe) -> None:
        self.samples = sorted(path for path in folder.iterdir() if path.is_dir())
        self.faces, self.pixels = recipe.architecture.faces, recipe.architecture.face_pixels

    def __len__(self) -> int:
        return len(self.samples)

    def __getitem__(self, number: int) -> tuple[Tensor, Tensor, Tensor]:
        folder = self.samples[number]
        names = sorted(path for path in (folder / "face").iterdir())
        chosen = sorted(torch.randperm(len(names))[: self.faces].tolist())
        pictures = [cv2.resize(_opened(names[place]), (self.pixels, self.pixels)) for place in chosen]
        faces = torch.from_numpy(np.stack(pictures)).permute(0, 3, 1, 2).float() / 255
        numbers = pd.read_excel(folder / "eye_movement.xlsx").to_numpy()[:, _WORDS:].astype(np.float32)
        eye, gaze = (numbers[np.sort(torch.randperm(len(numbers))[:STEPS].numpy())] for _ in range(2))
        return faces, torch.from_numpy(eye[:, : len(EYE_COLUMNS)]), torch.from_numpy(gaze[:, :2])


def _opened(path: Path) -> cv2.typing.MatLike:
    picture = cv2.imread(str(path))
    assert picture is not None, path
    return picture


class _PlainFaces(nn.Module):
    """Our face encoder's own parts, called the plain way: whole batches, channels first."""

    def __init__(self, faces: FaceEncoder) -> None:
        super().__init__()
        self.resnet, self.to_token, self.dropout = faces.resnet, faces.to_token, faces.dropout

    def forward(self, faces_BTCHW: Tensor, mask_BT: Tensor) -> Tensor:
        tokens_ND = self.dropout(self.to_token(self.resnet(faces_BTCHW.flatten(0, 1))))
        return tokens_ND.unflatten(0, mask_BT.shape)


class ResearchTraining:
    """The same network as `recipe`'s, under torch's defaults."""

    def __init__(self, folder: Path, recipe: Recipe) -> None:
        self.recipe, self.data = recipe, ResearchDataset(folder, recipe)
        torch.manual_seed(0)
        self.network = NETWORKS[recipe.architecture.kind](recipe.architecture).train()
        faces = self.network.faces
        assert isinstance(faces, FaceEncoder)
        self.network.faces = _PlainFaces(faces)
        s = recipe.schedule
        self.optimiser = torch.optim.Adam(self.network.parameters(), lr=s.learning_rate, weight_decay=s.weight_decay)

    def batches(self, count: int) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
        """Of random samples, loaded by two processes."""
        size = self.recipe.schedule.batch
        sampler = RandomSampler(self.data, replacement=True, num_samples=count * size)
        return iter(DataLoader(self.data, size, sampler=sampler, num_workers=_LOADERS))

    def step(self, loaded: tuple[Tensor, Tensor, Tensor]) -> None:
        faces, eye, gaze = loaded
        known_BS = torch.ones(eye.shape[:2], dtype=torch.bool)
        face_mask_BT = torch.ones(faces.shape[:2], dtype=torch.bool)
        # Raw pixels would make numbers too large to be normal ones, which are slow.
        no_maps, none_known = faces.new_zeros(len(faces), 0, 1, 1, 1), known_BS[:, :0]
        batch = Batch(faces, face_mask_BT, eye / 1000, known_BS, gaze / 1000, known_BS, no_maps, none_known)
        self.optimiser.zero_grad()
        total_loss(self.network(batch), _labels(len(faces)), self.recipe.losses).backward()
        self.optimiser.step()


def _labels(count: int) -> dict[Instrument, TargetTensors]:
    """Some: they cost no time."""
    lots = torch.arange(count)
    some = TargetTensors(torch.eye(7)[lots % 7], torch.eye(3)[lots % 3], torch.zeros(count, 2), torch.ones(count))
    return {Instrument.ER: replace(some, intensity=torch.full((count,), torch.nan)), Instrument.FER: some}
