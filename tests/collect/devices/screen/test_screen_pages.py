"""The pages as pictures: right size, nothing cut off, in every language, and a choice that can be seen."""

from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from collect.devices.protocols import SetupCheck, SetupView
from collect.devices.screen.screen_canvas import Picture
from collect.devices.screen.screen_pages import (
    blank_page,
    calibration_page,
    choice_page,
    fixation_page,
    scale_page,
    text_page,
)
from collect.devices.screen.screen_setup_page import SetupPage
from collect.devices.screen.screen_writing_page import LONGEST, Writing, writing_page
from collect.language.words import Words, languages, words_for

#: Wide, less wide, and upright; pages are scaled, so small ones tell as much as large ones.
SIZES = [(960, 540), (800, 600), (600, 800)]
ENGLISH = words_for("en")
SCALES = ("valence", "arousal", "familiarity", "liking")


def margin(page: Picture, share: float = 0.02) -> Picture:
    """The outermost strip left and right, and the one at top and bottom, where nothing may be drawn."""
    height, width, _ = page.shape
    edge_x, edge_y = int(width * share), int(height * share)
    parts = [page[:, :edge_x], page[:, -edge_x:], page[:edge_y], page[-edge_y:]]
    return np.concatenate([part.reshape(-1, 4) for part in parts])


def longest_page(words: Words) -> str:
    return max((page for _, page in words.pages if page.startswith("# ")), key=len)


def filled(text: str) -> Writing:
    writing = Writing()
    writing.take(text)
    return writing


def every_page(words: Words, size: tuple[int, int]) -> dict[str, Picture]:
    questions = words.questions
    warnings = [SetupCheck(words.setup.checks[check], max(words.setup.advice.values(), key=len), False)
                for check in words.setup.checks]  # fmt: skip
    return {
        "text": text_page(longest_page(words), *size),
        "fixation": fixation_page(*size),
        "seven": choice_page(questions.seven, list(words.emotions.values()), 7, words, *size),
        "three": choice_page(questions.three, list(words.polarities.values()), None, words, *size),
        **{item: scale_page(item, getattr(questions, item), 9, words, *size) for item in SCALES},
        "writing": writing_page(filled("Word " * LONGEST), words, *size),
        "setup": SetupPage(words, *size).picture(SetupView(None, [], warnings)),
    }


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("language", languages())
def test_every_page_fills_the_screen_and_keeps_its_margins(language: str, size: tuple[int, int]) -> None:
    for name, page in every_page(words_for(language), size).items():
        assert page.shape == (size[1], size[0], 4), name
        assert page.dtype == np.uint8
        assert (margin(page) == page[0, 0]).all(), name
        assert (page != page[0, 0]).any(), name


@pytest.mark.parametrize(
    "words",
    ["You may withdraw your consent at any time without giving a reason and without any disadvantage. ",
     "您可以随时撤回同意，无需说明理由，也不会因此受到任何不利影响。"],
)  # fmt: skip
def test_a_long_consent_is_set_smaller_instead_of_cut_off(words: str) -> None:
    page = text_page("# Consent\n\n" + "\n\n".join([words * 3] * 6) + "\n\nPress Y to agree, N to decline", 1280, 720)
    assert (margin(page, 0.03) == page[0, 0]).all()


@pytest.mark.parametrize("item", SCALES)
def test_no_step_is_suggested_and_each_one_looks_different(item: str) -> None:
    pages = [
        scale_page(item, getattr(ENGLISH.questions, item), step, ENGLISH, 640, 360) for step in (None, *range(1, 10))
    ]
    assert len({page.tobytes() for page in pages}) == 10
    if item == "valence":  # the nine faces are about equally bright: none draws the eye
        mean = pages[0][160:190, :, :3].astype(float).mean(axis=(0, 2))
        assert mean[:320].mean() == pytest.approx(mean[320:].mean(), abs=2.0)


@pytest.mark.parametrize("item", SCALES)
def test_moving_between_answers_changes_only_what_was_left_and_what_was_reached(item: str) -> None:
    """Nothing else may flicker: neither words nor other cards."""
    pages = [scale_page(item, getattr(ENGLISH.questions, item), step, ENGLISH, 1280, 720) for step in range(1, 10)]
    for step, (before, after) in enumerate(pairwise(pages), start=1):
        columns = np.nonzero((before != after).any(axis=(0, 2)))[0]
        pitch = (1280 - 96) / 9
        assert columns.min() >= 640 + (step - 5.5) * pitch
        assert columns.max() <= 640 + (step + 1 - 4.5) * pitch


def test_the_chosen_card_stands_out_from_the_others() -> None:
    none, third = (
        choice_page(ENGLISH.questions.seven, list(ENGLISH.emotions.values()), chosen, ENGLISH, 1280, 720).astype(int)
        for chosen in (None, 3)
    )
    changed = np.abs(none - third)[300:460].sum(axis=2) > 40
    columns = np.nonzero(changed.any(axis=0))[0]
    assert changed.sum() > 0.8 * 140 * 150  # the whole card, not a thin line
    assert columns.max() - columns.min() < 170


def test_the_fixation_cross_is_in_the_middle() -> None:
    page = fixation_page(1280, 720)
    rows, columns = np.nonzero((page != page[0, 0]).any(axis=2))
    assert rows.mean() == pytest.approx(359.5, abs=0.6)
    assert columns.mean() == pytest.approx(639.5, abs=0.6)


def test_a_calibration_target_is_where_the_tracker_wants_it_and_all_pages_share_one_ground() -> None:
    page = calibration_page(1280, 800, (100.0, 700.0))
    rows, columns = np.nonzero((page != page[0, 0]).any(axis=2))
    assert (columns.mean(), rows.mean()) == (pytest.approx(100, abs=1), pytest.approx(700, abs=1))
    blue, green, red, _ = page[0, 0]
    assert blue == green == red  # a neutral grey
    assert (blank_page(1280, 800) == page[0, 0]).all()


# --- the setup page ---


def look(checks: list[SetupCheck], **changes: Any) -> SetupView:
    picture = np.full((90, 160, 3), 120, np.uint8)
    return SetupView(**{"picture": picture, "faces": [], "checks": checks, **changes})


def test_the_live_picture_moves_and_is_mirrored() -> None:
    page = SetupPage(ENGLISH, 1280, 720)
    checks = [SetupCheck("Camera", "30.0 frames a second", True)]
    grey = page.picture(look(checks)).copy()
    half = np.full((90, 160, 3), 120, np.uint8)
    half[:, :80] = 255  # the left half of the picture, which is the participant's right
    moved = page.picture(look(checks, picture=half))
    columns = np.nonzero((grey != moved).any(axis=(0, 2)))[0]
    middle = (48 + 1280 - 48 - 430 - 40) / 2
    assert columns.min() == pytest.approx(middle, abs=3)
    assert columns.max() == pytest.approx(1280 - 48 - 430 - 40, abs=3)


def test_a_face_is_framed_and_advice_is_told_apart_from_all_well() -> None:
    page = SetupPage(ENGLISH, 1280, 720)
    without = page.picture(look([SetupCheck("Face", "all is well", True)])).copy()
    framed = page.picture(look([SetupCheck("Face", "all is well", True)], faces=[(40, 20, 40, 50)])).copy()
    changed = np.nonzero((without != framed).any(axis=2))
    scale = (1280 - 2 * 48 - 430 - 40) / 160
    assert changed[1].max() - changed[1].min() == pytest.approx(40 * scale, abs=8)
    advised = page.picture(look([SetupCheck("Face", "all is well", False)], faces=[(40, 20, 40, 50)]))
    assert (framed != advised)[:, 1280 - 430 - 48 :].any()


# --- free text ---


def test_what_is_typed_is_written_erased_and_finished() -> None:
    writing = Writing()
    assert not writing.take("Käse, 奶酪 \b\b酪\bé")
    assert writing.text == "Käse, 奶é"
    assert writing.take(" \rmore")
    assert writing.text == "Käse, 奶é"


def test_nothing_may_be_written_and_erasing_nothing_is_no_mistake() -> None:
    writing = Writing()
    assert writing.take("\b\b\r")
    assert writing.text == ""


def test_a_text_is_no_longer_than_it_may_be_and_holds_no_control_characters() -> None:
    writing = Writing(5)
    writing.take("ab\tc\x00defgh")
    assert (writing.text, writing.left) == ("abcde", 0)


def test_the_page_shows_each_character_and_says_when_few_are_left() -> None:
    shown = [writing_page(filled(text), ENGLISH, 640, 360).tobytes() for text in ("", "a", "ab", "ab ")]
    assert len(set(shown)) == 4
    rows = [
        np.nonzero((page != page[0, 0]).any(axis=(1, 2)))[0]
        for page in (writing_page(filled("a" * count), ENGLISH, 1280, 720) for count in (LONGEST - 100, LONGEST - 10))
    ]
    assert not ((rows[0] > 590) & (rows[0] < 630)).any()
    assert ((rows[1] > 590) & (rows[1] < 630)).any()
