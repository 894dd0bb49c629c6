"""An invitation from the admin's page to the new person's first page, by keyboard, and the secret goes nowhere else."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, Request, expect

from server.accounts.invitations import invite, invite_to_reset
from server.accounts.service import add_account, list_accounts
from server.db.accounts import Role
from tests.server.browser.conftest import PASSWORD, House

WORDS = "a few words in a row"


@pytest.fixture
def newcomer(chromium: Browser) -> Iterator[Page]:
    """Somebody who was never here. Refusals by the page's policy fail the test."""
    context = chromium.new_context(viewport={"width": 1366, "height": 768})
    page = context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda line: complaints.append(line.text) if "Security Policy" in line.text else None)
    yield page
    context.close()
    assert complaints == []


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def tab_to(page: Page, locator: str) -> None:
    """Press Tab until the element has the focus: it can be reached without a mouse."""
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.locator(locator).evaluate("element => element === document.activeElement"):
            return
    raise AssertionError(f"Tab never reaches {locator}")


def test_from_the_invitation_to_the_first_page(chromium: Browser, house: House, newcomer: Page) -> None:
    add_account(house.database, "boss", "admin", PASSWORD)
    context = chromium.new_context()
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    admin = context.new_page()
    admin.goto(f"{house.url}/login?next_path=/people")
    expect(admin.locator("#name")).to_be_focused()
    admin.keyboard.type("boss")
    press(admin, "Tab")
    admin.keyboard.type(PASSWORD)
    press(admin, "Enter")
    admin.wait_for_url("**/people")
    tab_to(admin, "#role")
    admin.keyboard.type("adjud")
    press(admin, "Tab")
    admin.keyboard.type("Emil")
    press(admin, "Enter")
    expect(admin.locator("#made-link")).to_be_focused()
    expect(admin.locator("[data-copies]")).to_be_visible()  # its script has come
    press(admin, "Tab", "Enter")
    expect(admin.locator("[data-copied]")).to_have_text("Copied.")
    link = admin.evaluate("navigator.clipboard.readText()")
    assert link == admin.input_value("#made-link")
    context.close()

    secret = link.partition("#")[2]
    leaks: list[str] = []

    def look(request: Request) -> None:
        sent = f"{request.url} {request.headers}"
        leaks.extend([request.url] if secret in sent else [])

    newcomer.on("request", look)
    newcomer.goto(link)
    expect(newcomer.locator("#join-says")).to_have_text("You are invited as adjudicator. Choose a name and a password.")
    assert newcomer.url == f"{house.url}/join"  # it stays in no history
    expect(newcomer.locator("#name")).to_be_focused()
    newcomer.keyboard.type("ada")  # is there already
    press(newcomer, "Tab")
    newcomer.keyboard.type(WORDS)
    press(newcomer, "Enter")
    expect(newcomer.locator("#join-error")).to_contain_text("exists already")
    newcomer.locator("#name").focus()
    press(newcomer, "Control+a")
    newcomer.keyboard.type("emil")
    press(newcomer, "Tab")
    newcomer.keyboard.type(WORDS)
    press(newcomer, "Enter")
    expect(newcomer.locator("h1")).to_have_text("Good to see you, emil.")
    newcomer.goto(link)
    expect(newcomer.locator("#join-ended")).to_contain_text("was used already")
    assert leaks == []
    assert {one.name: one.role for one in list_accounts(house.database)}["emil"] is Role.ADJUDICATOR


def test_a_new_password_for_somebody_who_forgot(house: House, newcomer: Page) -> None:
    secret = invite_to_reset(house.database, "ada", datetime.now(UTC), actor_id=None)
    newcomer.goto(f"{house.url}/join#{secret}")
    expect(newcomer.locator("h1")).to_have_text("A new password")
    expect(newcomer.locator("#join-says")).to_have_text("For the account ada.")
    expect(newcomer.locator("#password")).to_be_focused()
    newcomer.keyboard.type("short")
    press(newcomer, "Enter")  # the browser itself says that it is too short
    expect(newcomer.locator("h1")).to_have_text("A new password")
    press(newcomer, "Control+a")
    newcomer.keyboard.type(WORDS)
    press(newcomer, "Enter")
    expect(newcomer.locator("h1")).to_have_text("Good to see you, ada.")


def test_without_scripts_the_link_is_pasted(chromium: Browser, house: House) -> None:
    secret = invite(house.database, Role.RATER, "", datetime.now(UTC), actor_id=None)
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{house.url}/join#{secret}")
    page.fill("#secret", f"{house.url}/join#{secret}")
    page.fill("#name", "emil")
    page.fill("#password", WORDS)
    page.press("#password", "Enter")
    expect(page.locator("h1")).to_have_text("Good to see you, emil.")
    context.close()


@pytest.mark.parametrize("width", [320, 600, 1366])
def test_no_page_of_the_house_is_wider_than_the_window(chromium: Browser, house: House, width: int) -> None:
    add_account(house.database, "a-rather-long-name.of.somebody@uni-example", "admin", PASSWORD)
    context = chromium.new_context(viewport={"width": width, "height": 768})
    page = context.new_page()
    page.goto(f"{house.url}/login")
    page.fill("#name", "a-rather-long-name.of.somebody@uni-example")
    page.fill("#password", PASSWORD)
    page.press("#password", "Enter")
    page.wait_for_url(f"{house.url}/")
    for path in ("/", "/people", "/tokens", "/audit", "/account", "/nothing-here"):
        page.goto(house.url + path)
        wider = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wider <= 0, (path, wider)
        assert page.locator(".bar nav a").count() == 6, path  # the way on is on every page
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_on_the_pages_of_the_house(chromium: Browser, house: House, scheme: str) -> None:
    add_account(house.database, "boss", "admin", PASSWORD)
    secret = invite(house.database, Role.RATER, "Emil", datetime.now(UTC), actor_id=None)
    context = chromium.new_context(color_scheme="dark" if scheme == "dark" else "light")
    page = context.new_page()
    found = {}
    for path in (f"/join#{secret}", "/join", "/login"):
        page.goto(house.url + path)
        found[path] = complaints(page)
    page.fill("#name", "boss")
    page.fill("#password", PASSWORD)
    page.press("#password", "Enter")
    page.wait_for_url(f"{house.url}/")
    for path in ("/", "/people", "/tokens", "/audit", "/account", "/nothing-here"):
        page.goto(house.url + path)
        found[path] = complaints(page)
    page.goto(f"{house.url}/people")
    page.press("#whom", "Enter")
    expect(page.locator("#made-link")).to_be_focused()
    found["a link"] = complaints(page)
    context.close()
    assert {where: what for where, what in found.items() if what} == {}


def complaints(page: Page) -> list[str]:
    """What axe finds on the page as it is."""
    violations = Axe().run(page).response["violations"]
    return [f"{one['id']}: {one['nodes'][0]['html'][:120]}" for one in violations]
