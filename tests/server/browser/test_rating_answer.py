"""Giving an answer: what may stay open, what is asked, the way back, notes, and whose keys they are."""

from playwright.sync_api import Page, expect

from tests.server.browser.conftest import House
from tests.server.browser.rating_steps import open_desk, press, shown_face, votes


def test_undo_takes_back_one_change_after_the_other(page: Page, house: House) -> None:
    open_desk(page, house, "fer")
    press(page, "2", "ArrowLeft", "ArrowLeft", "ArrowDown", "]", "]", "o")
    for text, valence, intensity, flag in (
        ("−0.10", "−0.10", "0.2", "false"),
        ("−0.10", "−0.10", "–", "false"),
        ("–", "–", "–", "false"),  # the arrows in a row count as one change
    ):
        press(page, "z")
        expect(page.locator("#valence")).to_have_text(text or valence)
        expect(page.locator("#intensity-words")).to_have_text(intensity)
        expect(page.locator("[data-flag=occluded]")).to_have_attribute("aria-pressed", flag)
    press(page, "z")
    expect(page.locator("#seven [aria-pressed=true], #three [aria-pressed=true]")).to_have_count(0)
    press(page, "z")
    expect(page.locator("#message")).to_contain_text("Nothing to undo")


def test_where_no_face_is_seen_one_key_saves(page: Page, house: House) -> None:
    open_desk(page, house, "fer")
    press(page, "f")
    expect(page.locator("#missing")).to_have_text("With “no face”, what you leave open is saved as neutral and 0.")
    expect(page.locator("[data-seven=neutral]")).to_have_class("choice proposed")
    seen = shown_face(page)
    press(page, "Enter")
    expect(page.locator(".trial:visible video")).not_to_have_attribute("src", seen)
    press(page, "3", "b", "Enter")  # what was said by hand stays
    expect(page.locator("#progress")).to_contain_text("2 answered")
    one, two = votes(house.database)
    assert (one.seven, one.three, one.valence, one.arousal, one.intensity, one.flags) == (
        "neutral", "neutral", 0, 0, 0, "no face",
    )  # fmt: skip
    assert (two.seven, two.three, two.intensity, two.flags) == ("fear", "negative", 0, "unusable")


def test_a_contradiction_is_asked_about_once_and_saved_as_it_is(page: Page, house: House) -> None:
    open_desk(page, house, "fer")
    press(page, "1", "Shift+ArrowLeft", "]", "Enter")
    expect(page.locator("#missing")).to_have_text("Happiness with an unpleasant valence? Enter saves it as it is.")
    press(page, "3", "p", "Enter")  # another answer, another question
    expect(page.locator("#missing")).to_have_text("Fear as positive? Enter saves it as it is.")
    press(page, "7", "u", *["+"] * 4, "Enter")
    expect(page.locator("#missing")).to_have_text("A neutral face with an intensity of 2.1? Enter saves it as it is.")
    assert votes(house.database) == []
    press(page, "Enter")
    expect(page.locator("#progress")).to_contain_text("1 answered")
    assert votes(house.database)[0].seven == "neutral"


def test_a_note_is_typed_without_setting_off_keys_and_goes_with_the_answer(page: Page, house: House) -> None:
    open_desk(page, house, "fer")
    press(page, "1", "ArrowRight", "]", "e")
    page.keyboard.type("x7 hair? covers 0 eyes")
    expect(page.locator("[data-seven=happiness]")).to_have_attribute("aria-pressed", "true")
    press(page, "Escape")
    expect(page.locator("#note")).not_to_be_focused()
    page.reload()
    expect(page.locator("#note")).to_have_value("x7 hair? covers 0 eyes")
    press(page, "Enter")
    expect(page.locator("#progress")).to_contain_text("1 answered")
    (vote,) = votes(house.database)
    assert vote.note == "x7 hair? covers 0 eyes"
    assert vote.looked_ms is not None
    assert vote.looked_ms > 0
    expect(page.locator("#note")).to_be_hidden()  # the next trial has none


def test_letters_can_be_left_to_a_screen_reader_and_all_is_done_by_tab(page: Page, house: House) -> None:
    open_desk(page, house, "fer")
    press(page, "?")
    page.locator("#letters").uncheck()
    press(page, "Escape")
    expect(page.locator("#card")).not_to_be_visible()
    press(page, "1", "f")
    expect(page.locator("#answer .choice[aria-pressed=true]")).to_have_count(0)
    page.reload()
    expect(page.locator(".trial:visible")).to_have_count(1)
    page.locator("[data-seven=surprise]").focus()
    press(page, "Enter")
    page.get_by_label("Valence, unpleasant to pleasant").focus()
    press(page, "ArrowRight", "ArrowRight")
    page.get_by_label("Arousal, calm to excited").focus()
    press(page, "ArrowUp")
    page.get_by_label("Intensity").focus()
    press(page, "ArrowRight")
    page.locator("#submit").focus()
    press(page, "Enter")
    expect(page.locator("#progress")).to_contain_text("1 answered")
    (vote,) = votes(house.database)
    assert (vote.seven, vote.three, vote.valence, vote.arousal, vote.intensity) == (
        "surprise", "positive", 0.1, 0.05, 0.1,
    )  # fmt: skip
