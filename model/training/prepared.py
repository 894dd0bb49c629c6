"""From trials to tensors, normalised by what the training trials alone say."""

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import torch
from torch import Tensor

from annotate.scales import Instrument
from model.emert.batch import Batch
from model.emert.losses import TargetTensors
from model.features.dataset import TrialSet
from model.recipe import Architecture
from model.training.device import has_room_for
from model.training.face_choice import face_choice
from model.training.normalisation import Normalisation

#: Pictures shrunk at once: the floats of all of them would not fit.
_AT_ONCE = 256


@dataclass(frozen=True)
class Prepared:
    """N trials as tensors. `pictures` (F, px, px, 3) stay uint8, because as floats they would fill the memory; `faces`
    (N, M) are their rows by moment, -1 where there is none, of `moments` (N,). Both of these stay on the CPU, where
    all lots are drawn, so that a seed means the same on every device.
    """

    pictures: Tensor
    faces: Tensor
    moments: Tensor
    eye: Tensor
    eye_mask: Tensor
    gaze: Tensor
    gaze_mask: Tensor
    maps: Tensor
    map_mask: Tensor
    targets: dict[Instrument, TargetTensors]
    normalisation: Normalisation
    face_input: Literal["picture", "change"]
    device: torch.device

    def __len__(self) -> int:
        return len(self.faces)

    def on(self, device: torch.device) -> "Prepared":
        """The same trials on a device; pictures that do not fit there stay, and are sent batch by batch."""
        names = ("eye", "eye_mask", "gaze", "gaze_mask", "maps", "map_mask")
        moved = {name: getattr(self, name).to(device) for name in names}
        targets = {
            i: TargetTensors(*(values.to(device) for values in (t.seven, t.three, t.valence_arousal, t.intensity)))
            for i, t in self.targets.items()
        }
        pictures = self.pictures.to(device) if has_room_for(self.pictures, device) else self.pictures
        return replace(self, **moved, targets=targets, pictures=pictures, device=device)

    def batch(
        self, rows: Tensor, faces: int, generator: torch.Generator | None = None
    ) -> tuple[Batch, dict[Instrument, TargetTensors]]:
        """Trials `rows` (B,), with `faces` of each, drawn by `generator` (see face_choice)."""
        batch, targets = self.loaded(rows, faces, generator)
        return replace(batch, faces_BTCHW=self._normalised(rows, batch)), targets

    def loaded(
        self, rows: Tensor, faces: int, generator: torch.Generator | None = None
    ) -> tuple[Batch, dict[Instrument, TargetTensors]]:
        """The same with faces as they lie in memory: bytes, any picture where there is none."""
        chosen_BT = face_choice(self.faces[rows], self.moments[rows], faces, generator)
        pictures = self._pictures(chosen_BT)
        rows = rows.to(self.device)
        batch = Batch(
            faces_BTCHW=pictures.unflatten(2, self.pictures.shape[1:]).permute(0, 1, 4, 2, 3),
            face_mask_BT=(chosen_BT >= 0).to(self.device),
            eye_BSE=self.eye[rows],
            eye_mask_BS=self.eye_mask[rows],
            gaze_BSX=self.gaze[rows],
            gaze_mask_BS=self.gaze_mask[rows],
            maps_BPCHW=self.maps[rows],
            map_mask_BP=self.map_mask[rows],
        )
        targets = {
            i: TargetTensors(t.seven[rows], t.three[rows], t.valence_arousal[rows], t.intensity[rows])
            for i, t in self.targets.items()
        }
        return batch, targets

    def _normalised(self, rows: Tensor, loaded: Batch) -> Tensor:
        """(B, T, 3, px, px) floats, 0 outside the mask.

        A picture is one long row here: arithmetic over a last axis of three colours is far slower.
        """
        mean, sd = (
            torch.tensor(values, device=self.device).repeat(self.pictures[0].numel() // 3)
            for values in (self.normalisation.face_mean, self.normalisation.face_sd)
        )
        pictures = loaded.faces_BTCHW.permute(0, 1, 3, 4, 2).flatten(2).float()
        if self.face_input == "change":
            pictures.sub_(self._pictures(self._first(rows)[:, None])).mul_(1 / (255.0 * sd))
        else:
            torch.addcmul(-mean / sd, pictures, 1 / (255.0 * sd), out=pictures)
        if self.device.type != "cpu" or not loaded.face_mask_BT.all():  # a GPU would have to be waited for
            pictures[~loaded.face_mask_BT] = 0.0
        return pictures.unflatten(2, self.pictures.shape[1:]).permute(0, 1, 4, 2, 3)

    def _pictures(self, chosen_BT: Tensor) -> Tensor:
        """(B, T, px · px · 3) bytes; any picture where there is none."""
        wanted = chosen_BT.clamp(min=0).flatten().to(self.pictures.device)
        return self.pictures.flatten(1).index_select(0, wanted).to(self.device).unflatten(0, chosen_BT.shape)

    def _first(self, rows: Tensor) -> Tensor:
        """(B,) row of the first face of each trial."""
        faces_BM = self.faces[rows]
        return faces_BM.gather(1, (faces_BM >= 0).int().argmax(dim=1, keepdim=True))[:, 0]


def prepare(trials: TrialSet, normalisation: Normalisation, architecture: Architecture) -> Prepared:
    """All trials as tensors; what was not measured becomes 0, which after normalisation is the mean, and leaves the
    mask.
    """
    n = normalisation
    eye, eye_mask = _filled(trials.eye, n.eye_mean, n.eye_sd)
    gaze, gaze_mask = _filled(trials.gaze, n.gaze_mean, n.gaze_sd)
    maps, map_mask = _maps(trials, architecture)
    pictures, faces_NM = _shrunk(trials.pictures, trials.faces, architecture.face_pixels)
    return Prepared(
        pictures=torch.from_numpy(pictures),
        faces=torch.from_numpy(faces_NM),
        moments=torch.from_numpy(trials.moments),
        eye=eye,
        eye_mask=eye_mask,
        gaze=gaze,
        gaze_mask=gaze_mask,
        maps=maps,
        map_mask=map_mask,
        targets={
            i: TargetTensors(
                *(
                    torch.from_numpy(values.astype(np.float32))
                    for values in (t.seven, t.three, t.valence_arousal, t.intensity)
                )
            )
            for i in Instrument
            for t in (trials.targets(i),)
        },
        normalisation=normalisation,
        face_input=architecture.face_input,
        device=torch.device("cpu"),
    )


def _filled(values: np.ndarray, mean: tuple[float, ...], sd: tuple[float, ...]) -> tuple[Tensor, Tensor]:
    """Normalised values with 0 for NaN, clipped at 6 deviations; and which steps have any value."""
    known = np.isfinite(values)
    normal = np.where(known, (values - np.array(mean)) / np.array(sd), 0.0)
    return torch.from_numpy(np.clip(normal, -6.0, 6.0).astype(np.float32)), torch.from_numpy(known.any(axis=-1))


def _maps(trials: TrialSet, architecture: Architecture) -> tuple[Tensor, Tensor]:
    """(N, P, channels, 28, 28), 0 where nothing was fixated, and which maps there are (N, P); P is 0 where the recipe
    asks for none. Heat is long-tailed, so its logarithm; scales are fixed, as no column is of a unit of its own.
    """
    if architecture.maps == "none":
        return torch.zeros(len(trials), 0, 1, 1, 1), torch.zeros(len(trials), 0, dtype=torch.bool)
    known_NP = np.isfinite(trials.maps).all(axis=(2, 3))
    if architecture.maps == "heat":
        maps = np.log1p(np.nan_to_num(trials.maps, nan=0.0))[:, :, None]
    else:
        maps = trials.maps_drawn.transpose(0, 1, 4, 2, 3).astype(np.float32) / 127.5 - 1.0
        maps = maps * known_NP[:, :, None, None, None]
    return torch.from_numpy(np.ascontiguousarray(maps, dtype=np.float32)), torch.from_numpy(known_NP)


def _shrunk(pictures: np.ndarray, faces_NM: np.ndarray, pixels: int) -> tuple[np.ndarray, np.ndarray]:
    """Means of square blocks, `pixels` divides their side; only of the pictures that `faces_NM` names, and its rows
    among those. Where nothing is to be shrunk the pictures stay where they are, which may be on disk.
    """
    used = np.unique(faces_NM[faces_NM >= 0])
    if not len(used):
        return np.zeros((1, pixels, pixels, 3), np.uint8), faces_NM
    block = pictures.shape[1] // pixels
    if block == 1:
        return pictures, faces_NM
    shrunk = np.empty((len(used), pixels, pixels, 3), dtype=np.uint8)
    for first in range(0, len(used), _AT_ONCE):
        some = pictures[used[first : first + _AT_ONCE]]
        blocks = some.reshape(len(some), pixels, block, pixels, block, 3)
        shrunk[first : first + _AT_ONCE] = np.rint(blocks.mean(axis=(2, 4), dtype=np.float32)).astype(np.uint8)
    return shrunk, np.where(faces_NM >= 0, np.searchsorted(used, faces_NM), -1)
