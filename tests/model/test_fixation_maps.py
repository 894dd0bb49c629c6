"""Maps of where people looked lie where they looked, when they looked, on the clip's picture."""

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch

from annotate.arriving import arriving_name
from annotate.media_store import MediaStore
from annotate.snapshot.format import GAZE_MEDIA_COLUMNS
from annotate.snapshot.redacting import redact_snapshot
from annotate.snapshot.store import read_table
from model.errors import MediaError, PicturesNotKeptError, TrialNotThereError
from model.evaluation import robustness
from model.features import fixation_strips
from model.features.clip_frames import clip_frames, frames_of_parts
from model.features.dataset import load_trials
from model.features.fixation_maps import MAP_PX, PARTS, fixation_maps
from model.features.fixation_strips import draw_fixations
from model.features.map_drawing import drawn_over
from model.features.pruning import prune_features
from model.recipes import emert_small
from model.training.normalisation import fit_normalisation
from model.training.prepared import prepare
from tests.model.conftest import DURATION_MS, Lab, eye_event, write_eye_events, write_gaze
from tests.model.test_bad_data import room

SCREEN = (1000, 500)
PART_MS = DURATION_MS / PARTS


def maps_of(
    tmp_path: Path, *events: dict[str, object], clip_px: tuple[int, int] | None = None, screen: tuple[int, int] = SCREEN
) -> np.ndarray:
    write_gaze(tmp_path / "gaze.parquet", 0, np.random.default_rng(0))
    write_eye_events(tmp_path / "events.parquet", list(events))
    return fixation_maps(tmp_path / "gaze.parquet", tmp_path / "events.parquet", DURATION_MS, screen, clip_px)


def hottest(map_HW: np.ndarray) -> tuple[int, int]:
    """Row and column."""
    row, column = np.unravel_index(np.nanargmax(map_HW), map_HW.shape)
    return int(row), int(column)


def test_a_fixation_is_where_and_when_it_was(tmp_path: Path) -> None:
    right_low = eye_event("fixation", PART_MS, 2 * PART_MS, x=875.0, y=375.0)
    maps = maps_of(tmp_path, right_low)
    assert maps.shape == (PARTS, MAP_PX, MAP_PX)
    assert hottest(maps[1]) in {(row, column) for row in (20, 21) for column in (24, 25)}
    assert maps[1].mean() == pytest.approx(1.0, abs=0.02)
    assert np.isnan(np.delete(maps, 1, axis=0)).all()


def test_how_long_it_lasted_in_the_part_is_what_counts(tmp_path: Path) -> None:
    maps = maps_of(
        tmp_path,
        eye_event("fixation", 0.0, 0.75 * PART_MS, x=250.0, y=250.0),
        eye_event("fixation", 0.75 * PART_MS, 1.5 * PART_MS, x=750.0, y=250.0),
    )
    left, right = maps[0, :, : MAP_PX // 2].sum(), maps[0, :, MAP_PX // 2 :].sum()
    assert left / right == pytest.approx(3.0, rel=0.01)
    assert maps[1, :, : MAP_PX // 2].sum() == pytest.approx(0.0, abs=0.01)
    assert np.isnan(maps[2:]).all()


def test_the_map_is_of_the_clip_and_not_of_the_bars_beside_it(tmp_path: Path) -> None:
    """A square clip on a screen twice as wide as high: it lies between 250 and 750."""
    at_the_edge = eye_event("fixation", 0.0, PART_MS, x=260.0, y=250.0)
    on_the_bar = eye_event("fixation", PART_MS, 2 * PART_MS, x=100.0, y=250.0)
    maps = maps_of(tmp_path, at_the_edge, on_the_bar, clip_px=(64, 64))
    assert hottest(maps[0])[1] == 0
    assert 0.5 < maps[0].mean() < 0.8  # the rest of its spread is on the bar
    assert maps[1].max() < 0.01
    assert np.isfinite(maps[1]).all()  # it was measured: the eyes were elsewhere
    of_screen = maps_of(tmp_path, at_the_edge, on_the_bar)
    assert hottest(of_screen[0])[1] == 7


def test_where_no_fixation_is_told_the_samples_are_spread(tmp_path: Path) -> None:
    """Samples around (200, 400) of the made-up gaze of class 1."""
    write_gaze(tmp_path / "gaze.parquet", 1, np.random.default_rng(0))
    maps = fixation_maps(tmp_path / "gaze.parquet", None, DURATION_MS, (1000, 800), None)
    assert all(abs(hottest(each)[0] - 14) <= 1 and abs(hottest(each)[1] - 5) <= 1 for each in maps)
    assert maps.mean() == pytest.approx(1.0, abs=0.02)
    saccades_alone = maps_of(tmp_path, eye_event("saccade", 0.0, 50.0, x=1.0, y=1.0))
    assert np.isfinite(saccades_alone).all()


def test_lost_eyes_are_no_look(tmp_path: Path) -> None:
    t_ms = np.arange(0.0, DURATION_MS, 10.0)
    lost = {name: np.full(len(t_ms), np.nan) for name in GAZE_MEDIA_COLUMNS} | {"t_ms": t_ms}
    pq.write_table(pa.table(lost), tmp_path / "gaze.parquet")
    maps = fixation_maps(tmp_path / "gaze.parquet", None, DURATION_MS, SCREEN, None)
    assert np.isnan(maps).all()


def test_heat_is_drawn_over_the_picture_and_leaves_the_rest_alone() -> None:
    heat = np.zeros((MAP_PX, MAP_PX), np.float32)
    heat[3, 4] = 7.0
    picture = np.full((MAP_PX, MAP_PX, 3), 200, np.uint8)
    drawn = drawn_over(heat, picture)
    red, green, blue = drawn[3, 4].astype(int).tolist()
    assert red > 120
    assert red > green + 50
    assert red > blue + 50
    assert (np.delete(drawn.reshape(-1, 3), 3 * MAP_PX + 4, axis=0) == 200).all()
    assert (drawn_over(np.full((MAP_PX, MAP_PX), np.nan)) == 0).all()


def write_clip(path: Path, shown: list[tuple[int, float]], size: tuple[int, int] = (64, 32)) -> None:
    """Grey and time in seconds of each frame, in any rhythm."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=1000, options={"preset": "ultrafast", "qp": "0"})
        stream.width, stream.height, stream.pix_fmt = *size, "yuv444p"
        for grey, time_s in shown:
            frame = av.VideoFrame.from_ndarray(np.full((size[1], size[0], 3), grey, np.uint8), format="rgb24")
            frame.pts, frame.time_base = round(1000 * time_s), Fraction(1, 1000)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())


def test_a_part_lies_over_what_the_clip_showed_then(tmp_path: Path) -> None:
    """Ten frames a second, and a second without any."""
    times_s = [time / 10 for time in range(80) if not 30 < time < 40]
    write_clip(tmp_path / "clip.mp4", [(round(30 * time_s), time_s) for time_s in times_s])
    clip = clip_frames(tmp_path / "clip.mp4")
    assert clip.size_px == (64, 32)
    of_parts = clip.of_parts(8000.0)
    assert of_parts.shape == (PARTS, MAP_PX, MAP_PX, 3)
    greys = of_parts.mean(axis=(1, 2, 3))
    assert np.abs(greys - 30 * (np.arange(8) + 0.5))[[0, 1, 2, 4, 5, 6, 7]].max() < 12
    assert clip.of_parts(16000.0)[-1].mean() == pytest.approx(clip.frames[-1].mean())


CLIPS_S = {
    "slow": [time / 5 for time in range(40)],
    "with a gap": [time / 10 for time in range(80) if not 30 < time < 60],
    "one picture": [0.0],
}


@pytest.mark.parametrize("clip", CLIPS_S)
@pytest.mark.parametrize("duration_ms", [1000.0, 8000.0, 16000.0])
def test_people_are_shown_the_pictures_that_networks_see(tmp_path: Path, clip: str, duration_ms: float) -> None:
    """Also where the trial outlasts the clip."""
    write_clip(tmp_path / "clip.mp4", [(round(30 * time_s), time_s) for time_s in CLIPS_S[clip]])
    seen = clip_frames(tmp_path / "clip.mp4").of_parts(duration_ms)
    assert (frames_of_parts(tmp_path / "clip.mp4", duration_ms, (MAP_PX, MAP_PX)) == seen).all()
    large = frames_of_parts(tmp_path / "clip.mp4", duration_ms, (96, 48))
    assert large.shape == (PARTS, 48, 96, 3)
    assert large.mean(axis=(1, 2, 3)) == pytest.approx(seen.mean(axis=(1, 2, 3)), abs=1.0)


def test_what_is_no_clip_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "clip.mp4").write_text("gone")
    with pytest.raises(MediaError, match=r"clip\.mp4: not a clip that can be decoded"):
        clip_frames(tmp_path / "clip.mp4")
    with pytest.raises(MediaError, match=r"clip\.mp4: not a clip that can be decoded"):
        frames_of_parts(tmp_path / "clip.mp4", 1000.0, (96, 48))


@pytest.fixture
def lab_with_clip(lab: Lab, tmp_path: Path) -> Lab:
    write_clip(tmp_path / "clip.mp4", [(100, time / 10) for time in range(20)], size=(80, 64))
    lab.clip = MediaStore(lab.media).put_file(tmp_path / "clip.mp4")
    return lab


def test_maps_are_computed_once_and_go_with_whoever_withdraws(lab_with_clip: Lab) -> None:
    lab = lab_with_clip
    snapshot, media, store = lab.snapshot(), MediaStore(lab.media), lab.store()
    store.compute(snapshot, media)
    maps = sorted(lab.features.glob("maps/??/*.npz"))
    frames = list(lab.features.glob("frames/??/*.npz"))
    assert (len(maps), len(frames)) == (8, 1)
    assert store.compute(snapshot, media).computed == 0
    maps[0].write_bytes(b"cut off")
    assert store.compute(snapshot, media).computed == 1
    redact_snapshot(snapshot, ["S01"], "2030-01-02T00:00:00Z")
    prune_features(lab.features, snapshot.parent, lab.extractor.name)
    assert len(list(lab.features.glob("maps/??/*.npz"))) == 6
    assert list(lab.features.glob("frames/??/*.npz")) == frames


def test_a_network_is_given_heat_or_the_drawing_with_a_mask(lab_with_clip: Lab) -> None:
    """The lab's fixations have no place, so its samples are spread."""
    lab = lab_with_clip
    snapshot, store = lab.snapshot(), lab.store()
    store.compute(snapshot, MediaStore(lab.media))
    trials = load_trials(snapshot, store)
    blind = trials.maps.copy()
    blind[0, 2:] = np.nan
    trials = replace(trials, maps=blind)
    small, normalisation = emert_small().architecture, fit_normalisation(trials)
    rows = torch.arange(len(trials))
    heat, _ = prepare(trials, normalisation, replace(small, maps="heat")).batch(rows, 4)
    drawn, _ = prepare(trials, normalisation, replace(small, maps="over_clip")).batch(rows, 4)
    none, _ = prepare(trials, normalisation, small).batch(rows, 4)
    assert heat.maps_BPCHW.shape == (8, PARTS, 1, MAP_PX, MAP_PX)
    assert drawn.maps_BPCHW.shape == (8, PARTS, 3, MAP_PX, MAP_PX)
    assert none.maps_BPCHW.shape[:2] == (8, 0)
    for batch in (heat, drawn):
        assert batch.map_mask_BP.sum(dim=1).tolist() == [2] + [PARTS] * 7
        assert (batch.maps_BPCHW[0, 2:] == 0).all()
        assert torch.isfinite(batch.maps_BPCHW).all()
    assert (heat.maps_BPCHW >= 0).all()
    corner = drawn.maps_BPCHW[1, 0, :, -1, -1]
    assert corner == pytest.approx(torch.full((3,), 100 / 127.5 - 1.0), abs=0.03)  # far from the gaze: the clip's grey


def test_who_loses_the_eyes_loses_the_maps_and_late_eyes_come_with_late_maps(lab: Lab) -> None:
    snapshot, store = lab.snapshot(), lab.store()
    store.compute(snapshot, MediaStore(lab.media))
    trials = load_trials(snapshot, store)
    assert np.isnan(robustness.without_eyes(trials, 1.0, 7).maps).all()
    ramp = np.broadcast_to(np.arange(8.0)[None, :, None, None], trials.maps.shape).astype(np.float32)
    two_s = np.full(len(trials), DURATION_MS / 1000)
    late = robustness.eyes_late(two_s)(replace(trials, maps=ramp), 0.25, 7).maps[:, :, 0, 0]
    assert sorted(np.nan_to_num(late[:, 4]).tolist()) == [3.0] * 4 + [5.0] * 4
    noisy = robustness.noisy_eyes(trials, 1.0, 7).maps
    assert (np.isnan(noisy) == np.isnan(trials.maps)).all()
    assert np.nanmin(noisy) >= 0


def test_a_picture_for_each_trial_with_a_gaze(lab_with_clip: Lab, tmp_path: Path) -> None:
    lab = lab_with_clip
    snapshot, media = lab.snapshot(), MediaStore(lab.media)
    first = read_table(snapshot, "trials")[0]["trial"]
    out = tmp_path / "pictures"
    out.mkdir()
    arriving_name(out / f"{first}.png").touch()  # as a kill leaves it
    (picture,) = draw_fixations(snapshot, lab.store(), media, [first[:8]], out)
    assert picture == out / f"{first}.png"
    assert picture.read_bytes().startswith(b"\x89PNG")
    assert list(out.iterdir()) == [picture]
    assert lab.extractor.calls == 0  # no face is looked for
    with pytest.raises(TrialNotThereError, match="none begins with 'xyz'"):
        draw_fixations(snapshot, lab.store(), media, ["xyz"], out)


def test_a_slow_clip_that_ends_early_lies_under_all_parts(
    lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Five pictures in the first of two seconds, from grey 50 on."""
    write_clip(tmp_path / "clip.mp4", [(50 + 20 * number, number / 5) for number in range(6)])
    lab.clip = MediaStore(lab.media).put_file(tmp_path / "clip.mp4")
    unders: list[np.ndarray | None] = []

    def drawn(heat_HW: np.ndarray, picture_HWC: np.ndarray | None = None) -> np.ndarray:
        unders.append(picture_HWC)
        return drawn_over(heat_HW, picture_HWC)

    monkeypatch.setattr(fixation_strips, "drawn_over", drawn)
    snapshot, store = lab.snapshot(), lab.store()
    trial = read_table(snapshot, "trials")[0]
    draw_fixations(snapshot, store, MediaStore(lab.media), [trial["trial"]], tmp_path / "pictures")
    shown = [under.mean() for under in unders if under is not None]
    clip = store.clip_frames(trial)
    assert clip is not None
    assert shown == pytest.approx(clip.of_parts(DURATION_MS).mean(axis=(1, 2, 3)).tolist(), abs=1.0)
    assert shown[-1] == pytest.approx(150, abs=2)
    assert len(unders) == 2 * PARTS  # over the clip, and alone


def test_a_folder_that_takes_no_pictures_is_told_and_nothing_half_is_left(lab_with_clip: Lab, tmp_path: Path) -> None:
    """Nothing can be made below a file, whoever asks, root too."""
    lab = lab_with_clip
    snapshot, media, out = lab.snapshot(), MediaStore(lab.media), tmp_path / "pictures"
    first = read_table(snapshot, "trials")[0]["trial"]
    (tmp_path / "file").touch()
    for folder in (tmp_path / "file" / "pictures", tmp_path / "file"):
        with pytest.raises(PicturesNotKeptError, match=rf"{folder}: .*could not be written \(.*another folder"):
            draw_fixations(snapshot, lab.store(), media, [first], folder)
    draw_fixations(snapshot, lab.store(), media, [first], tmp_path / "before")  # so that features are there
    with room(2000), pytest.raises(PicturesNotKeptError, match=rf"{out / first}\.png: .*\(File too large\).*Make room"):
        draw_fixations(snapshot, lab.store(), media, [first], out)
    assert list(out.iterdir()) == []
