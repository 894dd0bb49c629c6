"""What comes with the receipt of an answer: a model's label after a blind answer, what experts say, and breaks."""

from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page, Route, expect

from tests.server.browser.conftest import House
from tests.server.browser.rating_steps import WHOLE, changed, open_desk, press, shown_face, votes
from tests.server.browser.told_rows import let_a_model_speak, open_a_training

REVEAL = {
    "seven": "fear", "three": "negative", "valence": -0.62, "arousal": 0.5, "intensity": 1.7,
    "probabilities": {"fear": 0.61, "surprise": 0.3, "neutral": 0.09},
}  # fmt: skip
FEEDBACK = {
    "answer": {"seven": "happiness", "three": "positive", "valence": 0.7, "arousal": 0.2, "intensity": 2.0},
    "explanation": "The eyes narrow and the cheeks rise together.",
    "score": 0.85, "done": 1, "of": 2, "qualified": None,
}  # fmt: skip


def told_once(**tells: Any) -> Callable[[dict[str, Any]], None]:
    """Adds to the first receipt only."""
    waiting = [tells]
    return lambda receipt: receipt.update(waiting.pop() if waiting else {})


def test_a_models_label_is_shown_after_the_blind_answer_and_ones_own_is_kept(page: Page, house: House) -> None:
    changed(page, "**/vote", told_once(reveal=REVEAL))
    open_desk(page, house, "fer")
    face = shown_face(page)
    press(page, *WHOLE, "Enter")
    panel = page.locator("#aftermath")
    expect(panel.get_by_role("row", name="Class")).to_have_text("Classhappinessfeardiffers")
    expect(panel).to_contain_text("The model gives fear 61 %, surprise 30 %, neutral 9 %.")
    assert shown_face(page) == face  # still the trial that was judged
    press(page, "5", "x")  # keys of the answer mean nothing here
    press(page, "Enter")
    expect(page.locator(".trial:visible video")).not_to_have_attribute("src", face)
    expect(panel).to_be_hidden()
    assert [vote.seven for vote in votes(house.database)] == ["happiness"]


def test_the_models_label_is_taken_or_ones_own_changed_as_a_correction(page: Page, house: House) -> None:
    receipts = [{"reveal": REVEAL}, {}, {"reveal": REVEAL}, {}]
    changed(page, "**/vote", lambda receipt: receipt.update(receipts.pop(0)))
    open_desk(page, house, "fer")
    press(page, *WHOLE, "Enter")
    expect(page.locator("#aftermath")).to_be_visible()
    press(page, "t")
    expect(page.locator("#aftermath")).to_be_hidden()
    expect(page.locator("#submit")).to_contain_text("Save and next")
    press(page, "7", "0", "]", "Enter")
    expect(page.locator("#aftermath")).to_be_visible()
    press(page, "c", "]", "Enter")
    expect(page.locator("#submit")).to_contain_text("Save and next")
    expect(page.locator("#outbox")).to_be_empty()
    blind, taken, own, more = votes(house.database)
    assert (taken.supersedes_id, taken.seven, taken.valence, taken.intensity) == (blind.id, "fear", -0.62, 1.7)
    assert (more.supersedes_id, more.seven, more.intensity) == (own.id, "neutral", 0.2)


def test_a_label_that_comes_late_disturbs_nobody_who_has_begun(page: Page, house: House) -> None:
    held: list[Route] = []
    page.route("**/vote", lambda route: held.append(route) if not held else route.continue_())
    open_desk(page, house, "fer")
    first = shown_face(page)
    press(page, *WHOLE, "Enter")
    expect(page.locator(".trial:visible video")).not_to_have_attribute("src", first)
    second = shown_face(page)
    press(page, "2")
    response = held[0].fetch()
    held[0].fulfill(response=response, json=response.json() | {"reveal": REVEAL})
    expect(page.locator("#outbox")).to_be_empty()
    assert shown_face(page) == second
    press(page, "ArrowLeft", "]", "Enter")
    expect(page.locator("#aftermath")).to_be_visible()
    assert shown_face(page) == first
    press(page, "Enter")
    expect(page.locator("#aftermath")).to_be_hidden()
    assert shown_face(page) not in (first, second)


def test_training_waits_for_what_the_experts_say(page: Page, house: House) -> None:
    changed(page, "**/claim", lambda document: document.update(training=True))
    changed(page, "**/vote", told_once(feedback=FEEDBACK))
    open_desk(page, house, "fer")
    expect(page.locator("#training")).to_be_visible()
    face = shown_face(page)
    press(page, *WHOLE, "Enter")
    panel = page.locator("#aftermath")
    expect(panel).to_contain_text("The eyes narrow and the cheeks rise together.")
    expect(panel).to_contain_text("85 of 100")
    expect(panel).to_contain_text("Training trial 1 of 2")
    expect(panel.get_by_role("row", name="Valence")).to_contain_text("+0.70")
    press(page, "t")  # nothing to take here
    expect(panel).to_be_visible()
    press(page, "Enter")
    expect(page.locator(".trial:visible video")).not_to_have_attribute("src", face)
    assert len(votes(house.database)) == 1


def test_a_real_models_label_is_revealed_and_taking_it_is_written_down_as_such(page: Page, house: House) -> None:
    with house.database.transaction() as session:
        let_a_model_speak(session)
    open_desk(page, house, "fer")
    press(page, *WHOLE, "Enter")
    expect(page.locator("#aftermath").get_by_role("row", name="Class")).to_contain_text("fear")
    press(page, "t")
    expect(page.locator("#aftermath")).to_be_hidden()
    expect(page.locator("#position")).to_have_text("Trial 2")
    expect(page.locator("#outbox")).to_be_empty()
    blind, taken = votes(house.database)
    assert (blind.seven, blind.prelabel_seen) == ("happiness", False)
    assert (taken.seven, taken.intensity, taken.prelabel_seen, taken.supersedes_id) == ("fear", 1.7, True, blind.id)


def test_a_real_training_trial_is_told_of_and_qualifies(page: Page, house: House) -> None:
    with house.database.transaction() as session:
        open_a_training(session)
    open_desk(page, house, "fer")
    expect(page.locator("#standing")).to_have_text("in training")
    press(page, "1", "Shift+ArrowRight", "]", "Enter")
    panel = page.locator("#aftermath")
    expect(panel).to_contain_text("Both corners of the mouth rise.")
    expect(panel).to_contain_text("100 of 100")
    expect(panel).to_contain_text("You are qualified")
    press(page, "Enter")
    expect(panel).to_be_hidden()
    expect(page.locator("#training")).to_be_hidden()  # the study's own trials are open now
    expect(page.locator("#standing")).to_have_text("qualified")


def test_a_break_is_suggested_after_so_many_minutes(page: Page, house: House) -> None:
    def soon(progress: dict[str, Any]) -> None:
        progress["FER"].update(break_after_min=1, qualified=True)

    changed(page, "**/progress", soon)
    page.clock.install()
    open_desk(page, house, "fer")
    expect(page.locator("#standing")).to_have_text("qualified")
    page.clock.fast_forward("01:10")
    press(page, *WHOLE, "Enter")
    expect(page.locator(".empty")).to_contain_text("You have rated for 1 minute.")
    press(page, "Enter")
    expect(page.locator(".trial:visible")).to_have_count(1)
