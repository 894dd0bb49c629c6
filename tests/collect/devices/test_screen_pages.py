"""The pages as pictures: right size, nothing cut off, and a choice that can be seen."""

import numpy as np
import pytest

from collect.devices.screen_pages import Picture, choice_page, fixation_page, scale_page, text_page

SIZES = [(1280, 720), (1920, 1080), (1024, 768)]
OPTIONS = ["happiness", "sadness", "fear", "surprise", "disgust", "anger", "neutral"]


def margin(page: Picture, share: float = 0.02) -> Picture:
    """The outermost strip left and right, and the one at top and bottom, where nothing may be drawn."""
    height, width, _ = page.shape
    edge_x, edge_y = int(width * share), int(height * share)
    parts = [page[:, :edge_x], page[:, -edge_x:], page[:edge_y], page[-edge_y:]]
    return np.concatenate([part.reshape(-1, 4) for part in parts])


@pytest.mark.parametrize("size", SIZES)
def test_every_page_fills_the_screen_and_keeps_its_margins(size: tuple[int, int]) -> None:
    pages = [
        text_page("# Title\n\nSome words.\n\nPress Space", *size),
        fixation_page(*size),
        choice_page("What did you feel?", "Say it.", OPTIONS, 6, *size),
        scale_page("valence", 9, *size),
        scale_page("arousal", 1, *size),
    ]
    for page in pages:
        assert page.shape == (size[1], size[0], 4)
        assert page.dtype == np.uint8
        assert (margin(page) == page[0, 0]).all()
        assert (page != page[0, 0]).any()


def test_a_long_consent_is_set_smaller_instead_of_cut_off() -> None:
    words = "You may withdraw your consent at any time without giving a reason and without any disadvantage. "
    page = text_page("# Consent\n\n" + "\n\n".join([words * 3] * 6) + "\n\nPress Y to agree, N to decline", 1280, 720)
    assert (margin(page, 0.03) == page[0, 0]).all()


@pytest.mark.parametrize("item", ["valence", "arousal"])
def test_no_step_is_suggested_and_each_one_looks_different(item: str) -> None:
    pages = [scale_page(item, step, 640, 360) for step in (None, *range(1, 10))]  # type: ignore[arg-type]
    assert len({page.tobytes() for page in pages}) == 10
    mean = pages[0][100:200, :, :3].astype(float).mean(axis=(0, 2))
    if item == "valence":  # the five faces are equally bright: none draws the eye
        left, right = mean[:320].mean(), mean[320:].mean()
        assert left == pytest.approx(right, abs=1.0)


def test_the_fixation_cross_is_in_the_middle() -> None:
    page = fixation_page(1280, 720)
    rows, columns = np.nonzero((page != page[0, 0]).any(axis=2))
    assert rows.mean() == pytest.approx(359.5, abs=0.6)
    assert columns.mean() == pytest.approx(639.5, abs=0.6)
