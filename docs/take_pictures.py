"""Takes the pictures of the README and the docs out of a finished demo: `make pictures` after `make demo EXIT=1`.

The experimenter's is the participant's screen as PsychoPy drew it, the rater's the ER page, the researcher's the
gap and the report; and where somebody looked.
"""

import re
import secrets
import sys
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, expect, sync_playwright

from annotate.snapshot.store import list_snapshots, read_table
from duchenne import stages
from duchenne.settings import Values
from server.accounts.service import add_account
from server.db.revisions import open_database
from server.serve import running_server

CHROMIUM = "/usr/bin/chromium"
WIDTH, HEIGHT = 1366, 768
#: As far as the matrix and the arrows.
GAP_HEIGHT = 1830
SCREENS = ("setup", "clip", "seven-answered", "valence-answered")
#: Small enough to be kept with the source.
SHOWN_WIDTH = 960
QUALITY = 82


def main() -> None:
    demo, pictures = Path(sys.argv[1]), Path(__file__).parent / "pictures"
    _experimenter(demo / "pictures", pictures / "experimenter.png")
    values = Values(home=demo).below_home()
    _fixations(values, pictures / "fixations.png")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT})
        with running_server(stages.server_config(values)) as url:
            _rater(page, url, values, pictures / "rater.png")
            _gap(page, url, values, pictures / "gap.png")
        report = next(values.models.glob("*/report.html"))
        page.set_viewport_size({"width": 1180, "height": 1060})
        page.goto(report.resolve().as_uri())
        page.screenshot(path=pictures / "researcher.png")
        browser.close()
    for path in pictures.glob("*.png"):
        _make_small(path)


def _experimenter(source: Path, target: Path) -> None:
    screens = [Image.open(source / f"{name}.png").convert("RGB") for name in SCREENS]
    width, height = screens[0].size
    sheet = Image.new("RGB", (2 * width, 2 * height))
    for place, screen in enumerate(screens):
        sheet.paste(screen, ((place % 2) * width, (place // 2) * height))
    sheet.save(target)


def _fixations(values: Values, target: Path) -> None:
    """Of the first trial of the snapshot."""
    snapshot = list_snapshots(values.snapshots)[-1].id
    first = read_table(values.snapshots / snapshot, "trials")[0]["trial"]
    with tempfile.TemporaryDirectory(prefix="duchenne-pictures-") as scratch:
        (drawn,) = stages.draw_maps(values, snapshot, [first], Path(scratch))
        Image.open(drawn).convert("RGB").save(target)


def _rater(page: Page, url: str, values: Values, target: Path) -> None:
    _open(page, f"{url}/rate/er", values, "rater")
    # Late enough that the gaze has drawn a path.
    expect(page.locator("#clock")).to_have_text(re.compile(r"^5\.\d /"), timeout=30_000)
    for key in ("2", "ArrowLeft", "Shift+ArrowLeft", "ArrowDown"):
        page.keyboard.press(key)
    page.wait_for_timeout(500)  # the pressed keys' colours have settled
    page.screenshot(path=target)


def _gap(page: Page, url: str, values: Values, target: Path) -> None:
    page.context.clear_cookies()
    _open(page, f"{url}/gap?origin=simulated", values, "researcher")
    expect(page.get_by_role("heading", name="From felt to shown")).to_be_visible()
    page.screenshot(path=target, full_page=True, clip={"x": 0, "y": 0, "width": WIDTH, "height": GAP_HEIGHT})


def _open(page: Page, address: str, values: Values, role: str) -> None:
    """A page, as somebody new in this role."""
    database = open_database(values.database_url)
    account = add_account(database, f"pictures-{secrets.token_hex(3)}", role)
    database.close()
    page.goto(address)
    expect(page.locator("#name")).to_be_focused()
    for word in (account.name, account.password):
        page.keyboard.type(word)
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")


def _make_small(path: Path) -> None:
    picture = Image.open(path).convert("RGB")
    height = round(picture.height * SHOWN_WIDTH / picture.width)
    small = picture.resize((SHOWN_WIDTH, height), Image.Resampling.LANCZOS)
    small.save(path.with_suffix(".jpg"), quality=QUALITY, optimize=True)
    path.unlink()


if __name__ == "__main__":
    main()
