"""Nobody is shut out: axe-core finds nothing on any state of the desk, in either scheme, at a desk or narrow."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.server.browser.conftest import House
from tests.server.browser.rating_steps import WHOLE, changed, next_is_loaded, open_desk, press
from tests.server.browser.test_rating_receipts import FEEDBACK, REVEAL, told_once


def found(page: Page) -> list[str]:
    """What axe complains of."""
    complaints = []
    for violation in Axe().run(page).response["violations"]:
        places = [" ".join(node["target"]) for node in violation["nodes"]]
        complaints.append(f"{violation['id']}: {violation['help']}: {places}")
    return complaints


@pytest.fixture(params=["light", "dark"])
def scheme(request: pytest.FixtureRequest, page: Page) -> str:
    page.emulate_media(color_scheme=request.param, reduced_motion="reduce")  # no colour is on its way to another
    return str(request.param)


def test_axe_finds_nothing_while_faces_are_rated(page: Page, house: House, scheme: str) -> None:
    changed(page, "**/claim", lambda document: document.update(training=True, trace_scale="arousal"))
    changed(page, "**/vote", told_once(feedback=FEEDBACK))
    open_desk(page, house, "fer")
    press(page, "Enter")  # all is missing
    assert found(page) == []
    press(page, "f", "e", "n", "o", "Escape", "3", "p", "ArrowLeft")
    assert found(page) == []
    page.set_viewport_size({"width": 600, "height": 900})
    assert found(page) == []
    press(page, "?")
    assert found(page) == []
    page.set_viewport_size({"width": 1366, "height": 768})
    press(page, "Escape")
    expect(page.locator("#card")).not_to_be_visible()  # keys mean nothing while it is open
    press(page, *WHOLE, "Enter", "Enter")
    expect(page.locator("#aftermath")).to_be_visible()
    assert found(page) == []


def test_axe_finds_nothing_while_feelings_are_rated(page: Page, house: House, scheme: str) -> None:
    changed(page, "**/vote", told_once(reveal=REVEAL | {"intensity": None}))
    open_desk(page, house, "er")
    press(page, "1", "p", "Shift+ArrowLeft", "Enter")
    expect(page.locator("#missing")).to_contain_text("Enter saves it as it is")
    assert found(page) == []
    press(page, "Enter")
    expect(page.locator("#aftermath")).to_be_visible()
    assert found(page) == []
    press(page, "Enter")
    expect(page.locator("#position")).to_have_text("Trial 2")
    next_is_loaded(page)
    page.route("**/api/**", lambda route: route.abort())
    press(page, "7", "0", "Enter")
    expect(page.locator("#position")).to_have_text("Trial 3")  # it was loaded already
    press(page, "7", "0", "Enter")
    expect(page.locator(".empty")).to_be_visible()
    assert found(page) == []
    page.unroute_all()
    page.goto(f"{house.url}/rate")
    assert found(page) == []
