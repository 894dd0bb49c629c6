"""Playing a recording: single frames by their true times, speed, what is drawn over the clip, and a trace."""

from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from playwright.sync_api import Page, Request, expect
from sqlalchemy import select

from annotate.media_store import MediaStore
from server.db.trials import Trial
from tests.server.browser.conftest import House
from tests.server.browser.rating_steps import changed, next_is_loaded, open_desk, press

#: Milliseconds at which the frames of an uneven webcam are shown; one of them stands for a third of a second.
UNEVEN_MS = (0, 31, 74, 90, 141, 480, 512, 547, 610, 655, 700, 733, 790, 812, 880, 930, 1000)

NEXT_FRAME = """() => new Promise((resolve) => {
    const video = document.querySelector(".trial:not([hidden]) video");
    video.requestVideoFrameCallback((_now, frame) => resolve(Math.round(frame.mediaTime * 1000)));
})"""


HALF_WAY = """() => new Promise((resolve) => {
    const video = document.querySelector(".trial:not([hidden]) video");
    video.addEventListener("timeupdate", () => video.currentTime > 1 && resolve());
})"""


RATES = "[...document.querySelectorAll('.trial:not([hidden]) video')].map((video) => video.playbackRate)"

DRAWN_PIXELS = """(canvas) => canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height)
    .data.filter((value, i) => i % 4 === 3 && value > 0).length"""


def write_uneven_video(path: Path) -> Path:
    """Reordered frames (B-frames) at uneven times, as an MP4 with an edit list."""
    with av.open(str(path), "w", format="mp4", options={"movflags": "+faststart"}) as container:
        stream = container.add_stream("libx264", rate=30, options={"g": "8", "bf": "2"})
        stream.width, stream.height, stream.pix_fmt = 160, 90, "yuv420p"
        stream.time_base = stream.codec_context.time_base = Fraction(1, 1000)
        for i, ms in enumerate(UNEVEN_MS):
            frame = av.VideoFrame.from_ndarray(np.full((90, 160, 3), 12 * i + 20, np.uint8), format="rgb24")
            frame.pts, frame.time_base = ms, Fraction(1, 1000)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path


@pytest.fixture
def uneven_house(house: House, tmp_path: Path) -> House:
    face = MediaStore(tmp_path / "media").put_file(write_uneven_video(tmp_path / "uneven.mp4"))
    with house.database.transaction() as session:
        for trial in session.scalars(select(Trial)):
            trial.face_sha256 = face
    return house


def test_frames_are_stepped_by_the_times_at_which_they_are_shown(page: Page, uneven_house: House) -> None:
    open_desk(page, uneven_house, "fer")
    expect(page.locator("#play")).to_contain_text("Play again")
    page.locator("#timeline").fill("80")  # inside the frame of 74 ms
    seen: list[Any] = []
    for key in (".", ".", ".", ".", ",", ","):
        page.evaluate(f"() => {{ window.nextFrame = ({NEXT_FRAME})(); }}")
        press(page, key)
        seen.append(page.evaluate("window.nextFrame"))
    assert seen == [90, 141, 480, 512, 480, 141]
    expect(page.locator("#clock")).to_have_text("0.141 / 1.0 s")


def test_speed_and_the_drawing_over_the_clip_are_switched_and_kept(page: Page, house: House) -> None:
    open_desk(page, house, "er")
    press(page, "<")
    expect(page.locator("#speed")).to_contain_text("0.5×")
    assert {round(rate * 2) / 2 for rate in page.evaluate(RATES)} == {0.5}
    press(page, ">", ">")
    expect(page.locator("#speed")).to_contain_text("2×")
    press(page, "v", "v", "v")
    expect(page.locator("#play")).to_contain_text("Play again")
    canvas = page.locator(".trial:visible .screen canvas")
    amounts = []
    for words in ("Gaze", "Heat", "Clip alone", "Gaze and heat"):
        press(page, "h")
        expect(page.locator("#overlay")).to_have_text(f"{words} H")
        amounts.append(canvas.evaluate(DRAWN_PIXELS))
    gaze, heat, none, both = amounts
    assert none == 0 < gaze < both
    assert heat > 0
    press(page, "h")
    page.reload()
    expect(page.locator("#overlay")).to_have_text("Gaze H")


def test_a_recording_that_cannot_be_played_is_told_of_and_can_be_flagged(page: Page, house: House) -> None:
    page.route("**/face", lambda route: route.fulfill(status=200, content_type="video/mp4", body="no video"))
    open_desk(page, house, "fer")
    for trial in ("Trial 1", "Trial 2"):  # also one that broke while it lay ready
        expect(page.locator("#position")).to_have_text(trial)
        expect(page.locator("#message")).to_contain_text("This recording cannot be played")
        next_is_loaded(page)
        press(page, "b", "Enter")
    expect(page.locator("#progress")).to_contain_text("2 answered")


def test_dragging_along_the_traces_goes_there(page: Page, house: House) -> None:
    open_desk(page, house, "er")
    expect(page.locator("#play")).to_contain_text("Play again")
    box = page.locator(".traces:visible canvas").bounding_box()
    assert box is not None
    middle = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + 80, middle)
    page.mouse.down()
    page.mouse.move(box["x"] + 58 + (box["width"] - 70) / 2, middle)
    page.mouse.up()
    expect(page.locator("#clock")).to_have_text("1.0 / 2.0 s")


def test_a_trace_is_drawn_while_it_plays_and_goes_with_the_answer(page: Page, house: House) -> None:
    changed(page, "**/claim", lambda document: document.update(trace_scale="valence"))
    sent: list[dict[str, Any]] = []

    def note(request: Request) -> None:
        if request.url.endswith("/vote"):
            answer = request.post_data_json
            assert answer is not None
            sent.append(answer)

    page.on("request", note)
    open_desk(page, house, "fer")
    page.keyboard.down("w")
    page.evaluate(HALF_WAY)
    page.keyboard.up("w")
    page.locator("#stage").hover()
    page.mouse.wheel(0, 300)
    expect(page.locator("#play")).to_contain_text("Play again")
    press(page, "a")  # again, from the start
    page.keyboard.down("s")
    expect(page.locator("#play")).to_contain_text("Play again")
    page.keyboard.up("s")
    press(page, "1", "ArrowRight", "]", "Enter")
    expect(page.locator("#progress")).to_contain_text("1 answered")
    trace = sent[0]["trace"]
    assert trace["scale"] == "valence"
    assert trace["values"][-1] == -1
    assert max(trace["values"]) <= 0  # the second tracing, not the first
    steps = np.diff(trace["t_ms"])
    assert len(steps) > 5
    assert steps.min() >= 33
