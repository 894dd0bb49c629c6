"""What the tests of the rating desk do again and again."""

from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page, Route, expect
from sqlalchemy import select

from server.db.engine import Database
from server.db.ratings import Vote
from tests.server.browser.conftest import House

#: A whole FER answer in which nothing contradicts.
WHOLE = ("1", "ArrowRight", "]")


def open_desk(page: Page, house: House, instrument: str) -> None:
    page.goto(f"{house.url}/rate/{instrument}")
    expect(page.locator(".trial:visible")).to_have_count(1)


def next_is_loaded(page: Page) -> None:
    """Wait until another trial lies ready behind the one on the stage."""
    expect(page.locator(".trial")).to_have_count(2)


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def votes(database: Database) -> list[Vote]:
    with database.reading() as session:
        return list(session.scalars(select(Vote).order_by(Vote.id)))


def shown_face(page: Page) -> str:
    return page.locator(".trial:visible video").last.get_attribute("src") or ""


def changed(page: Page, address: str, change: Callable[[dict[str, Any]], None]) -> None:
    """Let the server's answers at `address` (a glob) reach the page with this change."""

    def answer(route: Route) -> None:
        response = route.fetch()
        if response.status == 204:
            return route.fulfill(response=response)
        body = response.json()
        change(body)
        return route.fulfill(response=response, json=body)

    page.route(address, answer)
