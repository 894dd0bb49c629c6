"""Random changes of a training batch. Every draw comes from the generator that is passed in, which is the CPU's."""

from dataclasses import replace

import torch
from torch import Tensor

from model.emert.batch import Batch
from model.recipe import Augmentation


def augmented(batch: Batch, how: Augmentation, generator: torch.Generator) -> Batch:
    trials, device = len(batch.faces_BTCHW), batch.faces_BTCHW.device

    def uniform(low: float, high: float) -> Tensor:
        """(B, 1, 1, 1, 1)"""
        return torch.empty(trials, 1, 1, 1, 1).uniform_(low, high, generator=generator).to(device)

    def normal(*shape: int) -> Tensor:
        return torch.randn(shape, generator=generator).to(device)

    faces = batch.faces_BTCHW
    if how.light:
        faces = faces * uniform(1 - how.light, 1 + how.light) + uniform(-how.light, how.light)
    if how.flip:
        # Only the face is mirrored: its expression stays the same, whereas a mirrored gaze would look elsewhere.
        faces = torch.where(uniform(0, 1) < how.flip, faces.flip(-1), faces)
    if how.shift_pixels:
        shifts = torch.randint(-how.shift_pixels, how.shift_pixels + 1, (trials, 2), generator=generator).tolist()
        faces = torch.stack(
            [torch.roll(each, tuple(shift), (-2, -1)) for each, shift in zip(faces, shifts, strict=True)]
        )
    if faces is not batch.faces_BTCHW:
        batch = replace(batch, faces_BTCHW=faces * batch.face_mask_BT[:, :, None, None, None])
    if how.eye_noise:
        noise = normal(*batch.eye_BSE.shape) * how.eye_noise
        wander = normal(*batch.gaze_BSX.shape) * how.eye_noise
        batch = replace(batch, eye_BSE=batch.eye_BSE + noise, gaze_BSX=batch.gaze_BSX + wander)
    if how.eye_shift:
        shift = normal(trials, 1, batch.eye_BSE.shape[2]) * how.eye_shift
        batch = replace(batch, eye_BSE=batch.eye_BSE + shift)
    if how.eye_noise and batch.maps_BPCHW.numel():
        noise = normal(*batch.maps_BPCHW.shape) * how.eye_noise
        batch = replace(batch, maps_BPCHW=batch.maps_BPCHW + noise)
    return _without_a_modality(batch, how, generator)


def _without_a_modality(batch: Batch, how: Augmentation, generator: torch.Generator) -> Batch:
    """Some trials that have both lose face or eyes, so that the network can do with either."""
    has_both = batch.face_mask_BT.any(1) & (batch.eye_mask_BS.any(1) | batch.gaze_mask_BS.any(1))
    luck = torch.rand(len(has_both), generator=generator).to(has_both.device)
    keeps_faces = ~(has_both & (luck < how.drop_faces))[:, None]
    keeps_eyes = ~(has_both & (luck > 1 - how.drop_eyes))[:, None]
    return replace(
        batch,
        face_mask_BT=batch.face_mask_BT & keeps_faces,
        eye_mask_BS=batch.eye_mask_BS & keeps_eyes,
        gaze_mask_BS=batch.gaze_mask_BS & keeps_eyes,
        map_mask_BP=batch.map_mask_BP & keeps_eyes,
    )
