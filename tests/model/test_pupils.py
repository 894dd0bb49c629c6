"""Pupils answer to light first: what a clip's light does is taken away, and what is left is of the person."""

from pathlib import Path

import av
import numpy as np
import pytest

from annotate.media_store import MediaStore
from model.errors import MediaError
from model.features.clip_light import RATE_HZ, ClipLight, clip_light, response_of_steps
from model.features.dataset import load_trials
from model.features.gaze import PUPIL, STEPS
from model.features.pupils import comparable_pupils
from tests.model.conftest import Lab


def write_clip(path: Path, greys: list[int], fps: int = 25) -> None:
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=fps, options={"preset": "ultrafast", "qp": "0"})
        stream.width, stream.height, stream.pix_fmt = 64, 36, "yuv444p"
        for grey in greys:
            frame = av.VideoFrame.from_ndarray(np.full((36, 64, 3), grey, np.uint8), format="rgb24")
            container.mux(stream.encode(frame))
        container.mux(stream.encode())


def test_the_light_of_a_clip_is_told_by_its_clock(tmp_path: Path) -> None:
    write_clip(tmp_path / "clip.mp4", [255] * 50 + [0] * 50)
    light = clip_light(tmp_path / "clip.mp4").light
    assert len(light) == pytest.approx(4 * RATE_HZ, abs=1)
    bright, dark = light[: 2 * RATE_HZ - 2], light[2 * RATE_HZ + 2 :]
    assert np.abs(bright).max() < 0.15
    assert dark.max() < -2.5


def test_what_is_no_clip_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "clip.mp4").write_text("gone")
    with pytest.raises(MediaError, match=r"clip\.mp4: not a clip that can be decoded .* stimulus set"):
        clip_light(tmp_path / "clip.mp4")


def test_the_response_comes_late_and_nears_the_light() -> None:
    step_up = ClipLight(np.array([0.0] * RATE_HZ + [1.0] * (3 * RATE_HZ)))
    response = response_of_steps(step_up, 4000.0, 40)  # tenths of a second
    assert np.allclose(response[:12], 0.0, atol=1e-6)  # the light, and two tenths more
    assert response[12] > 0.02
    assert 0.5 < response[18] < 0.75  # 0.6 s after it began
    assert response[-1] > 0.98
    assert (np.diff(response) >= -1e-9).all()
    after = response_of_steps(step_up, 8000.0, 8)
    assert np.isfinite(after[:4]).all()
    assert np.isnan(after[5:]).all()


def test_what_light_does_is_taken_away_and_what_a_person_adds_is_left() -> None:
    rng = np.random.default_rng(3)
    trials, people = 40, np.repeat(["A", "B"], 20)
    light = rng.normal(0, 1, (trials, 1)) + np.cumsum(rng.normal(0, 0.3, (trials, STEPS)), axis=1)
    felt = rng.choice([0.0, 1.0], (trials, 1)) * np.ones(STEPS)
    unit = np.where(people == "A", 1000.0, 3.0)[:, None]  # an area and millimetres
    pupil = unit * (5.0 - 0.8 * light + 0.5 * felt + rng.normal(0, 0.1, (trials, STEPS)))
    made = comparable_pupils(pupil, light, people)
    for person in ("A", "B"):
        mine = people == person
        raw = (pupil[mine] - pupil[mine].mean()) / pupil[mine].std()
        assert abs(np.corrcoef(raw.ravel(), light[mine].ravel())[0, 1]) > 0.9
        assert abs(np.corrcoef(made[mine].ravel(), light[mine].ravel())[0, 1]) < 0.15
        assert np.corrcoef(raw.ravel(), felt[mine].ravel())[0, 1] < 0.6
        assert np.corrcoef(made[mine].ravel(), felt[mine].ravel())[0, 1] > 0.8
        assert made[mine].std() == pytest.approx(1.0)


def test_without_a_known_light_or_against_nature_only_the_scale_changes() -> None:
    rng = np.random.default_rng(4)
    pupil, people = rng.normal(4, 1, (10, STEPS)), np.full(10, "A")
    plain = (pupil - pupil.mean()) / pupil.std()
    unknown = np.full(pupil.shape, np.nan)
    assert np.allclose(comparable_pupils(pupil, unknown, people), plain)
    assert np.allclose(comparable_pupils(pupil, pupil, people), plain)  # light that opens a pupil is none
    never = comparable_pupils(np.full((2, STEPS), np.nan), np.zeros((2, STEPS)), np.array(["A", "A"]))
    assert np.isnan(never).all()


def test_the_light_of_a_clip_is_computed_once_for_all_its_trials(lab: Lab, tmp_path: Path) -> None:
    write_clip(tmp_path / "clip.mp4", [200] * 25 + [20] * 25)
    lab.clip = MediaStore(lab.media).put_file(tmp_path / "clip.mp4")
    snapshot, store = lab.snapshot(), lab.store()
    assert store.compute(snapshot, MediaStore(lab.media)).computed == 8
    assert len(list(lab.features.glob("light/*/*.npz"))) == 1
    with_light = load_trials(snapshot, store).eye[:, :, PUPIL]
    for file in lab.features.glob("light/*/*.npz"):
        file.unlink()
    assert np.abs(with_light - load_trials(snapshot, store).eye[:, :, PUPIL]).max() < 0.5  # these pupils are noise
    assert store.compute(snapshot, MediaStore(lab.media)).computed == 8
