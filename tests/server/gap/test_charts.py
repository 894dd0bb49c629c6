"""Geometry of the pictures: what is drawn lies where its figures say."""

from itertools import pairwise

import pytest

from annotate.intervals import Interval
from server.charts.plane import MARGIN, SIDE, Movement, arrows, x_of, y_of
from server.charts.ranges import axis_of, range_on


def test_an_axis_holds_all_intervals_between_round_ticks() -> None:
    axis = axis_of([Interval(0.42, 0.31, 0.77, 9), None], 200)
    assert axis.ticks == (0.0, 0.2, 0.4, 0.6, 0.8)
    row = range_on(axis, Interval(0.42, 0.31, 0.77, 9), noise=Interval(0.1, None, None, 2))
    assert row is not None
    assert row.low is not None
    assert row.high is not None
    assert axis.x(0) < row.low < row.dot < row.high < axis.x(0.8)
    assert row.noise == axis.x(0.1)
    assert row.noise_low is None
    assert range_on(axis, None) is None


@pytest.mark.parametrize(("low", "high"), [(-0.013, 0.004), (-1.9, -0.2), (0.0, 0.0), (0.999, 1.0)])
def test_an_axis_holds_whatever_it_is_given(low: float, high: float) -> None:
    axis = axis_of([Interval((low + high) / 2, low, high, 5)], 180)
    assert axis.low <= min(low, 0) <= max(high, 0) <= axis.high
    assert 2 <= len(axis.ticks) <= 8


def test_labels_of_an_axis_have_room_and_zero_is_among_them() -> None:
    axis = axis_of([Interval(0.3, -0.03, 0.8, 5)], 120, ticks=9)
    labels = axis.labels()
    assert 0 in [tick for _x, _anchor, tick in labels]
    places = [axis.x(tick) for _x, _anchor, tick in labels]
    assert all(later - earlier > 30 for earlier, later in pairwise(places))


def movement(name: str, felt: tuple[float, float], shown: tuple[float, float]) -> Movement:
    return Movement(name, felt, shown, "/gap/trials", name)


def test_an_arrow_goes_from_felt_to_shown_and_its_label_stays_inside() -> None:
    (arrow,) = arrows([movement("happiness", (1.0, 1.0), (-1.0, -1.0))])
    assert (arrow.x1, arrow.y1) == (x_of(1), y_of(1)) == (SIDE - MARGIN, MARGIN)
    assert arrow.x2 < SIDE / 2 < arrow.y2
    assert arrow.head.startswith(f"{MARGIN:.1f},{SIDE - MARGIN:.1f}")
    assert arrow.anchor == "end" or arrow.label_x < SIDE - 60


def test_labels_of_emotions_that_lie_together_do_not_cover_each_other() -> None:
    drawn = arrows(
        [movement(name, (-0.5 + i / 50, 0.5), (0.0, 0.0)) for i, name in enumerate(("anger", "fear", "disgust"))]
    )
    places = {(arrow.label_x, arrow.label_y) for arrow in drawn}
    assert len(places) == 3
    rows = sorted(arrow.label_y for arrow in drawn)
    assert rows[-1] - rows[0] > 10


def test_somebody_who_shows_what_they_feel_gets_a_dot_without_a_head() -> None:
    (arrow,) = arrows([movement("neutral", (0.1, 0.1), (0.1, 0.1))])
    assert not arrow.moves
    assert arrow.head == ""
