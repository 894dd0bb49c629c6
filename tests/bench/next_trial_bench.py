"""From the key that saves an answer to the first frame of the next trial's face, in a real Chromium on the loopback.

The time runs from the browser's own stamp on the key press to the first `requestVideoFrameCallback` of a video that was
not on the stage before. Chromium draws by software here; no screen is waited for.
"""

import tempfile
from pathlib import Path

import numpy as np
from playwright.sync_api import Page, expect, sync_playwright

from annotate.media_store import MediaStore
from server.accounts.service import add_account
from server.config import ServerConfig
from server.db.revisions import open_database
from server.db.upgrade import upgrade
from server.serve import running_server
from tests.bench.figure import Figure
from tests.conftest import ARGUMENTS, CHROMIUM
from tests.server.real_media import RealFiles, add_real_trial, write_eye_events, write_gaze, write_video

TITLE = "Next trial: from the key press to its first frame (8 s of face at 1280 × 720, server on the loopback)"
SECONDS, SIZE = 8.0, (1280, 720)
TRIALS = 30
#: Time for one trial at the least: nobody rates quicker.
LOOK_MS = 700
MOST_MS = 300.0
PASSWORD = "long enough to be one"
WHOLE = {"fer": ("1", "ArrowRight", "]"), "er": ("1", "ArrowRight")}

STOPWATCH = """() => {
    window.waits = [];
    const known = new WeakSet();
    let pressed = null;
    const watch = () => document.querySelectorAll(".trial video").forEach((video) => {
        if (known.has(video)) return;
        known.add(video);
        const seen = (now) => {
            const onStage = video.checkVisibility();
            if (onStage && pressed !== null) { window.waits.push(now - pressed); pressed = null; }
            if (!onStage) video.requestVideoFrameCallback(seen);
        };
        video.requestVideoFrameCallback(seen);
    });
    watch();
    new MutationObserver(watch).observe(document.querySelector("#stage"), { childList: true, subtree: true });
    document.addEventListener("keydown", (event) => {
        if (event.key === "Enter") pressed = event.timeStamp;
    }, { capture: true });
}"""


def run() -> list[Figure]:
    with tempfile.TemporaryDirectory(prefix="duchenne-next-trial-") as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        try:
            waits = {desk: _waits(Path(folder) / desk, browser.new_page(), desk) for desk in ("fer", "er")}
        finally:
            browser.close()
    return [
        figure
        for desk, ms in waits.items()
        for figure in (
            Figure(f"{desk.upper()}, p50", float(np.percentile(ms, 50)), "ms", note=f"{len(ms)} trials"),
            Figure(f"{desk.upper()}, p95", float(np.percentile(ms, 95)), "ms", most=MOST_MS),
        )
    ]


def _waits(folder: Path, page: Page, desk: str) -> list[float]:
    """Milliseconds for each trial after the first."""
    folder.mkdir()
    url = f"sqlite:///{folder / 'duchenne.db'}"
    upgrade(url)
    config = ServerConfig(url, folder / "media", folder / "snapshots")
    database = open_database(url)
    try:
        add_account(database, "ada", "rater", PASSWORD)
        _fill(folder, config)
        with running_server(config) as server:
            page.goto(f"{server}/login?next_path=/rate/{desk}")
            page.locator("#name").fill("ada")
            page.locator("#password").fill(PASSWORD)
            page.keyboard.press("Enter")
            expect(page.locator("#position")).to_have_text("Trial 1")
            page.evaluate(STOPWATCH)
            for trial in range(2, TRIALS + 1):
                page.wait_for_timeout(LOOK_MS)
                for key in (*WHOLE[desk], "Enter"):
                    page.keyboard.press(key)
                expect(page.locator("#position")).to_have_text(f"Trial {trial}")
            page.wait_for_timeout(LOOK_MS)
            waits: list[float] = page.evaluate("window.waits")
    finally:
        database.close()
    if len(waits) != TRIALS - 1:
        raise RuntimeError(f"{TRIALS - 1} trials came onto the stage, {len(waits)} of them were timed")
    return waits


def _fill(folder: Path, config: ServerConfig) -> None:
    files = RealFiles(
        write_video(folder / "face.mp4", hue=90, seconds=SECONDS + 0.12, size=SIZE),
        write_video(folder / "clip.mp4", hue=40, seconds=SECONDS, size=SIZE),
        write_gaze(folder / "gaze.parquet", seconds=SECONDS),
        write_eye_events(folder / "events.parquet"),
    )
    database = open_database(config.database_url)
    store = MediaStore(config.media_root)
    with database.transaction() as session:
        for person in range(TRIALS + 2):
            add_real_trial(session, store, files, participant=f"P{person}", origin="simulated")
    database.close()
