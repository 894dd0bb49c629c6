"""The demonstration set is whole and can be run; a damaged set is told clip by clip."""

import shutil
from dataclasses import replace
from pathlib import Path

import av
import numpy as np
import pytest
import yaml

from collect.bundle.disk import sha256_of
from collect.bundle.errors import DocumentError
from collect.errors import CollectError
from collect.plan.session_plan import session_plan
from collect.stimuli import demo
from collect.stimuli.check import check_stimuli
from collect.stimuli.demo import make_demo_set
from collect.stimuli.manifest import load_manifest
from collect.stimuli.scenes import SCENES, picture
from collect.study import load_study


@pytest.fixture(scope="module")
def demo_set(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The real set, but with clips of one second: the test is about the files, not about patience."""
    folder = tmp_path_factory.mktemp("demo") / "set"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(demo, "SCENES", tuple(replace(scene, seconds=1) for scene in SCENES))
        ticks: list[tuple[int, int]] = []
        study = make_demo_set(folder, lambda done, total: ticks.append((done, total)))
    assert study == folder / "study.yaml"
    assert ticks[-1] == (7 * 30, 7 * 30)
    return folder


@pytest.fixture
def copy(demo_set: Path, tmp_path: Path) -> Path:
    shutil.copytree(demo_set, tmp_path / "set")
    return tmp_path / "set"


def test_the_set_can_be_run_and_says_that_it_is_a_placeholder(demo_set: Path) -> None:
    study = load_study(demo_set / "study.yaml")
    plan = session_plan(study.study, study.manifest, "P01")
    assert sorted(planned.clip for planned in plan) == sorted(study.clip_files)
    assert {clip.emotion for clip in study.manifest.clips} == {
        "happiness", "sadness", "fear", "surprise", "disgust", "anger", "neutral",
    }  # fmt: skip
    assert all(clip.placeholder for clip in study.manifest.clips)
    report = check_stimuli(demo_set)
    assert report.problems == ()
    assert sum("is a placeholder" in note for note in report.notes) == 7
    assert not any("no luminance" in note for note in report.notes)
    for clip in report.clips:
        assert (clip.codec, clip.pixel_format, clip.sound) == ("h264", "yuv420p", "aac")
        assert (clip.width, clip.height, clip.frames, clip.fps) == (640, 360, 30, 30.0)


def test_clips_can_be_heard_and_begin_to_play_before_they_are_loaded(demo_set: Path) -> None:
    path = demo_set / "placeholder-anger.mp4"
    with av.open(str(path)) as container:
        loudest = max(float(np.abs(frame.to_ndarray()).max()) for frame in container.decode(audio=0))
    assert 0.05 < loudest < 0.5
    data = path.read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")


def test_the_same_set_is_made_again(demo_set: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo, "SCENES", (replace(SCENES[0], seconds=1),))
    make_demo_set(tmp_path / "again")
    name = "placeholder-happiness.mp4"
    assert sha256_of(tmp_path / "again" / name) == sha256_of(demo_set / name)


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.emotion)
def test_blobs_stay_in_the_picture_and_move(scene: object) -> None:
    assert isinstance(scene, type(SCENES[0]))
    assert 8 <= scene.seconds <= 12
    for t in np.arange(0, scene.seconds, 1 / 30):
        for x, y, radius in scene.blobs(float(t)):
            assert 0 < x < 1
            assert 0 < y < 0.86  # above the caption
            assert radius > 0
    assert (picture(scene, 1.0, 640, 360) != picture(scene, 1.5, 640, 360)).any()


def test_a_set_is_never_overwritten(demo_set: Path) -> None:
    with pytest.raises(CollectError, match="exists already"):
        make_demo_set(demo_set)


def test_damage_is_told_with_line_clip_field_and_what_to_do(copy: Path) -> None:
    (copy / "placeholder-fear.mp4").write_bytes((copy / "placeholder-anger.mp4").read_bytes())
    (copy / "placeholder-anger.mp4").write_text("no video")
    (copy / "placeholder-neutral.mp4").unlink()
    manifest = yaml.safe_load((copy / "manifest.yaml").read_text())
    manifest["clips"][0]["duration_s"] = 9.0
    manifest["clips"][5]["sha256"] = sha256_of(copy / "placeholder-anger.mp4")
    (copy / "manifest.yaml").write_text(yaml.safe_dump(manifest, sort_keys=False))
    problems = check_stimuli(copy).problems
    assert len(problems) == 4
    assert "clip 'placeholder-happiness', field 'duration_s': the clip lasts 1.00 s, not 9 s" in problems[0]
    assert "clip 'placeholder-fear', field 'sha256'" in problems[1]
    assert sha256_of(copy / "placeholder-fear.mp4") in problems[1]
    assert "clip 'placeholder-anger', field 'file'" in problems[2]
    assert "Export the clip anew" in problems[2]
    assert "clip 'placeholder-neutral', field 'file': there is no file" in problems[3]
    lines = (copy / "manifest.yaml").read_text().splitlines()
    line = int(problems[1].split("line ")[1].split(",")[0])
    assert lines[line - 1].strip().startswith("sha256:")


def test_a_clip_that_breaks_off_is_found(copy: Path) -> None:
    path = copy / "placeholder-sadness.mp4"
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    problems = check_stimuli(copy).problems
    assert any("sha256" in problem for problem in problems)
    assert len(problems) == 2  # and its length or its frames


def test_a_link_out_of_the_folder_is_refused(copy: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside.mp4"
    (copy / "placeholder-fear.mp4").rename(outside)
    (copy / "placeholder-fear.mp4").symlink_to(outside)
    loaded = load_manifest(copy)
    clip = loaded.manifest.clip("placeholder-fear")
    assert clip is not None
    with pytest.raises(DocumentError, match="leads out of the stimulus folder"):
        loaded.clip_file(clip)
