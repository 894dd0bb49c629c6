"""All trials of a snapshot as arrays, ready for training. No torch here: plain numpy, NaN where nothing is known."""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

import numpy as np

from annotate.scales import EMOTIONS, POLARITIES, Instrument
from annotate.snapshot.store import read_header, read_table
from model.errors import NotTrainableError
from model.features.clip_light import response_of_steps
from model.features.fixation_maps import MAP_PX, PARTS
from model.features.gaze import EYE_COLUMNS, MEASURED, PUPIL, STEPS
from model.features.map_drawing import drawn_over
from model.features.pupils import comparable_pupils
from model.features.store import FeatureStore


@dataclass(frozen=True)
class Targets:
    """Labels of N trials under one instrument; a row of NaN where nobody rated.

    `seven` (N, 7) and `three` (N, 3) are shares of the raters; `hard_seven` and `hard_three` (N,) class numbers, -1
    on a tie or without a label; `valence_arousal` (N, 2) in [-1, 1]; `intensity` (N,) in [0, 3], NaN throughout for ER.
    """

    seven: np.ndarray
    three: np.ndarray
    hard_seven: np.ndarray
    hard_three: np.ndarray
    valence_arousal: np.ndarray
    intensity: np.ndarray

    @property
    def labelled(self) -> np.ndarray:
        """(N,) bool."""
        return np.isfinite(self.seven).all(axis=1)


@dataclass(frozen=True)
class TrialSet:
    """N trials, each with at least one modality. The first axis of every array is N.

    `pictures` (F, 112, 112, 3) RGB uint8 are the faces of all trials, and of others, mostly on disk; the only array
    whose first axis is not N. `faces` (N, M): its row for each moment of a trial, -1 where no face was found, and after
    the last of the trial's `moments` (N,), which are equal parts of its clip. `eye` (N, 32, E) in EYE_COLUMNS, the
    pupil without what the clip's light does, as a z-score within its participant; `gaze` (N, 32, 2) screen fractions;
    both NaN where not measured. `maps` (N, 8, 28, 28): fixation maps of equal parts of the trial, NaN where nothing was
    fixated; `maps_drawn` (N, 8, 28, 28, 3) RGB uint8: the same drawn over what the clip showed then, over black where
    the clip is unknown. `fold` (N,).
    `clip` (N,): which film was shown; the same string, the same film. For what is measured against alone: no network
    may be told.
    """

    snapshot: str
    trial: np.ndarray
    participant: np.ndarray
    clip: np.ndarray
    fold: np.ndarray
    simulated: np.ndarray
    pictures: np.ndarray
    faces: np.ndarray
    moments: np.ndarray
    eye: np.ndarray
    gaze: np.ndarray
    maps: np.ndarray
    maps_drawn: np.ndarray
    er: Targets
    fer: Targets

    def __len__(self) -> int:
        return len(self.trial)

    def targets(self, instrument: Instrument) -> Targets:
        return self.er if instrument is Instrument.ER else self.fer

    @property
    def labelled(self) -> np.ndarray:
        """(N,) bool: rated under at least one instrument."""
        return self.er.labelled | self.fer.labelled

    def take(self, rows: np.ndarray) -> "TrialSet":
        """The trials of a boolean mask or of row numbers."""
        whole = ("snapshot", "pictures", "er", "fer")
        arrays = {f.name: getattr(self, f.name)[rows] for f in fields(self) if f.name not in whole}
        return replace(self, **arrays, er=_take(self.er, rows), fer=_take(self.fer, rows))


def _take(targets: Targets, rows: np.ndarray) -> Targets:
    return Targets(**{f.name: getattr(targets, f.name)[rows] for f in fields(targets)})


def load_trials(snapshot: Path, store: FeatureStore) -> TrialSet:
    """Every trial of the snapshot that has features; those with neither a valid face nor a valid gaze are left out.

    Raises NotTrainableError where no trial is left.
    """
    header = read_header(snapshot)
    view = store.faces()
    found = []
    for trial in read_table(snapshot, "trials"):
        key, eyes = store.face_key(trial), store.eyes(trial)
        faces = view.rows(key) if key is not None and key in view.index else None
        sees_face = faces is not None and bool((faces >= 0).any())
        # That nothing was measured, and what was then taken for a blink, are numbers too; no eye was seen.
        sees_eyes = eyes is not None and bool(np.isfinite(eyes["eye"][:, MEASURED]).any())
        if sees_face or sees_eyes:
            found.append((trial, faces, eyes))
    if not found:
        raise NotTrainableError(
            f"{snapshot}: none of its trials has a face that was found or a gaze that was measured. Look at one of its "
            "recordings; if the features were never computed, compute them first."
        )
    trials = [trial for trial, _, _ in found]
    moments_N = np.array([0 if faces is None else len(faces) for _, faces, _ in found])
    faces_NM = np.full((len(found), max(1, int(moments_N.max()))), -1, dtype=np.int64)
    eye_NSE = np.full((len(found), STEPS, len(EYE_COLUMNS)), np.nan, dtype=np.float32)
    gaze_NSX = np.full((len(found), STEPS, 2), np.nan, dtype=np.float32)
    for row, (_, faces, eyes) in enumerate(found):
        if faces is not None:
            faces_NM[row, : len(faces)] = faces
        if eyes is not None:
            eye_NSE[row], gaze_NSX[row] = eyes["eye"], eyes["gaze"]
    maps_NPHW = np.stack([_maps(store, trial) for trial in trials])
    participant = np.array([trial["participant"] for trial in trials])
    light_NS = np.stack([_light(store, trial) for trial in trials])
    eye_NSE[:, :, PUPIL] = comparable_pupils(eye_NSE[:, :, PUPIL], light_NS, participant)
    labels = {(label["trial"], label["instrument"]): label for label in read_table(snapshot, "labels")}
    return TrialSet(
        snapshot=header.id,
        trial=np.array([trial["trial"] for trial in trials]),
        participant=participant,
        clip=np.array([_film(trial) for trial in trials]),
        fold=np.array([trial["fold"] for trial in trials]),
        simulated=np.array([trial["origin"] == "simulated" for trial in trials]),
        pictures=view.pictures,
        faces=faces_NM,
        moments=moments_N,
        eye=eye_NSE,
        gaze=gaze_NSX,
        maps=maps_NPHW,
        maps_drawn=np.stack([_drawn(store, trial, maps) for trial, maps in zip(trials, maps_NPHW, strict=True)]),
        er=_targets([labels.get((trial["trial"], "ER")) for trial in trials]),
        fer=_targets([labels.get((trial["trial"], "FER")) for trial in trials]),
    )


def _film(trial: dict[str, Any]) -> str:
    """By its digest, since studies may name the same film differently; without one by study and name."""
    return trial["clip_sha256"] or f"{trial['study']}: {trial['clip']}"


def _light(store: FeatureStore, trial: dict[str, Any]) -> np.ndarray:
    """(32,)"""
    clip = store.light(trial)
    return np.full(STEPS, np.nan) if clip is None else response_of_steps(clip, trial["duration_ms"], STEPS)


def _maps(store: FeatureStore, trial: dict[str, Any]) -> np.ndarray:
    """(8, 28, 28)"""
    maps = store.maps(trial)
    return np.full((PARTS, MAP_PX, MAP_PX), np.nan, np.float32) if maps is None else maps


def _drawn(store: FeatureStore, trial: dict[str, Any], maps_PHW: np.ndarray) -> np.ndarray:
    """(8, 28, 28, 3)"""
    clip = store.clip_frames(trial)
    under = [None] * PARTS if clip is None else clip.of_parts(trial["duration_ms"])
    return np.stack([drawn_over(heat, picture) for heat, picture in zip(maps_PHW, under, strict=True)])


def _targets(labels: Sequence[dict[str, Any] | None]) -> Targets:
    def numbers(*names: str) -> np.ndarray:
        nothing = [np.nan] * len(names)
        rows = [nothing if label is None else [_number(label[name]) for name in names] for label in labels]
        return np.array(rows, dtype=np.float32).reshape(len(labels), len(names))

    def classes(name: str, order: Sequence[str]) -> np.ndarray:
        return np.array([order.index(label[name]) if label and label[name] else -1 for label in labels], dtype=np.int64)

    return Targets(
        seven=numbers(*(f"seven_{emotion}" for emotion in EMOTIONS)),
        three=numbers(*(f"three_{polarity}" for polarity in POLARITIES)),
        hard_seven=classes("seven", EMOTIONS),
        hard_three=classes("three", POLARITIES),
        valence_arousal=numbers("valence", "arousal"),
        intensity=numbers("intensity")[:, 0],
    )


def _number(value: float | None) -> float:
    return float("nan") if value is None else float(value)
