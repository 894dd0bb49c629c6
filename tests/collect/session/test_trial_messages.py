"""What the tracker's own record says lies where the clip truly was, or its frames are drawn beside the gaze."""

from pathlib import Path

from collect.bundle.format import ScreenInfo
from collect.session.trial_messages import clip_area, clip_place, frame_shown
from tests.collect.session.small_study import write_clip


def test_a_clip_with_bars_above_and_below(tmp_path: Path) -> None:
    clip = tmp_path / "wide.mp4"
    write_clip(clip, 0.2, size=(160, 90))
    place = clip_place(clip, ScreenInfo(width_px=640, height_px=480))
    assert place is not None
    assert clip_area(place) == "!V IAREA RECTANGLE 1 0 60 640 420 clip"
    assert frame_shown(3, 0, place, clip) == "3 !V VFRAME 1 0 60 wide.mp4"


def test_what_is_no_clip_has_no_place(tmp_path: Path) -> None:
    (tmp_path / "not.mp4").write_text("no clip")
    assert clip_place(tmp_path / "not.mp4", ScreenInfo(width_px=640, height_px=480)) is None
