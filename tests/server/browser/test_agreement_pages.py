"""The agreement and rater pages in a real browser: for everybody, by keyboard alone, at any width."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from server.accounts.service import add_account
from tests.server.agreement.votes import add_rated
from tests.server.browser.conftest import PASSWORD, House
from tests.server.browser.reading import faults_of, reading_as


@pytest.fixture
def reader(chromium: Browser, house: House) -> Iterator[Page]:
    """A page on which a researcher is logged in, with a rated study."""
    add_account(house.database, "rosa", "researcher", PASSWORD)
    with house.database.transaction() as session:
        add_rated(session, ("bela", "cleo", "dora"), origin="simulated")
        add_rated(session, ("bela", "cleo", "dora"), origin="simulated", instrument="FER", seed=1)
    with reading_as(chromium, house, "rosa") as page:
        yield page


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_and_nothing_sticks_out(reader: Page, house: House, scheme: str) -> None:
    reader.goto(f"{house.url}/raters?origin=simulated")
    one = reader.get_by_role("link", name="cleo").first.get_attribute("href") or ""
    paths = ("/agreement?origin=simulated", "/raters?origin=simulated", one, "/agreement")
    assert faults_of(reader, house, paths, scheme) == []


def test_simulated_answers_are_asked_for_by_keyboard_and_the_way_leads_to_one_rater(reader: Page, house: House) -> None:
    reader.goto(f"{house.url}/agreement")
    expect(reader.get_by_text("Nobody has rated anything that these filters let in.")).to_be_visible()
    reader.locator("#study").focus()
    for key in ("Tab", "Space", "Tab", "Space", "Tab", "Space", "Tab", "Enter"):  # real off, imported off, simulated on
        reader.keyboard.press(key)
    reader.wait_for_url("**/agreement?study=&origin=simulated")
    expect(reader.get_by_role("heading", name="FER · what the face shows")).to_be_visible()
    reader.get_by_role("link", name="Each rater against the others").press("Enter")
    reader.get_by_role("link", name="cleo").first.press("Enter")
    expect(reader.get_by_role("heading", level=1)).to_contain_text("cleo")
    assert "origin=simulated" in reader.url
    assert reader.locator("svg.figure-time").count() == 6
