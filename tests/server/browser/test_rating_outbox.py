"""No answer is lost: over a reload, a lost network, a dead server, an ended login, in a browser that keeps nothing."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Route, expect
from sqlalchemy import delete

from annotate.media_store import MediaStore
from server.accounts.service import add_account
from server.config import ServerConfig
from server.db.accounts import LoginSession
from server.db.revisions import open_database
from tests.server.browser.conftest import PASSWORD, House
from tests.server.browser.rating_steps import WHOLE, next_is_loaded, open_desk, press, shown_face, votes
from tests.server.real_media import RealFiles, add_real_trial

SERVE = """
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from server.config import ServerConfig
from server.serve import serve
url, media, port = sys.argv[1:]
serve(ServerConfig(url, Path(media), Path(media)), "127.0.0.1", int(port), lambda url: print(url, flush=True))
"""


#: Scripts that come before the page's own.
BLOCKED = """
Object.defineProperty(window, "localStorage", { get() { throw new DOMException("no", "SecurityError"); } });
"""
FULL = """
const fill = (size) => { for (let i = 0; ; i++) localStorage.setItem(`other.${size}.${i}`, "x".repeat(size)); };
for (let size = 1 << 22; location.pathname.startsWith("/rate") && size >= 1; size >>= 1) {
    try { fill(size); } catch {}
}
"""


def saved(page: Page, answered: int) -> None:
    expect(page.locator("#progress")).to_contain_text(f"{answered} answered")
    expect(page.locator("#outbox")).to_be_empty()


def test_an_answer_outlives_a_network_that_is_away_for_minutes_and_a_reload(page: Page, house: House) -> None:
    page.clock.install()
    open_desk(page, house, "fer")
    next_is_loaded(page)
    tries: list[Route] = []

    def away(route: Route) -> None:
        tries.append(route)
        route.abort()

    page.route("**/api/**", away)
    press(page, *WHOLE, "Enter")
    expect(page.locator("#outbox")).to_have_text("1 answer kept here: the server cannot be reached")
    press(page, "7", "0", "]", "Enter")  # the next was loaded already
    expect(page.locator("#outbox")).to_contain_text("2 answers kept here")
    expect(page.locator(".empty")).to_contain_text("The server cannot be reached")
    for _ in range(60):  # a quarter of a minute each; a try itself takes its time, whatever the clock says
        page.clock.run_for(15_000)
        if len(tries) > 10:
            break
    assert len(tries) > 10
    assert votes(house.database) == []
    page.unroute("**/api/**")
    page.reload()
    saved(page, 2)
    assert [vote.seven for vote in votes(house.database)] == ["happiness", "neutral"]
    expect(page.locator(".trial:visible")).to_have_count(1)


def test_an_answer_whose_receipt_was_lost_is_saved_once(page: Page, house: House) -> None:
    open_desk(page, house, "fer")

    def lose_the_receipt(route: Route) -> None:
        route.fetch()  # the server commits …
        route.abort()  # … and the page never hears of it

    page.route("**/vote", lose_the_receipt)
    press(page, *WHOLE, "Enter")
    expect(page.locator("#outbox")).to_contain_text("1 answer kept here")
    page.unroute("**/vote")
    page.evaluate("window.dispatchEvent(new Event('online'))")
    saved(page, 1)
    assert len(votes(house.database)) == 1


def test_what_is_no_receipt_of_our_server_is_not_taken_for_one(page: Page, house: House) -> None:
    open_desk(page, house, "fer")
    page.route("**/vote", lambda route: route.fulfill(status=200, body="<h1>Welcome to the hotel</h1>"))
    press(page, *WHOLE, "Enter")
    expect(page.locator("#outbox")).to_contain_text("1 answer kept here")
    page.unroute("**/vote")
    page.evaluate("window.dispatchEvent(new Event('online'))")
    saved(page, 1)


def test_a_login_that_ended_is_made_anew_and_the_answer_is_sent(page: Page, house: House) -> None:
    open_desk(page, house, "fer")
    with house.database.transaction() as session:
        session.execute(delete(LoginSession))
    press(page, *WHOLE, "Enter")
    expect(page.locator("#outbox")).to_have_text("1 answer kept here: your login has ended")
    expect(page).to_have_url(f"{house.url}/rate/fer")
    page.locator("#log-in-again").click()
    page.locator("#name").fill("ada")
    page.locator("#password").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/rate/fer")
    saved(page, 1)
    assert len(votes(house.database)) == 1


def test_a_login_made_anew_in_another_tab_is_taken_up(page: Page, house: House) -> None:
    open_desk(page, house, "fer")
    with house.database.transaction() as session:
        session.execute(delete(LoginSession))
    other = page.context.new_page()
    other.goto(f"{house.url}/login")
    other.locator("#name").fill("ada")
    other.locator("#password").fill(PASSWORD)
    other.keyboard.press("Enter")
    other.wait_for_url(f"{house.url}/")
    other.close()
    press(page, *WHOLE, "Enter")
    saved(page, 1)


@pytest.mark.parametrize(
    ("broken", "why"),
    [(BLOCKED, "this browser lets pages store nothing"), (FULL, "this browser's storage is full")],
    ids=["blocked", "full"],
)
def test_a_browser_that_keeps_nothing_is_told_of_and_the_answer_is_sent_all_the_same(
    page: Page, house: House, broken: str, why: str
) -> None:
    page.add_init_script(broken)
    open_desk(page, house, "fer")
    page.route("**/vote", lambda route: route.abort())
    press(page, *WHOLE, "Enter")
    expect(page.locator("#fleeting")).to_contain_text(why)
    expect(page.locator("#outbox")).to_contain_text("1 answer kept here")
    with page.expect_event("dialog") as asked:  # the browser asks before the only copy is thrown away
        page.close(run_before_unload=True)
    assert asked.value.type == "beforeunload"
    asked.value.dismiss()
    page.unroute("**/vote")
    page.evaluate("window.dispatchEvent(new Event('online'))")
    saved(page, 1)
    assert len(votes(house.database)) == 1


def test_an_answer_given_while_the_server_is_dead_is_saved_by_the_next_one(
    chromium: Browser, sqlite_url: str, tmp_path: Path, real_files: RealFiles
) -> None:
    config = ServerConfig(sqlite_url, tmp_path / "media", tmp_path / "snapshots")
    database = open_database(sqlite_url)
    add_account(database, "ada", "rater", PASSWORD)
    with database.transaction() as session:
        for person in ("P0", "P1"):
            add_real_trial(session, MediaStore(config.media_root), real_files, participant=person)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    context = chromium.new_context()
    page = context.new_page()
    with server_process(config, port) as server:
        page.goto(f"http://127.0.0.1:{port}/login?next_path=/rate/fer")
        page.locator("#name").fill("ada")
        page.locator("#password").fill(PASSWORD)
        page.keyboard.press("Enter")
        expect(page.locator(".trial:visible")).to_have_count(1)
        next_is_loaded(page)
        seen = shown_face(page)
        os.kill(server.pid, signal.SIGKILL)
        server.wait(20)
        press(page, *WHOLE, "Enter")
        expect(page.locator("#outbox")).to_contain_text("1 answer kept here")
        expect(page.locator(".trial:visible video")).not_to_have_attribute("src", seen)  # rating goes on
    with server_process(config, port):
        expect(page.locator("#outbox")).to_be_empty(timeout=20_000)
        context.close()
    assert len(votes(database)) == 1
    database.close()


@contextmanager
def server_process(config: ServerConfig, port: int) -> Iterator[subprocess.Popen[str]]:
    """A server in a process of its own, answering; killed at the end, if not before."""
    command = [sys.executable, "-c", SERVE, config.database_url, str(config.media_root), str(port)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline().strip() == f"http://127.0.0.1:{port}"
            yield process
        finally:
            process.kill()
