"""What is measured of a clip agrees with how the clip was made."""

from pathlib import Path

import numpy as np
import pytest

from collect.stimuli.errors import ClipNotMeasurableError, LuminanceFileError
from collect.stimuli.luminance import luminance_csv, read_luminance
from collect.stimuli.measuring import measure_clip
from tests.collect.stimuli.known_clip import Colour, sine, write_known_clip

GREY: list[Colour] = [(128, 128, 128)] * 60


def linear(value: float) -> float:
    return ((value / 255 + 0.055) / 1.055) ** 2.4 if value > 10 else value / 255 / 12.92


@pytest.mark.parametrize("rate_hz", [44_100, 48_000])
@pytest.mark.parametrize("channels", [1, 2])
def test_the_reference_sine_of_ebu_r128_reads_what_it_must(tmp_path: Path, channels: int, rate_hz: int) -> None:
    # EBU Tech 3341, case 1. One channel alone would read 3 LU less, but it is heard from both loudspeakers.
    sound = sine(-23.0, channels, rate_hz)
    measures = measure_clip(write_known_clip(tmp_path / "sine.mkv", GREY, sound, rate_hz=rate_hz))
    assert measures.loudness_lufs == pytest.approx(-23.0, abs=0.1)
    assert measures.peak_dbtp == pytest.approx(-23.0, abs=0.1)


def test_a_peak_between_two_samples_is_found(tmp_path: Path) -> None:
    # A quarter of the sampling rate at 45°: every sample lies 3 dB below the peak of the wave.
    # It fades in and out, for a sudden onset is a louder sound.
    sound = sine(-10.0, 2, hz=12_000, phase=np.pi / 4) * np.hanning(96_000).astype(np.float32)
    assert np.abs(sound).max() < 10 ** (-12.9 / 20)
    assert measure_clip(write_known_clip(tmp_path / "peak.mkv", GREY, sound)).peak_dbtp == pytest.approx(-10, abs=0.1)


def test_silence_and_no_sound_have_no_loudness(tmp_path: Path) -> None:
    silent = measure_clip(write_known_clip(tmp_path / "silent.mkv", GREY, 0 * sine(0, 2)))
    assert (silent.sound, silent.loudness_lufs, silent.peak_dbtp) == ("pcm_f32le", None, None)
    mute = measure_clip(write_known_clip(tmp_path / "mute.mkv", GREY))
    assert (mute.sound, mute.loudness_lufs, mute.peak_dbtp) == (None, None, None)


@pytest.mark.parametrize("full_range", [False, True])
@pytest.mark.parametrize("grey", [0, 16, 128, 235, 255])
def test_luminance_of_a_grey_in_either_colour_range(tmp_path: Path, grey: int, full_range: bool) -> None:
    clip = write_known_clip(tmp_path / "grey.mp4", [(grey, grey, grey)] * 3, full_range=full_range)
    assert measure_clip(clip).mean_luminance == pytest.approx(linear(grey), abs=0.004)


@pytest.mark.parametrize(("colour", "expected"), [((255, 0, 0), 0.2126), ((0, 255, 0), 0.7152), ((0, 0, 255), 0.0722)])
def test_luminance_of_colours_is_not_their_luma(tmp_path: Path, colour: Colour, expected: float) -> None:
    assert measure_clip(write_known_clip(tmp_path / "c.mp4", [colour] * 3)).mean_luminance == pytest.approx(
        expected, abs=0.01
    )


def test_every_frame_stands_in_the_time_line(tmp_path: Path) -> None:
    greys = [0, 64, 128, 192, 255]
    clip = write_known_clip(tmp_path / "steps.mp4", [(grey, grey, grey) for grey in greys], times=[0, 1, 2, 3, 9])
    ticks: list[tuple[int, int]] = []
    measures = measure_clip(clip, lambda done, total: ticks.append((done, total)))
    assert ticks[-1] == (5, 5)
    assert (measures.frames, measures.variable_rate) == (5, True)
    assert [point.pts_ms for point in measures.luminance] == pytest.approx([0, 33.33, 66.67, 100, 300], abs=0.1)
    assert [point.luminance for point in measures.luminance] == pytest.approx(
        [linear(grey) for grey in greys], abs=0.01
    )
    assert measures.mean_luminance == pytest.approx(sum(map(linear, greys)) / 5, abs=0.01)
    kept = tmp_path / "steps.csv"
    kept.write_bytes(luminance_csv(measures.luminance))
    assert kept.read_text().splitlines()[0] == "pts_ms,luminance"
    for read, measured in zip(read_luminance(kept), measures.luminance, strict=True):
        assert read == pytest.approx(measured, abs=0.001)


def test_what_cannot_be_measured_is_told_with_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "text.mp4").write_text("no video")
    with pytest.raises(ClipNotMeasurableError, match=r"text\.mp4 cannot be shown: .*Export the clip anew"):
        measure_clip(tmp_path / "text.mp4")


@pytest.mark.parametrize(
    ("text", "line"),
    [("", 1), ("a,b\n", 1), ("pts_ms,luminance\n0,x\n", 2), ("pts_ms,luminance\n0,0.5\n33,1.5\n", 3)],
)
def test_a_broken_time_line_is_told_with_its_line(tmp_path: Path, text: str, line: int) -> None:
    (tmp_path / "clip.csv").write_text(text)
    with pytest.raises(LuminanceFileError, match=f"line {line}"):
        read_luminance(tmp_path / "clip.csv")
