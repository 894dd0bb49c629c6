"""A bundle whose tracker told no events gets them from its samples; one that has them keeps them."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from collect.bundle import rows
from collect.bundle.format import GAZE_EVENT_COLUMNS, GAZE_SAMPLE_COLUMNS, ScreenInfo
from collect.bundle.reader import read_bundle
from collect.gaze.events.of_samples import events_of_bundle
from collect.gaze.events.scale import px_per_degree
from tests.collect.gaze.events.walk import walk

GOLDEN = Path(__file__).parents[3] / "golden/bundle-v1"
NAN = float("nan")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The golden bundle as if it had broken off, without eye events, and with a walk for its gaze."""
    folder = tmp_path / "bundle"
    shutil.copytree(GOLDEN, folder)
    (folder / "seal.json").unlink()
    made = walk()
    lines = [
        rows.sample_line((int(1e9 + t * 1e6), 5000 + t, x, y, 3.0, NAN, NAN, NAN))
        for t, x, y in zip(made.time_ms.tolist(), made.x.tolist(), made.y.tolist(), strict=True)
    ]
    (folder / "gaze/samples.csv").write_text(rows.header_line(GAZE_SAMPLE_COLUMNS) + "".join(lines))
    (folder / "gaze/events.csv").write_text(rows.header_line(GAZE_EVENT_COLUMNS))
    return folder


def test_events_are_found_and_say_by_whom(folder: Path) -> None:
    before = sorted(path.stat().st_mtime_ns for path in folder.rglob("*"))
    events = events_of_bundle(read_bundle(folder))
    assert events.dtype.names == GAZE_EVENT_COLUMNS
    assert set(events["kind"]) == {"fixation", "saccade"}
    assert set(events["eye"]) == {"L"}
    assert all(source.startswith("REMoDNaV 1.") for source in events["source"])
    fixation = events[events["kind"] == "fixation"][0]
    assert fixation["start_host_ns"] == 1e9 + (fixation["start_device_ms"] - 5000) * 1e6
    assert fixation["x"] == pytest.approx(walk().rests[0][0], abs=4)
    assert fixation["pupil"] == 3.0
    assert np.isnan(events[events["kind"] == "saccade"]["pupil"]).all()
    assert (np.diff(events["end_host_ns"]) >= 0).all()
    assert sorted(path.stat().st_mtime_ns for path in folder.rglob("*")) == before


def test_what_the_tracker_found_is_kept() -> None:
    bundle = read_bundle(GOLDEN)
    assert len(bundle.eye_events())
    assert events_of_bundle(bundle).tobytes() == bundle.eye_events().tobytes()


def test_no_samples_no_events(folder: Path) -> None:
    (folder / "gaze/samples.csv").write_text(rows.header_line(GAZE_SAMPLE_COLUMNS))
    assert len(events_of_bundle(read_bundle(folder))) == 0


def test_pixels_of_a_degree() -> None:
    near = ScreenInfo(width_px=1920, height_px=1080, width_cm=53.0, distance_cm=60.0)
    assert px_per_degree(near) == pytest.approx(1920 / 47.66, rel=1e-3)
    unknown = ScreenInfo(width_px=1920, height_px=1080)
    assert px_per_degree(unknown) == pytest.approx(46.3, rel=1e-2)
