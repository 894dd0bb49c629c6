"""Reading the pages of the house as somebody: logged in, and looked at by axe in each size."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from tests.server.browser.conftest import PASSWORD, House

SIZES = ((1366, 768), (600, 900))


@contextmanager
def reading_as(chromium: Browser, house: House, name: str) -> Iterator[Page]:
    """A page on which `name` is logged in. Errors of scripts and refusals by the page's policy fail the test."""
    context = chromium.new_context(reduced_motion="reduce", viewport={"width": 1366, "height": 768})
    page = context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda line: complaints.append(line.text) if "Security Policy" in line.text else None)
    page.goto(f"{house.url}/login")
    page.fill("#name", name)
    page.fill("#password", PASSWORD)
    page.press("#password", "Enter")
    page.wait_for_url(f"{house.url}/")
    yield page
    context.close()
    assert complaints == []


def faults_of(
    page: Page, house: House, paths: Sequence[str], scheme: str, sizes: Sequence[tuple[int, int]] = SIZES
) -> list[str]:
    """What axe finds on these pages, all of them unfolded, and which are wider than the window."""
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    found = []
    for path in paths:
        for width, height in sizes:
            page.set_viewport_size({"width": width, "height": height})
            page.goto(f"{house.url}{path}")
            for summary in page.locator("summary").all():
                summary.click()
            violations = Axe().run(page).response["violations"]
            found += [f"{path} {width}: {each['id']}: {each['nodes'][0]['html'][:120]}" for each in violations]
            wider = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            found += [f"{path} {width}: {wider} px wider than the window"] if wider > 0 else []
    return found
