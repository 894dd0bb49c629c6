"""A rater at the desk, in a real browser, with the keyboard alone."""

import re

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from server.db.ratings import Claim, Exposure
from tests.server.browser.conftest import PASSWORD, House
from tests.server.browser.rating_steps import WHOLE, open_desk, press, shown_face, votes


def saved(page: Page, answered: int) -> None:
    expect(page.locator("#progress")).to_have_text(re.compile(rf"^{answered} answered"))
    expect(page.locator("#outbox")).to_be_empty()


def test_a_face_is_rated_by_keyboard_alone(page: Page, house: House) -> None:
    # From the login on by Tab and Enter; nothing is clicked.
    page.context.clear_cookies()
    page.goto(house.url)
    expect(page.locator("#name")).to_be_focused()  # the cursor waits where one types
    page.keyboard.type("ada")
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(f"{house.url}/")
    page.keyboard.press("Tab")
    while page.evaluate("document.activeElement.textContent.trim()") != "Start rating":
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**/rate")
    while page.evaluate("document.activeElement.textContent.trim()") != "Rate FER":
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**/rate/fer")
    first = page.locator(".trial:visible video")
    expect(first).to_have_count(1)  # the face, and nothing but the face
    expect(page.locator("#simulated")).to_be_visible()
    assert first.evaluate("video => video.muted")
    seen = shown_face(page)
    press(page, "5")
    expect(page.locator("[data-three=negative]")).to_have_attribute("aria-pressed", "true")
    press(page, "u", *["ArrowLeft"] * 3, "ArrowUp", "Shift+ArrowUp", *["]"] * 4, "+", "[", "d", "Enter")
    saved(page, 1)
    (vote,) = votes(house.database)
    assert (vote.instrument, vote.seven, vote.three, vote.flags) == ("FER", "disgust", "neutral", "unsure")
    assert (vote.valence, vote.arousal, vote.intensity) == (-0.15, 0.30, 0.8)
    expect(page.locator(".trial:visible video")).not_to_have_attribute("src", seen)


def test_what_a_person_feels_is_rated_with_clip_gaze_and_traces(page: Page, house: House) -> None:
    open_desk(page, house, "er")
    for _ in range(2):  # one of the three trials has no clip; skip until one has
        if page.locator(".trial:visible .screen video").count():
            break
        seen = shown_face(page)
        press(page, "x")
        expect(page.locator(".trial:visible video").last).not_to_have_attribute("src", seen)
    expect(page.locator("#self-report")).to_have_text("They said: disgust · negative · valence −0.75 · arousal +0.25")
    expect(page.locator("#clock")).to_have_text(re.compile(r"^(0\.[5-9]|1\.\d) / 2\.0 s$"))
    clip, face = page.evaluate("[...document.querySelectorAll('.trial:not([hidden]) video')].map(v => v.currentTime)")
    assert face - clip == pytest.approx(0.12, abs=0.1)  # one clock: the face video began 120 ms before the clip
    for canvas in (".screen canvas", ".traces canvas"):
        drawn = page.locator(f".trial:visible {canvas}").evaluate(
            "c => c.getContext('2d').getImageData(0, 0, c.width, c.height).data.some(value => value > 0)"
        )
        assert drawn, canvas
    press(page, "1", "0", "Enter")
    saved(page, 1)
    (vote,) = votes(house.database)
    assert (vote.instrument, vote.seven, vote.three, vote.valence, vote.arousal, vote.intensity) == (
        "ER", "happiness", "positive", 0.0, 0.0, None,
    )  # fmt: skip
    with house.database.reading() as session:
        assert set(session.scalars(select(Exposure.what))) == {"stimulus", "self_report", "context"}


def test_a_reload_keeps_the_trial_and_what_was_begun(page: Page, house: House) -> None:
    open_desk(page, house, "fer")
    seen = shown_face(page)
    press(page, "3", "ArrowLeft", "]")
    page.reload()
    expect(page.locator(".trial:visible")).to_have_count(1)
    assert shown_face(page) == seen
    expect(page.locator("[data-seven=fear]")).to_have_attribute("aria-pressed", "true")
    expect(page.locator("#valence")).to_have_text("−0.05")
    expect(page.locator("#intensity-words")).to_have_text("0.1")


def test_an_unfinished_answer_is_not_sent_and_says_what_is_missing(page: Page, house: House) -> None:
    open_desk(page, house, "fer")
    press(page, "1", "Enter")
    expect(page.locator("#missing")).to_have_text("Still to answer: valence and arousal, the intensity.")
    press(page, "0", "[")
    expect(page.locator("#missing")).to_be_empty()
    assert votes(house.database) == []


def test_the_last_answer_is_corrected_and_the_trial_at_hand_kept(page: Page, house: House) -> None:
    open_desk(page, house, "fer")
    press(page, "1", "0", "]", "Enter")
    saved(page, 1)
    press(page, "2")
    at_hand = shown_face(page)
    press(page, "l")
    expect(page.locator("#submit")).to_contain_text("Save the correction")
    expect(page.locator("[data-seven=happiness]")).to_have_attribute("aria-pressed", "true")
    press(page, "4", "Enter")
    expect(page.locator("#submit")).to_contain_text("Save and next")
    expect(page.locator("[data-seven=sadness]")).to_have_attribute("aria-pressed", "true")
    assert shown_face(page) == at_hand
    expect(page.locator("#outbox")).to_be_empty()
    old, new = votes(house.database)
    assert (old.seven, new.seven, new.supersedes_id) == ("happiness", "surprise", old.id)


def test_the_whole_queue_by_keyboard_and_then_an_end_in_words(page: Page, house: House) -> None:
    open_desk(page, house, "fer")
    for answered in range(1, 4):
        press(page, "7", "0", "[", "Enter")
        saved(page, answered)
        expect(page.locator(".trial:visible, .empty")).to_have_count(1)
    expect(page.locator(".empty")).to_contain_text("Nothing is left for you here just now.")
    assert len({vote.task_id for vote in votes(house.database)}) == 3
    with house.database.reading() as session:
        assert set(session.scalars(select(Claim.state))) == {"done"}


def test_hotkeys_stay_away_from_the_browsers_own(page: Page, house: House) -> None:
    open_desk(page, house, "fer")
    for modifier in ("ctrlKey", "altKey", "metaKey"):
        page.locator("body").dispatch_event("keydown", {"key": "1", modifier: True, "bubbles": True})
    expect(page.locator("[data-seven=happiness]")).to_have_attribute("aria-pressed", "false")


def test_the_card_of_keys_opens_and_closes_by_keyboard(page: Page, house: House) -> None:
    open_desk(page, house, "fer")
    press(page, "?")
    expect(page.locator("#card")).to_be_visible()
    press(page, "1", "Escape")
    expect(page.locator("#card")).to_be_hidden()
    expect(page.locator("[data-seven=happiness]")).to_have_attribute("aria-pressed", "false")


def test_enter_saves_at_once_when_the_card_has_just_been_closed(page: Page, house: House) -> None:
    open_desk(page, house, "fer")
    press(page, *WHOLE, "?")
    # Before the next picture is drawn, the focus is still on the closed card's button.
    page.evaluate(
        """() => {
            document.getElementById("card").close();
            const pressed = { key: "Enter", bubbles: true, cancelable: true };
            document.activeElement.dispatchEvent(new KeyboardEvent("keydown", pressed));
        }"""
    )
    expect(page.locator("#position")).to_have_text("Trial 2")
    assert [vote.seven for vote in votes(house.database)] == ["happiness"]


@pytest.mark.parametrize("desk", ["fer", "er"])
def test_the_desk_fits_a_small_screen_without_scrolling(page: Page, house: House, desk: str) -> None:
    open_desk(page, house, desk)
    width, height = page.evaluate("[document.documentElement.scrollWidth, document.documentElement.scrollHeight]")
    assert (width, height) == (1366, 768)
    cut_off = """form => [...form.querySelectorAll("button, kbd, output")].filter(
        (part) => part.getBoundingClientRect().right > form.getBoundingClientRect().right - 8).map((part) => part.id)"""
    assert page.locator("#answer").evaluate(cut_off) == []
    assert page.locator("#answer").evaluate("form => form.scrollHeight <= form.clientHeight")


def test_the_pad_follows_the_mouse(page: Page, house: House) -> None:
    open_desk(page, house, "fer")
    box = page.locator("#pad").bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + box["width"] * 0.75, box["y"] + box["height"] * 0.25)
    expect(page.locator("#valence")).to_have_text("+0.50")
    expect(page.locator("#arousal")).to_have_text("+0.50")
