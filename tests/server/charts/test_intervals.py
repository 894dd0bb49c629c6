"""Pictures of figures: places, gaps, words."""

import re
from xml.etree import ElementTree

import pytest
from markupsafe import Markup

from server.charts.intervals import (
    Point,
    Scale,
    dot_with_interval,
    in_words,
    line_with_band,
    scale_below,
    scale_beside,
    written,
)

UNIT = Scale(0.0, 1.0, firm=(0.0, 0.667, 1.0))


def parsed(picture: Markup) -> ElementTree.Element:
    return ElementTree.fromstring(str(picture))  # noqa: S314 -- our own


def test_a_dot_lies_where_its_value_is_and_never_outside() -> None:
    picture = parsed(dot_with_interval(UNIT, 0.25, -0.5, 0.75))
    dot = picture.find("circle")
    reach = picture.find("line[@class='reach']")
    assert dot is not None
    assert reach is not None
    assert (dot.get("cx"), reach.get("x1"), reach.get("x2")) == ("25.0%", "0.0%", "75.0%")


def test_a_figure_without_interval_has_no_line() -> None:
    picture = parsed(dot_with_interval(UNIT, 0.5, None, None))
    assert picture.find("line[@class='reach']") is None
    assert picture.get("aria-label") == "0.50, no interval"


def test_words_of_people_are_escaped() -> None:
    row = dot_with_interval(UNIT, 0.5, 0.4, 0.6, name='<b>"ada"</b>')
    assert parsed(row).get("aria-label") == '<b>"ada"</b> 0.50, interval 0.40 to 0.60'
    series = line_with_band(UNIT, [Point("<i>", 0.5, 0.4, 0.6)], "<script>")
    assert "<script>" not in series
    assert (
        parsed(series).get("aria-label") == "<script>: <i> 0.50, interval 0.40 to 0.60; <i> 0.50, interval 0.40 to 0.60"
    )


def test_a_missing_week_is_a_gap_in_line_and_band() -> None:
    points = [Point("a", 0.2, 0.1, 0.3), Point("b", 0.3, 0.2, 0.4), Point("c", None), Point("d", 0.4), Point("e", 0.5)]
    picture = parsed(line_with_band(UNIT, points, "α"))
    bent = picture.find("svg")
    assert bent is not None
    lines = [line.get("points", "").split() for line in bent.findall("polyline")]
    assert [len(line) for line in lines] == [2, 2]
    assert [len(band.get("points", "").split()) for band in bent.findall("polygon")] == [4]
    assert len(picture.findall("circle")) == 4
    assert lines[0][0] == "2.0,80.0"


def test_nothing_known_is_said() -> None:
    assert parsed(line_with_band(UNIT, [Point("a", None)], "α")).get("aria-label") == "α: nothing known"


@pytest.mark.parametrize(
    ("value", "text"), [(0.449, "0.45"), (-0.02, "\N{MINUS SIGN}0.02"), (-0.001, "0.00"), (1.0, "1.00")]
)
def test_figures_are_written_as_one_reads_them(value: float, text: str) -> None:
    assert written(value) == text


def test_scales_name_their_lines() -> None:
    assert re.findall(r">([^<]+)</text>", scale_below(UNIT)) == ["0", ".667", "1"]
    assert re.findall(r">([^<]+)</text>", scale_beside(Scale(-0.2, 0.2, firm=(-0.2, 0.0, 0.2)))) == [
        "\N{MINUS SIGN}.2", "0", ".2",
    ]  # fmt: skip
    assert in_words(-0.1, -0.2, 0.0, 1) == "\N{MINUS SIGN}0.1, interval \N{MINUS SIGN}0.2 to 0.0"


def test_pictures_carry_no_style_that_the_policy_forbids() -> None:
    drawn = line_with_band(UNIT, [Point("a", 0.1), Point("b", 0.2)], "α") + dot_with_interval(UNIT, 0.1, 0.0, 0.2)
    assert "style=" not in drawn
    assert "<script" not in drawn
