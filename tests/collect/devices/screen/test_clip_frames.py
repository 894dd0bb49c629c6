"""Clips are decoded whole, in order, with their own times; what cannot be decoded is named."""

import threading
from pathlib import Path

import numpy as np
import pytest

from collect.devices.errors import ClipUnreadableError
from collect.devices.screen.clip_frames import ClipFrame, fitted_size, has_sound, opened_frames, read_sound
from tests.collect.session.small_study import write_clip


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("clips") / "clip.mp4"
    write_clip(path, seconds=2.0, fps=20, tone=True)
    return path


def all_frames(path: Path, screen: tuple[int, int] = (320, 180)) -> list[ClipFrame]:
    with opened_frames(path, screen) as frames:
        return list(iter(frames.next_frame, None))


def test_every_frame_comes_once_in_order_with_its_time(clip: Path) -> None:
    frames = all_frames(clip)
    assert [frame.number for frame in frames] == list(range(40))
    assert [frame.pts_ms - frames[0].pts_ms for frame in frames] == pytest.approx([50.0 * i for i in range(40)])
    brightness = [int(frame.picture[:, :, :3].mean()) for frame in frames]
    assert brightness == sorted(brightness)
    assert brightness[-1] - brightness[0] > 150


def test_pictures_fit_the_screen_and_are_ready_for_the_card(clip: Path) -> None:
    picture = all_frames(clip, (400, 180))[0].picture
    assert picture.shape == (180, 320, 4)
    assert picture.flags.c_contiguous


@pytest.mark.parametrize(
    ("size", "screen", "fitted"),
    [((640, 480), (1280, 720), (960, 720)), ((3840, 2160), (1280, 720), (1280, 720)), ((100, 1000), (50, 50), (5, 50))],
)
def test_fitted_size_keeps_proportions(size: tuple[int, int], screen: tuple[int, int], fitted: tuple[int, int]) -> None:
    assert fitted_size(size, screen) == fitted


def test_leaving_in_the_middle_ends_the_decoder(clip: Path) -> None:
    with opened_frames(clip, (320, 180)) as frames:
        frames.next_frame()
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("decode")]


def test_a_file_that_is_no_video_is_named(tmp_path: Path) -> None:
    path = tmp_path / "clip.mp4"
    path.write_text("<html>not found</html>")
    with pytest.raises(ClipUnreadableError, match=r"clip\.mp4: cannot be decoded .* replace it"):
        all_frames(path)


def test_the_sound_is_the_clips_own(clip: Path, tmp_path: Path) -> None:
    sound = read_sound(clip, 48_000)
    assert sound is not None
    assert sound.samples.shape[1] == 2
    middle = sound.samples[24_000:72_000, 0]
    assert np.argmax(np.abs(np.fft.rfft(middle))) == 440
    mute = tmp_path / "mute.mp4"
    write_clip(mute)
    assert read_sound(mute, 48_000) is None
    assert (has_sound(clip), has_sound(mute)) == (True, False)
