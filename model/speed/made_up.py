"""Made-up trials of a published data set's size, to see how quick a machine is. They mean nothing."""

from pathlib import Path

import numpy as np

from annotate.scales import EMOTIONS, POLARITIES
from model.features.aligned_face import FACE_PX
from model.features.dataset import Targets, TrialSet
from model.features.face_map import FaceMap
from model.features.face_moments import nothing_found
from model.features.fixation_maps import MAP_PX, PARTS
from model.features.gaze import EYE_COLUMNS, STEPS


def made_up_trials(folder: Path, trials: int, faces: int, seed: int = 0) -> TrialSet:
    """`trials` with `faces` pictures each, which are written to a map in `folder` and read from there, as in a lab."""
    rng = np.random.default_rng(seed)
    store = FaceMap(folder)
    for number in range(trials):
        moments = nothing_found(faces)
        moments["valid"] = True
        store.keep(str(number), rng.integers(0, 256, (faces, FACE_PX, FACE_PX, 3), dtype=np.uint8), moments)
    view = store.view()
    return TrialSet(
        snapshot="s" + "0" * 16,
        trial=np.arange(trials).astype(str),
        participant=np.arange(trials).astype(str),
        clip=np.full(trials, "made up"),
        fold=np.zeros(trials, dtype=np.int64),
        simulated=np.ones(trials, dtype=bool),
        pictures=view.pictures,
        faces=np.stack([view.rows(str(number)) for number in range(trials)]),
        moments=np.full(trials, faces),
        eye=rng.normal(0, 1, (trials, STEPS, len(EYE_COLUMNS))).astype(np.float32),
        gaze=rng.uniform(0, 1, (trials, STEPS, 2)).astype(np.float32),
        maps=rng.exponential(1, (trials, PARTS, MAP_PX, MAP_PX)).astype(np.float32),
        maps_drawn=rng.integers(0, 256, (trials, PARTS, MAP_PX, MAP_PX, 3), dtype=np.uint8),
        er=_targets(trials, rng, intensity=False),
        fer=_targets(trials, rng, intensity=True),
    )


def _targets(trials: int, rng: np.random.Generator, intensity: bool) -> Targets:
    seven, three = rng.integers(0, len(EMOTIONS), trials), rng.integers(0, len(POLARITIES), trials)
    return Targets(
        seven=np.eye(len(EMOTIONS), dtype=np.float32)[seven],
        three=np.eye(len(POLARITIES), dtype=np.float32)[three],
        hard_seven=seven,
        hard_three=three,
        valence_arousal=rng.uniform(-1, 1, (trials, 2)).astype(np.float32),
        intensity=rng.uniform(0, 3, trials) if intensity else np.full(trials, np.nan),
    )
