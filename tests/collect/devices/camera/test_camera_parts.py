"""The parts of a camera's process, each by itself: counting, choosing, showing, taking."""

import multiprocessing
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np
import pytest

from collect.bundle.format import CAMERA_FRAMES_FILE, FACE_VIDEO_FILE, CameraInfo
from collect.bundle.tables import read_table
from collect.devices.camera.camera_capture import Capture
from collect.devices.camera.camera_drops import LostPictures
from collect.devices.camera.camera_preview import PreviewReader, PreviewWriter, preview_of, preview_size
from collect.devices.camera.camera_source import Captured, Happening
from collect.devices.camera.camera_words import COUNTS, LOST, OVERFLOWN, CameraTask
from collect.devices.camera.encoder_choice import PRESETS, EncoderChoice, choose_encoder, measured
from collect.devices.camera.face_video import FaceVideoWriter
from collect.devices.camera.process_camera import ProcessCamera
from collect.devices.errors import CameraUnavailableError, EncoderTooSlowError

PERIOD = 40_000_000  # 25 pictures a second
RNG = np.random.default_rng(3)


# --- lost pictures ---


def lost(times: list[tuple[int | None, int]]) -> int:
    counter = LostPictures(25.0)
    for device_ns, host_ns in times:
        counter.saw(device_ns, host_ns)
    return counter.count


def test_the_devices_clock_tells_what_is_missing_however_late_the_host_saw_it() -> None:
    device = [n * PERIOD for n in (0, 1, 2, 5, 6, 8)]
    host = [t + late for t, late in zip(device, (0, 90_000_000, 60_000_000, 0, 35_000_000, 0), strict=True)]
    assert lost(list(zip(device, host, strict=True))) == 3


def test_without_a_device_clock_a_late_picture_is_not_a_lost_one() -> None:
    late = [0, 1.0, 2.7, 3.0, 4.0, 5.0]  # the third came late, the fourth in time
    assert lost([(None, round(n * PERIOD)) for n in late]) == 0
    missing = [0, 1.0, 3.0, 4.1, 5.0, 9.0]
    assert lost([(None, round(n * PERIOD)) for n in missing]) == 1 + 3


# --- the encoder ---


def chosen(costs: dict[str, float], cores: int = 8) -> EncoderChoice:
    return choose_encoder(lambda preset: costs[preset], 30.0, cores, "1280 × 720")


def test_the_best_preset_with_head_room_is_taken() -> None:
    assert chosen({"veryfast": 0.010}).preset == "veryfast"
    assert chosen({"veryfast": 0.025, "superfast": 0.019}) == ("superfast", pytest.approx(0.57))
    assert chosen({"veryfast": 0.040, "superfast": 0.030, "ultrafast": 0.022}).preset == "ultrafast"


def test_a_machine_of_two_cores_keeps_more_of_them_for_the_clip() -> None:
    assert chosen({"veryfast": 0.014, "superfast": 0.013, "ultrafast": 0.007}, cores=2).preset == "ultrafast"


def test_where_no_preset_keeps_up_it_is_said_what_to_do() -> None:
    with pytest.raises(EncoderTooSlowError, match=r"1280 × 720 at 30 .* took 90 % .* smaller size or rate .*'camera'"):
        chosen(dict.fromkeys(PRESETS, 0.030))


def test_presets_are_measured_with_true_work() -> None:
    pictures = [RNG.integers(0, 255, (240, 320, 3)).astype(np.uint8) for _ in range(4)]
    assert measured("veryslow", pictures, 30.0) > measured("ultrafast", pictures, 30.0) > 0


def test_a_session_may_be_resumed_with_another_preset(tmp_path: Path) -> None:
    shades = [40, 80, 120, 160, 200, 220]
    for part, preset in ((shades[:3], "superfast"), (shades[3:], "ultrafast")):
        with FaceVideoWriter(tmp_path, 160, 120, 25.0, preset=preset) as writer:
            for shade in part:
                noise = RNG.integers(-8, 8, (120, 160, 3))
                writer.write((shade + noise).astype(np.uint8), None, 10**9 + shade * PERIOD)
    with av.open(str(tmp_path / FACE_VIDEO_FILE)) as container:
        decoded = [frame.to_ndarray(format="rgb24").mean() for frame in container.decode(video=0)]
    assert decoded == pytest.approx(shades, abs=3)


# --- the preview ---


def _write_for_ever(place: object) -> None:
    writer = PreviewWriter(place)  # type: ignore[arg-type] # a process's arguments have no types
    width, height = writer.size
    shade = 0
    while True:
        shade = shade % 250 + 1
        writer.write(np.full((height, width, 3), shade, np.uint8), shade)


def test_a_preview_is_never_torn_and_outlives_its_writer() -> None:
    context = multiprocessing.get_context("spawn")
    reader = PreviewReader(1920, 1080, context)
    process = context.Process(target=_write_for_ever, args=(reader.place,), daemon=True)
    process.start()
    seen: set[int] = set()
    try:
        while len(seen) < 40:
            preview = reader.newest()
            if preview is not None:
                assert preview.image.shape == (360, 640, 3)
                assert preview.image.min() == preview.image.max() == preview.host_ns
                seen.add(preview.host_ns)
    finally:
        process.kill()
        process.join()
    reader.newest()  # returns, whatever the writer died in
    reader.close()


def test_a_preview_has_the_colours_of_the_picture() -> None:
    blue = np.zeros((720, 1280, 3), np.uint8)
    blue[..., 0] = 255  # BGR
    small = preview_of(blue, preview_size(1280, 720))
    assert small.shape == (360, 640, 3)
    assert small[100, 100].tolist() == [0, 0, 255]
    assert preview_size(320, 240) == (320, 240)


# --- taking and writing ---


@dataclass(frozen=True)
class Burst:
    """A source whose pictures come all at once, then one more for each `more`; ends with words if it has any."""

    pictures: int
    last_words: str = ""

    def __call__(self) -> "BurstSource":
        return BurstSource(self.pictures, self.last_words)


class BurstSource:
    def __init__(self, pictures: int, last_words: str) -> None:
        self.given, self.pictures, self.last_words = 0, pictures, last_words
        self.counting = threading.Event()
        self.empty = threading.Event()

    def open(self) -> str:
        return "burst"

    def capture(self) -> Captured | None:
        self.counting.wait(30)
        if self.given == self.pictures:
            self.empty.set()
            if self.last_words:
                raise CameraUnavailableError(self.last_words)
            time.sleep(0.01)
            return None
        self.given += 1
        return Captured(np.zeros((48, 64, 3), np.uint8), self.given * PERIOD, time.perf_counter_ns())

    def told(self, what: Happening) -> None:
        pass

    def close(self) -> None:
        pass


def test_taking_never_waits_for_encoding_and_what_found_no_room_is_counted() -> None:
    counts = [0] * COUNTS
    capture = Capture(CameraTask(Burst(60), 64, 48, 25.0), counts)
    assert capture.begin() == "burst"
    capture.start_counting()
    source = capture.source
    assert isinstance(source, BurstSource)
    source.counting.set()
    assert source.empty.wait(30), "the camera was kept waiting"
    waiting = 0
    while capture.next(0.0) is not None:
        waiting += 1
    capture.end()
    assert waiting == 25  # a second of them
    assert counts[OVERFLOWN] == 60 - 25
    assert counts[LOST] == 0


def test_what_the_camera_says_last_comes_after_its_pictures() -> None:
    capture = Capture(CameraTask(Burst(2, "it caught fire"), 64, 48, 25.0), [0] * COUNTS)
    capture.begin()
    source = capture.source
    assert isinstance(source, BurstSource)
    source.counting.set()
    assert capture.next(30) is not None
    assert capture.next(30) is not None
    with pytest.raises(CameraUnavailableError, match="caught fire"):
        capture.next(30)
    capture.end()


@dataclass(frozen=True)
class Ticking:
    """25 grey pictures a second, each told its true number by the device's clock; some may be missing."""

    missing: tuple[int, ...] = ()

    def __call__(self) -> "TickingSource":
        return TickingSource(self.missing)


class TickingSource:
    def __init__(self, missing: tuple[int, ...]) -> None:
        self.number, self.missing = 0, missing
        self.start_ns = time.perf_counter_ns()
        self.recording = False

    def open(self) -> str:
        return "ticking"

    def capture(self) -> Captured | None:
        self.number += 1
        time.sleep(max(0, self.start_ns + self.number * PERIOD - time.perf_counter_ns()) / 1e9)
        if self.recording and self.missing and self.number in self.missing:
            return None
        return Captured(np.full((48, 64, 3), 99, np.uint8), self.number * PERIOD, time.perf_counter_ns())

    def told(self, what: Happening) -> None:
        # Numbers from here on are those of the recording; its first picture only anchors the device's clock.
        self.recording, self.number = True, 1000
        self.start_ns = time.perf_counter_ns() - 1000 * PERIOD

    def close(self) -> None:
        pass


class HangingSource(TickingSource):
    """Gives what a camera is prepared with and a little more, then hangs in its driver or raises there."""

    def __init__(self, raises: bool) -> None:
        super().__init__(())
        self.raises = raises

    def capture(self) -> Captured | None:
        if self.number > 1010:
            if self.raises:
                raise ValueError("buffer 3 has vanished")
            threading.Event().wait()
        return super().capture()


@dataclass(frozen=True)
class Hanging:
    raises: bool

    def __call__(self) -> HangingSource:
        return HangingSource(self.raises)


def ticking(source: Ticking | Hanging, fps: float = 25) -> ProcessCamera:
    info = CameraInfo(
        kind="simulated", model="ticking", width_px=64, height_px=48, nominal_fps=fps, codec="h264", simulated=True
    )
    return ProcessCamera("The ticking camera", info, source, "Wind it up.")


def test_pictures_that_never_came_are_counted_by_the_devices_clock(tmp_path: Path) -> None:
    camera = ticking(Ticking(missing=(1004, 1005, 1008)))
    camera.open(tmp_path)
    while camera.status().frames < 15:
        time.sleep(0.01)
    assert camera.status().failure is None
    assert camera.status().dropped == 3
    camera.close()
    rows = read_table(tmp_path, CAMERA_FRAMES_FILE, sealed=True)
    assert np.isfinite(rows["device_ns"].astype(float)).all()


def test_a_resumed_recording_goes_on_in_the_same_files(tmp_path: Path) -> None:
    frames = []
    for _ in range(2):
        camera = ticking(Ticking())
        camera.open(tmp_path)
        while camera.status().frames < 5:
            time.sleep(0.01)
        camera.close()
        frames.append(camera.status().frames)
    rows = read_table(tmp_path, CAMERA_FRAMES_FILE, sealed=True)
    assert rows["frame"].tolist() == list(range(sum(frames)))
    with av.open(str(tmp_path / FACE_VIDEO_FILE)) as container:
        assert sum(1 for _ in container.decode(video=0)) == sum(frames)


def test_a_camera_that_hangs_in_its_driver_is_told_and_keeps_what_it_filmed(tmp_path: Path) -> None:
    camera = ticking(Hanging(raises=False))
    camera.open(tmp_path)
    while camera.status().failure is None:
        time.sleep(0.02)
    status = camera.status()
    assert status.failure == "The ticking camera: no picture came for 2 s; look at its cable."
    camera.close()
    assert not multiprocessing.active_children()
    assert len(read_table(tmp_path, CAMERA_FRAMES_FILE, sealed=True)) == status.frames >= 8


def test_what_a_driver_raises_is_told_in_words(tmp_path: Path) -> None:
    camera = ticking(Hanging(raises=True))
    camera.open(tmp_path)
    while camera.status().failure is None:
        time.sleep(0.02)
    assert "its driver failed (ValueError: buffer 3 has vanished)" in str(camera.status().failure)
    camera.close()


def test_a_camera_that_is_slower_than_the_study_wants_is_told(tmp_path: Path) -> None:
    camera = ticking(Ticking(), fps=50)
    camera.prepare()
    warning = camera.status().warning
    camera.close()
    assert warning is not None
    assert "pictures a second where the study wants 50" in warning
    assert "light the face better" in warning


def test_an_odd_size_is_refused_before_anything_starts(tmp_path: Path) -> None:
    info = ticking(Ticking()).info.model_copy(update={"width_px": 641})
    with pytest.raises(CameraUnavailableError, match="even width and height"):
        ProcessCamera("Camera 0", info, Ticking(), "").prepare()
    assert not multiprocessing.active_children()
