"""Features: how many seconds of 720p30 video one core looks through in a second, at eight faces a second."""

import multiprocessing
import os
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import av
import cv2
import numpy as np
import skimage.data

from duchenne.console import bar
from model.features.face_alignment import FaceAligner
from model.features.face_moments import count_of
from model.features.face_networks import ensure_face_networks
from model.features.faces import trial_faces
from tests.bench.figure import Figure

TITLE = "features: faces of 720p30 video, eight a second"
SECONDS, FPS = 20, 30
CORES = 2


def run() -> list[Figure]:
    with tempfile.TemporaryDirectory(prefix="duchenne-features-") as scratch, bar("face networks") as progress:
        folder = Path(scratch)
        ensure_face_networks(folder, progress)
        video = folder / "face.mp4"
        _write(video)
        mbit_s = video.stat().st_size * 8 / SECONDS / 1e6
        alone, found = _looked_through(folder, video, 1)
        beside, _ = _looked_through(folder, video, CORES)
    return [
        Figure(
            "times as quick as the video plays, one core",
            alone,
            "times",
            least=6,
            note=f"{found} faces, {mbit_s:.1f} Mbit/s",
        ),
        Figure(f"{CORES} cores, each with a video of its own", beside / alone, "times one core", least=0.85 * CORES),
    ]


def _looked_through(folder: Path, video: Path, cores: int) -> tuple[float, int]:
    """Seconds of video a second on `cores` cores, and faces found. Each process is bound to a core of its own."""
    mine = sorted(os.sched_getaffinity(0))[:cores]
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(cores, context) as pool:
        list(pool.map(_warm, [(folder, core) for core in mine]))
        begun = time.perf_counter()
        found = list(pool.map(_look, [(folder, video, core) for core in mine]))
        took_s = time.perf_counter() - begun
    return cores * SECONDS / took_s, sum(found)


def _warm(what: tuple[Path, int]) -> None:
    """Late imports and the loading of the networks are not what is measured."""
    folder, core = what
    with _bound_to(core):
        FaceAligner(ensure_face_networks(folder)).align(np.zeros((720, 1280, 3), np.uint8))


def _look(what: tuple[Path, Path, int]) -> int:
    folder, video, core = what
    with _bound_to(core):
        aligner = FaceAligner(ensure_face_networks(folder))
        duration_ms = 1000.0 * SECONDS
        return int(trial_faces(video, 0.0, duration_ms, count_of(duration_ms), aligner).moments["valid"].sum())


@contextmanager
def _bound_to(core: int) -> Iterator[None]:
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def _write(path: Path) -> None:
    """A real portrait that sways before a wall, with the noise of a sensor, written as the camera's process writes."""
    rng = np.random.default_rng(1)
    portrait = cv2.resize(np.ascontiguousarray(skimage.data.astronaut()[:300, 100:360, :3]), (416, 480))
    wall = np.broadcast_to(np.linspace(90, 140, 1280)[None, :, None], (720, 1280, 3)).astype(np.int16)
    noise = [np.rint(rng.normal(0, 2.5, (720, 1280, 3))).astype(np.int16) for _ in range(8)]
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=FPS, options={"preset": "ultrafast", "crf": "18"})
        stream.width, stream.height, stream.pix_fmt = 1280, 720, "yuv420p"
        for number in range(SECONDS * FPS):
            picture = wall.copy()
            left = 432 + round(150 * np.sin(number / 40))
            picture[120:600, left : left + 416] = portrait
            seen = np.clip(picture + noise[number % len(noise)], 0, 255).astype(np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(seen, format="rgb24")))
        container.mux(stream.encode())
