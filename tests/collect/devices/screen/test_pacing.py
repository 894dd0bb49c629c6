"""When frames are due, late, or not worth showing any more."""

from collect.devices.screen.pacing import Pacing

MS = 1_000_000
PACING = Pacing(start_ns=5_000 * MS, first_pts_ms=40.0, refresh_ns=16 * MS, skip_after_ns=250 * MS)


def test_frames_are_due_by_their_own_times_from_the_first_flip_on() -> None:
    assert PACING.due_ns(40.0) == 5_000 * MS
    assert PACING.due_ns(107.0) == 5_067 * MS


def test_late_is_more_than_one_refresh_after_due() -> None:
    assert not PACING.is_late(107.0, 5_067 * MS + 16 * MS)
    assert PACING.is_late(107.0, 5_067 * MS + 16 * MS + 1)


def test_a_frame_a_quarter_second_behind_is_given_up() -> None:
    assert not PACING.is_hopeless(107.0, 5_317 * MS)
    assert PACING.is_hopeless(107.0, 5_317 * MS + 1)
