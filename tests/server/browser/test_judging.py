"""An adjudicator decides, and a researcher makes a gold trial, in a real browser, with the keyboard alone."""

import re
from collections.abc import Callable, Iterator
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select

from server.accounts.service import add_account
from server.db.accounts import Account
from server.db.ratings import Adjudication, Exposure, RatingTask, ReferenceAnswer
from tests.server.browser.conftest import PASSWORD, House
from tests.server.disputes import add_vote

AsWhom = Callable[[str], Page]


@pytest.fixture
def disputed(house: House) -> House:
    """Raters are of three minds about every trial of the house, under both instruments."""
    with house.database.transaction() as session:
        for task in session.scalars(select(RatingTask)):
            for i, (seven, valence) in enumerate((("fear", -0.6), ("anger", -0.2), ("happiness", 0.8))):
                add_vote(session, task, f"r{i}", seven, valence, note="mouth only" if i == 2 else "")
    return house


@pytest.fixture
def signed_in(chromium: Browser, disputed: House) -> Iterator[AsWhom]:
    """Gives a page on which somebody of this role is logged in. Errors of scripts and of the policy fail the test."""
    contexts = []
    complaints: list[str] = []

    def open_page(role: str) -> Page:
        add_account(disputed.database, role, role, PASSWORD)
        contexts.append(chromium.new_context(viewport={"width": 1366, "height": 768}))
        page = contexts[-1].new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda line: complaints.append(line.text) if "Security Policy" in line.text else None)
        page.goto(f"{disputed.url}/login")
        expect(page.locator("#name")).to_be_focused()
        page.keyboard.type(role)
        page.keyboard.press("Tab")
        page.keyboard.type(PASSWORD)
        page.keyboard.press("Enter")
        page.wait_for_url(f"{disputed.url}/")
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert complaints == []


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def tab_to(page: Page, words: str) -> None:
    """Go by Tab to the link or button of these words."""
    for _ in range(80):
        press(page, "Tab")
        if page.evaluate("document.activeElement.textContent.trim().replace(/\\s+/g, ' ')") == words:
            return
    raise AssertionError(f"no way to {words!r} by Tab")


def decisions(house: House) -> list[Adjudication]:
    with house.database.reading() as session:
        return list(session.scalars(select(Adjudication).order_by(Adjudication.id)))


def exposures(house: House, name: str) -> set[str]:
    with house.database.reading() as session:
        who = session.scalars(select(Account.id).where(Account.name == name)).one()
        return set(session.scalars(select(Exposure.what).where(Exposure.rater_id == who)))


def test_two_faces_are_decided_by_keyboard_blind_first(disputed: House, signed_in: AsWhom) -> None:
    page = signed_in("adjudicator")
    page.goto(f"{disputed.url}/adjudication?instrument=FER")
    tab_to(page, "Decide the first")
    press(page, "Enter")
    # The face alone, until the rest is opened; no word of what raters said, not in the page's requests either.
    expect(page.locator(".trial.fer video")).to_have_count(1)
    expect(page.locator("#closed")).to_be_visible()
    assert exposures(disputed, "adjudicator") == set()
    press(page, "s")
    expect(page.locator("#missing")).to_contain_text("Still to answer")  # an own answer comes first
    expect(page.locator("#told")).to_be_hidden()
    press(page, "6", *["ArrowLeft"] * 4, "]", "]")
    press(page, "s")
    expect(page.locator("#told tbody tr")).to_have_count(3)
    expect(page.locator("#told")).to_contain_text("mouth only")
    expect(page.locator(".plane .letter")).to_have_count(3)
    expect(page.locator(".plane .own")).to_have_count(1)
    assert exposures(disputed, "adjudicator") == {"other_label"}
    press(page, "c")
    expect(page.locator(".trial.er .traces canvas")).to_be_visible()
    expect(page.locator("#closed")).to_be_hidden()
    press(page, "3")  # changes their mind after looking
    press(page, "Enter")
    expect(page.locator("#note")).to_be_focused()  # no decision without a reason
    first = page.url
    page.keyboard.type("Brows up and together; 1, 2, 3 are no keys here")
    press(page, "Enter")
    page.wait_for_url(lambda url: url != first and "/FER" in url)
    expect(page.locator(".trial.fer video")).to_have_count(1)  # the next one begins blind again
    press(page, "f")  # no face: the rest may be left open
    press(page, "e")
    page.keyboard.type("Hand before the face")
    second = page.url
    press(page, "Enter")
    page.wait_for_url(lambda url: url not in (first, second))
    changed, flagged = decisions(disputed)
    assert (changed.seven, changed.valence, changed.intensity) == ("fear", -0.2, 0.2)
    assert changed.reason.startswith("Brows up and together; 1, 2, 3")
    assert changed.blind_answer is not None
    assert changed.blind_answer["seven"] == "anger"
    assert (flagged.flags, flagged.seven, flagged.blind_answer) == ("no face", "neutral", None)


def test_both_views_run_on_one_time_line_and_the_recording_opens_what_er_raters_saw(
    disputed: House, signed_in: AsWhom
) -> None:
    page = signed_in("adjudicator")
    page.goto(f"{disputed.url}/adjudication?instrument=ER")
    page.get_by_role("link", name="Decide the first").click()
    expect(page.locator(".trial.er .traces canvas")).to_be_visible()
    expect(page.locator("#clock")).to_have_text(re.compile(r"^[0-9.]+ / 2\.0 s"))
    face = page.locator(".trial.er figure:nth-of-type(2) video").bounding_box()
    screen = page.locator(".trial.er .screen").bounding_box()
    assert face is not None
    assert screen is not None
    assert face["x"] + face["width"] <= screen["x"]  # left what FER saw, right what ER saw
    press(page, " ")
    page.locator(".traces canvas").click(position={"x": 300, "y": 40})
    times = page.evaluate("[...document.querySelectorAll('.trial video')].map((video) => video.currentTime)")
    if len(times) == 2:  # one trial of the house has no clip
        assert abs((times[1] - 0.12) - times[0]) < 0.1
    expect(page.locator("#self-report")).to_contain_text("disgust")
    assert exposures(disputed, "adjudicator") >= {"context", "self_report"}


def test_an_answer_survives_a_reload_and_a_server_that_cannot_be_reached(disputed: House, signed_in: AsWhom) -> None:
    page = signed_in("adjudicator")
    page.goto(f"{disputed.url}/adjudication?instrument=FER")
    page.get_by_role("link", name="Decide the first").click()
    expect(page.locator(".trial.fer video")).to_have_count(1)
    press(page, "5", "ArrowLeft", "]", "s")
    expect(page.locator("#told tbody tr")).to_have_count(3)
    press(page, "6", "e")
    page.keyboard.type("Lips pressed")
    press(page, "Escape")
    letters = page.locator("#told tbody").inner_text()
    page.reload()
    expect(page.locator("[data-seven=anger]")).to_have_attribute("aria-pressed", "true")
    expect(page.locator("#note")).to_have_value("Lips pressed")
    expect(page.locator("#told tbody")).to_have_text(re.compile("mouth only"))
    assert page.locator("#told tbody").inner_text() == letters
    here = page.url
    page.route("**/api/adjudication/**", lambda route: route.abort())
    press(page, "Enter")
    expect(page.locator("#message")).to_contain_text("cannot be reached")
    assert decisions(disputed) == []
    page.unroute("**/api/adjudication/**")
    press(page, "Enter")
    page.wait_for_url(lambda url: url != here)
    (decision,) = decisions(disputed)
    assert (decision.seven, decision.reason) == ("anger", "Lips pressed")
    assert decision.blind_answer is not None
    assert decision.blind_answer["seven"] == "disgust"  # what came before looking, kept over the reload


def test_a_decided_trial_becomes_gold_by_one_key_and_another_by_its_form(disputed: House, signed_in: AsWhom) -> None:
    page = signed_in("researcher")
    page.goto(f"{disputed.url}/adjudication?instrument=FER")
    page.get_by_role("link", name="Decide the first").click()
    expect(page.locator(".trial.fer video")).to_have_count(1)
    decided = page.url
    press(page, "5", "ArrowLeft", "]", "e")
    page.keyboard.type("Nose wrinkle")
    press(page, "Enter")
    page.wait_for_url(lambda url: url != decided)
    page.goto(decided)
    expect(page.locator("#history")).to_contain_text("Nose wrinkle")
    tab_to(page, "Use as gold")
    press(page, "Enter")
    expect(page.locator("#message")).to_contain_text("gold trial now")
    # Another one from its own page: found by its id, filled in by the majority, saved by Enter.
    with disputed.database.reading() as session:
        tasks = {
            task.trial_id: task.purpose for task in session.scalars(select(RatingTask).filter_by(instrument="FER"))
        }
        (known,) = session.scalars(select(ReferenceAnswer))
        assert (tasks[known.trial_id], known.seven, known.valence) == ("gold", "disgust", -0.05)
    other = next(trial for trial, purpose in tasks.items() if purpose == "study")
    page.goto(f"{disputed.url}/training")
    expect(page.locator("tbody tr")).to_have_count(1)
    while page.evaluate("document.activeElement.id") != "find":
        press(page, "Tab")
    page.keyboard.type(other[:10])
    press(page, "Enter")
    expect(page.get_by_role("region", name="Found")).to_be_visible()
    tab_to(page, f"{other[:12]} FER")
    press(page, "Enter")
    expect(page.locator("#seven")).to_be_focused()
    page.keyboard.type("fea")  # raters are tied, so nothing is filled in
    expect(page.locator("#seven")).to_have_value("fear")
    press(page, "Tab")
    page.keyboard.type("neg")
    tab_to(page, "Use as gold")
    press(page, "Enter")
    expect(page.locator("tbody tr")).to_have_count(2)
    with disputed.database.reading() as session:
        reference = session.get_one(ReferenceAnswer, (other, "FER"))
        assert (reference.seven, reference.three, reference.valence) == ("fear", "negative", 0.0)
        assert session.scalars(select(RatingTask).filter_by(trial_id=other, instrument="FER")).one().purpose == "gold"


@pytest.mark.parametrize("size", [(1366, 768), (600, 900)], ids=str)
def test_nothing_is_cut_off(disputed: House, signed_in: AsWhom, size: tuple[int, int]) -> None:
    page = signed_in("researcher")
    page.set_viewport_size({"width": size[0], "height": size[1]})
    for path in ("/adjudication", "/training"):
        page.goto(f"{disputed.url}{path}")
        assert page.locator("main").evaluate("main => main.scrollWidth") <= size[0]
    page.goto(f"{disputed.url}/adjudication")
    page.get_by_role("link", name="Decide the first").click()
    expect(page.locator(".trial.er .traces canvas")).to_be_visible()
    press(page, "5", "ArrowLeft", "]", "s")
    expect(page.locator("#told tbody tr")).to_have_count(3)
    assert page.locator("main").evaluate("main => main.scrollWidth") <= size[0]
    for part in ("#submit", "#note", "#play", "#told"):
        box = page.locator(part).bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= size[0]
    if size[0] == 1366:  # the form is in sight whole, whatever stands beside it
        submit = page.locator("#submit").bounding_box()
        assert submit is not None
        assert submit["y"] + submit["height"] <= size[1]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(disputed: House, signed_in: AsWhom, scheme: Literal["light", "dark"]) -> None:
    page = signed_in("researcher")
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")

    def complaints() -> list[str]:
        return [
            f"{page.url}: {violation['help']}: {[node['target'] for node in violation['nodes']]}"
            for violation in Axe().run(page).response["violations"]
        ]

    page.goto(f"{disputed.url}/adjudication?instrument=FER")
    assert complaints() == []
    page.get_by_role("link", name="Decide the first").click()
    expect(page.locator(".trial.fer video")).to_have_count(1)
    assert complaints() == []
    press(page, "5", "ArrowLeft", "]", "s", "c", "Enter")
    expect(page.locator("#told tbody tr")).to_have_count(3)
    expect(page.locator(".trial.er .traces canvas")).to_be_visible()
    assert complaints() == []
    here = page.url
    press(page, "e")
    page.keyboard.type("Nose wrinkle")
    press(page, "Enter")
    page.wait_for_url(lambda url: url != here)
    page.goto(here)
    expect(page.locator("#history")).to_contain_text("Nose wrinkle")
    page.get_by_role("button", name="Use for training").click()
    expect(page.locator("#message")).to_contain_text("training set now")
    assert complaints() == []
    page.goto(here.replace("/adjudication/", "/training/").split("?")[0])
    expect(page.locator("#seven")).to_have_value("disgust")
    assert complaints() == []
    page.goto(f"{disputed.url}/training")
    assert complaints() == []
