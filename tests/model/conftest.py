"""Small snapshots with real media: blocky face videos of the FER class, gaze that stays where the ER class says.

Faces are cut from the middle of the frame instead of being searched for: training is tested without the networks.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import av
import cv2
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch

from annotate.media_store import MediaStore
from annotate.scales import EMOTIONS, POLARITIES, USUAL_POLARITY
from annotate.snapshot.format import (
    EYE_EVENT_MEDIA_COLUMNS,
    GAZE_MEDIA_COLUMNS,
    FoldPlan,
    LabelPolicy,
    SnapshotFilters,
)
from annotate.snapshot.store import write_snapshot
from model import recipes
from model.features.aligned_face import FACE_PX
from model.features.face_moments import moments_ms, nothing_found
from model.features.faces import TrialFaces, pictures_at
from model.features.store import FeatureStore
from model.recipe import Architecture, Augmentation, LossWeights, Recipe, Schedule

DURATION_MS = 2000.0
UTC = "2030-01-01T00:00:00Z"


class MiddleOfTheFrame:
    """A face extractor that takes the middle square for the face."""

    name = "middle-1"

    def __init__(self) -> None:
        self.calls = 0

    def __call__(self, video: Path, offset_ms: float, duration_ms: float, count: int) -> TrialFaces:
        self.calls += 1
        faces = np.zeros((count, FACE_PX, FACE_PX, 3), dtype=np.uint8)
        moments = nothing_found(count)
        for index, time_ms, picture in pictures_at(video, offset_ms, moments_ms(duration_ms, count)):
            faces[index] = cv2.resize(picture, (FACE_PX, FACE_PX), interpolation=cv2.INTER_NEAREST)
            moments[index]["time_ms"], moments[index]["valid"] = time_ms, True
        return TrialFaces(faces, moments)


@dataclass
class Lab:
    """Folders of one small lab, and what to make its snapshot of."""

    root: Path
    participants: int = 4
    classes: tuple[int, ...] = (0, 1)
    folds: int = 2
    labelled: bool = True
    seed: int = 1
    extractor: MiddleOfTheFrame = field(default_factory=MiddleOfTheFrame)
    #: Every face is calm for so many frames; and what it shows then has nothing to do with what is felt.
    calm_frames: int = 0
    shown_by_lot: bool = False
    #: Digest of the one clip that everybody saw, if it is in the store.
    clip: str | None = None

    @property
    def media(self) -> Path:
        return self.root / "media"

    @property
    def features(self) -> Path:
        return self.root / "features"

    @property
    def runs(self) -> Path:
        return self.root / "runs"

    def store(self) -> FeatureStore:
        return FeatureStore(self.features, self.extractor.name, lambda: self.extractor)

    def snapshot(self, fold_of: Callable[[int, int], int] | None = None) -> Path:
        """The folder of a new snapshot. `fold_of(participant, position)` plans the folds."""
        plan = fold_of or (lambda participant, position: participant % self.folds)
        rng, lots = np.random.default_rng(self.seed), np.random.default_rng([self.seed, 1])
        trials, labels = [], []
        for participant in range(self.participants):
            for position, felt in enumerate(self.classes):
                # In each fold some people show what they feel and some do not: neither tells the other.
                shown = self.classes[(position + participant // self.folds) % len(self.classes)]
                if self.shown_by_lot:
                    shown = int(lots.choice(self.classes))
                trial = hashlib.md5(f"{self.seed} {participant} {position}".encode()).hexdigest()  # noqa: S324 -- a made-up id
                trials.append(self._trial(trial, participant, position, felt, shown, plan(participant, position), rng))
                if self.labelled:
                    labels += [label_row(trial, "ER", felt), label_row(trial, "FER", shown)]
        header = write_snapshot(
            self.root / "snapshots",
            {"trials": trials, "labels": labels, "votes": [], "self_reports": []},
            policy=LabelPolicy(),
            filters=SnapshotFilters(origins=("simulated",)),
            folds=FoldPlan(k=max(2, self.folds), seed=0),
            software={},
            created_utc=UTC,
        )
        return self.root / "snapshots" / header.id

    def _trial(
        self, trial: str, participant: int, position: int, felt: int, shown: int, fold: int, rng: np.random.Generator
    ) -> dict[str, object]:
        store = MediaStore(self.media)
        place = self.root / "arriving"
        place.mkdir(parents=True, exist_ok=True)
        write_face_video(place / "face.mp4", shown, rng, calm=self.calm_frames)
        write_gaze(place / "gaze.parquet", felt, rng)
        write_eye_events(place / "events.parquet")
        return {
            "trial": trial,
            "participant": f"P{participant:02d}",
            "study": "tiny",
            "session": f"S{participant:02d}",
            "position": position + 1,
            "origin": "simulated",
            "clip": EMOTIONS[felt].value,
            "clip_emotion": EMOTIONS[felt].value,
            "duration_ms": DURATION_MS,
            "fold": fold,
            "face_sha256": store.put_file(place / "face.mp4"),
            "face_offset_ms": -50.0,
            "gaze_sha256": store.put_file(place / "gaze.parquet"),
            "eye_events_sha256": store.put_file(place / "events.parquet"),
            "clip_sha256": self.clip,
            "screen_width_px": 1000,
            "screen_height_px": 800,
        }


def label_row(trial: str, instrument: str, number: int) -> dict[str, object]:
    emotion = EMOTIONS[number]
    polarity = USUAL_POLARITY[emotion]
    return {
        "trial": trial,
        "instrument": instrument,
        "raters": 3,
        "agreement": 1.0,
        "prelabel_seen": 0,
        "seven": emotion.value,
        **{f"seven_{each}": float(each is emotion) for each in EMOTIONS},
        "three": polarity.value,
        **{f"three_{each}": float(each is polarity) for each in POLARITIES},
        "valence": 0.5 - 0.15 * number,
        "arousal": 0.1 * number,
        "intensity": 1.0 + 0.2 * number if instrument == "FER" else None,
    }


def write_face_video(
    path: Path, shown: int, rng: np.random.Generator, frames: int = 21, fps: int = 10, calm: int = 0
) -> None:
    """64 × 64; the block that is bright says the class. After `calm` frames without any it is a band, which stays
    itself in a mirror, as an expression does.
    """
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=fps, options={"preset": "ultrafast", "qp": "0", "threads": "1"})
        stream.width = stream.height = 64
        stream.pix_fmt = "yuv420p"
        for number in range(frames):
            picture = rng.integers(60, 90, (64, 64, 3), dtype=np.uint8)
            row, column = divmod(shown, 3)
            if not calm:
                picture[row * 21 : row * 21 + 21, column * 21 : column * 21 + 21] += 140
            elif number >= calm:
                picture[shown * 9 : shown * 9 + 9] += 140
            for packet in stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")):
                container.mux(packet)
        for packet in stream.encode():
            container.mux(packet)


def write_gaze(path: Path, felt: int, rng: np.random.Generator, rate_hz: int = 100) -> None:
    """Gaze that stays around 100 · (class + 1) px from the left."""
    t_ms = np.arange(-100.0, DURATION_MS + 100.0, 1000.0 / rate_hz)
    x, y = 100.0 * (felt + 1) + rng.normal(0, 10, len(t_ms)), 400.0 + rng.normal(0, 10, len(t_ms))
    pupil = 900.0 + rng.normal(0, 20, len(t_ms))
    columns = dict(zip(GAZE_MEDIA_COLUMNS, (t_ms, x, y, pupil, x, y, pupil), strict=True))
    pq.write_table(pa.table(columns), path)


def write_eye_events(path: Path, rows: list[dict[str, object]] | None = None) -> None:
    if rows is None:
        rows = [
            eye_event("fixation", 0.0, 900.0),
            eye_event("blink", 900.0, 1050.0),
            eye_event("fixation", 1050.0, 2000.0),
        ]
    strings = {"kind", "eye", "source"}
    pq.write_table(
        pa.table({
            name: pa.array([row.get(name) for row in rows], pa.string() if name in strings else pa.float64())
            for name in EYE_EVENT_MEDIA_COLUMNS
        }),
        path,
    )  # fmt: skip


def eye_event(kind: str, start_ms: float, end_ms: float, **others: object) -> dict[str, object]:
    return {"kind": kind, "eye": "L", "start_ms": start_ms, "end_ms": end_ms, "source": "tracker", **others}


@pytest.fixture(autouse=True, scope="session")
def _one_thread() -> None:
    """As in a training process: threads inside operations this small only wait for each other."""
    torch.set_num_threads(1)


@pytest.fixture
def lab(tmp_path: Path) -> Lab:
    return Lab(tmp_path)


def tiny_recipe() -> Recipe:
    return Recipe(
        name="tiny",
        says="for tests",
        architecture=Architecture(
            faces=2, face_pixels=28, face_width=4, face_stem="small", token_width=8, eye_layers=1, dropout=0.1,
            projection_hidden=8, projection_width=8, cross_layers=1, heads=2, head_width=4,
        ),
        losses=LossWeights(),
        schedule=Schedule(epochs=3, batch=4, learning_rate=5e-3, refit=True),
        augmentation=Augmentation(light=0.1, shift_pixels=1, flip=0.0, drop_faces=0.1, drop_eyes=0.1, eye_noise=0.05),
        beside="tiny_face_only",
    )  # fmt: skip


def tiny_face_only() -> Recipe:
    return recipes._without_eyes(tiny_recipe(), "tiny_face_only")


def know_tiny_recipes(patch: pytest.MonkeyPatch) -> None:
    patch.setitem(recipes.RECIPES, "tiny", tiny_recipe)
    patch.setitem(recipes.RECIPES, "tiny_face_only", tiny_face_only)


def know_quick_recipes(patch: pytest.MonkeyPatch) -> Recipe:
    """The same two by the same names, of one epoch: for tests of what is around a training."""

    def quick(recipe: Recipe) -> Recipe:
        return replace(recipe, schedule=replace(recipe.schedule, epochs=1, refit=False))

    patch.setitem(recipes.RECIPES, "tiny", lambda: quick(tiny_recipe()))
    patch.setitem(recipes.RECIPES, "tiny_face_only", lambda: quick(tiny_face_only()))
    return quick(tiny_recipe())


@pytest.fixture
def tiny(monkeypatch: pytest.MonkeyPatch) -> Recipe:
    """The recipe 'tiny', known by name while a test runs."""
    know_tiny_recipes(monkeypatch)
    return tiny_recipe()
