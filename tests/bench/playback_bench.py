"""How many of a clip's frames reach the window, and when, while a camera records 720p30 in another process.

Ours and PsychoPy's MovieStim play the same clip in the same kind of window, one after the other, each with the camera
recording at once. Without a graphics card the pictures are drawn by software: this tells whether the program keeps up,
not when light left a screen.
"""

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from collect.bundle.study_devices import OpenCVCamera
from collect.devices.camera.opencv_camera import OpenCVFaceCamera
from collect.devices.host_clock import HostClock
from collect.devices.screen.psychopy_screen import PsychopyScreen
from collect.session.virtual_display import virtual_display
from tests.bench.figure import Figure

TITLE = "Clip playback while the camera records (10 s, 1280 × 720, 30 frames a second, software rendering)"
SECONDS, FPS, SIZE = 10, 30, (1280, 720)
FRAMES = SECONDS * FPS
CLIP, CAMERA_FILM = "clip.mp4", "camera.avi"


def run() -> list[Figure]:
    with tempfile.TemporaryDirectory(prefix="duchenne-playback-") as temporary:
        folder = Path(temporary)
        write_film(folder / CLIP, SECONDS, "libx264", {"preset": "veryfast", "crf": "23"}, "yuv420p")
        # Webcams send 720p as single JPEG pictures.
        write_film(folder / CAMERA_FILM, 3 * SECONDS, "mjpeg", {"qscale": "5"}, "yuvj420p")
        measured = {player: _in_a_process_of_its_own(player, folder) for player in ("ours", "MovieStim")}
    ours, peer = measured["ours"], measured["MovieStim"]
    note = f"camera took {ours['camera_fps']:.1f} frames a second, {ours['camera_dropped']:.0f} dropped"
    return [
        Figure(
            "frames shown", ours["shown"], f"of {FRAMES}", peer["shown"], "PsychoPy MovieStim", least=FRAMES, note=note
        ),
        Figure("lateness, p95", ours["late_ms"], "ms", peer["late_ms"], "PsychoPy MovieStim", most=16.7),
        Figure("lateness, worst frame", ours["worst_ms"], "ms", peer["worst_ms"], "PsychoPy MovieStim"),
    ]  # fmt: skip


def write_film(path: Path, seconds: int, codec: str, options: dict[str, str], pixels: str) -> None:
    """Soft patches that drift and a bright square that wanders: every frame differs from the others."""
    import av

    width, height = SIZE
    rng = np.random.default_rng(5)
    ground = rng.integers(40, 160, (height // 8, width // 8, 3), dtype=np.uint8).repeat(8, axis=0).repeat(8, axis=1)
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=FPS, options=options)
        assert isinstance(stream, av.VideoStream)
        stream.width, stream.height, stream.pix_fmt = width, height, pixels
        for number in range(seconds * FPS):
            picture = np.roll(ground, 3 * number, axis=1)
            at = 4 * number % (width - 120)
            picture[300:420, at : at + 120] = 230
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode(None))


def _in_a_process_of_its_own(player: str, folder: Path) -> dict[str, float]:
    """PsychoPy's state is one a process, and neither player is to find the other's caches warm."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench.playback_bench", player, str(folder)],
        capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    if done.returncode != 0:
        raise RuntimeError(f"{player} did not play: {done.stderr[-2000:]}")
    measured: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return measured


def play(player: str, folder: Path) -> dict[str, float]:
    with virtual_display(*SIZE):
        screen = PsychopyScreen(*SIZE, HostClock(), needs_sound=False)
        screen.open()
        try:
            with _camera(folder / CAMERA_FILM, folder / f"bundle-{player}") as camera:
                before, begun_ns = camera.status(), time.perf_counter_ns()
                late_ms = _ours(screen, folder / CLIP) if player == "ours" else _movie_stim(screen, folder / CLIP)
                after, seconds = camera.status(), (time.perf_counter_ns() - begun_ns) / 1e9
                if after.failure is not None:
                    raise RuntimeError(f"without a camera that records, nothing was measured: {after.failure}")
        finally:
            screen.close()
    return {
        "shown": len(late_ms), "late_ms": float(np.percentile(late_ms, 95)), "worst_ms": max(late_ms),
        "camera_fps": (after.frames - before.frames) / seconds, "camera_dropped": after.dropped - before.dropped,
    }  # fmt: skip


@contextmanager
def _camera(film: Path, bundle: Path) -> Iterator[OpenCVFaceCamera]:
    """The camera that a study would use, a film in the place of its lens: it decodes, encodes and writes as ever."""
    (bundle / "camera").mkdir(parents=True)
    width, height = SIZE
    camera = OpenCVFaceCamera(OpenCVCamera(kind="opencv", device=str(film), width=width, height=height, fps=float(FPS)))
    camera.open(bundle)
    try:
        time.sleep(1.0)  # it is under way, as it is in a session
        yield camera
    finally:
        camera.close()


def _ours(screen: PsychopyScreen, clip: Path) -> list[float]:
    flips: list[tuple[float, int]] = []
    screen.play(clip, lambda flip: flips.append((flip.clip_pts_ms, flip.flip_ns)), lambda: None)
    return _lateness_ms(flips)


def _movie_stim(screen: PsychopyScreen, clip: Path) -> list[float]:
    """As PsychoPy's documentation has it: draw and flip until it is finished. A new time stamp is a new frame."""
    from psychopy import visual

    window = screen._window._window
    movie = visual.MovieStim(window, str(clip), size=SIZE, noAudio=True, autoStart=False)
    movie.play()
    flips: list[tuple[float, int]] = []
    while not movie.isFinished:
        movie.draw()
        window.flip()
        flipped_ns = time.perf_counter_ns()
        pts_ms = movie.pts * 1000
        if pts_ms >= 0 and (not flips or pts_ms > flips[-1][0]):
            flips.append((pts_ms, flipped_ns))
    movie.stop()
    return _lateness_ms(flips)


def _lateness_ms(flips: list[tuple[float, int]]) -> list[float]:
    """How much later than due each frame was, counted from the first one."""
    first_ms, first_ns = flips[0]
    return [(flip_ns - first_ns) / 1e6 - (pts_ms - first_ms) for pts_ms, flip_ns in flips]


if __name__ == "__main__":
    print(json.dumps(play(sys.argv[1], Path(sys.argv[2]))))
