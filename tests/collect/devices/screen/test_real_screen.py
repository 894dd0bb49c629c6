"""The new questions, the setup page and a skipped clip in a real PsychoPy window, with real keys of another process."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageChops

from tests.collect.session.small_study import write_clip

# A window, its renderer and PsychoPy's own state are one a process. Keys are pressed by xdotool once a page asks for
# them: `poll` and `look` are called for the first time when the page is on the screen.
RUN = """
import json, subprocess, sys
from pathlib import Path
import numpy as np
from collect.devices.host_clock import HostClock
from collect.devices.protocols import SetupCheck, SetupView, StopRequested
from collect.devices.screen.psychopy_screen import WINDOW_TITLE, PsychopyScreen
from collect.language.words import words_for
from collect.session.virtual_display import virtual_display

clip, pictures = map(Path, sys.argv[1:3])

def keys(*words):
    asked = []
    def poll():
        if not asked:
            asked.append(subprocess.Popen(["xdotool", "sleep", "0.2", *words]))  # nobody is quicker
    return poll

with virtual_display(640, 360):
    words = words_for("zh")
    screen = PsychopyScreen(640, 360, HostClock(), needs_sound=False, picture_folder=pictures, words=words)
    screen.open()
    subprocess.run(["xdotool", "search", "--sync", "--name", WINDOW_TITLE, "windowfocus", "--sync"], check=True)
    said = {"sound": screen.has_sound, "cursor": screen._window._window.mouseVisible}
    said["familiarity"] = screen.ask("familiarity", keys("key", "--delay", "120", "3", "Right", "Return")).step
    said["liking"] = screen.ask("liking", keys("key", "--delay", "120", "Left", "Return")).step
    said["text"] = screen.ask("text", keys("key", "--delay", "300", "g", "u", "t", "udiaeresis", "BackSpace",
                                           "eacute", "U4E2D", "Return")).text
    said["empty"] = screen.ask("text", keys("key", "Return")).text
    looked = []
    def look():
        looked.append(1)
        if len(looked) == 3:
            subprocess.Popen(["xdotool", "sleep", "0.2", "key", "a", "space"])
        picture = np.full((90, 160, 3), 80, np.uint8)
        return SetupView(picture, [(60, 20, 40, 50)], [SetupCheck(words.setup.checks["face"], "好", True)])
    said["setup"] = screen.show_setup(look, ["space"])
    flips = []
    def skip():
        if len(flips) == 5:
            raise StopRequested("experimenter")
    try:
        screen.play(clip, flips.append, skip)
    except StopRequested as stop:
        said["stopped"] = [stop.by, len(flips)]
    said["after"] = screen.show_text("# 谢谢您\\n\\n按空格键", ["space"], keys("key", "space"))
    flips.clear()
    playback = screen.play(clip, flips.append, lambda: None)
    said["played"] = [playback.frames_in_clip, playback.frames_shown, [flip.frame for flip in flips]]
    said["ordered"] = all(a.flip_ns < b.flip_ns for a, b in zip(flips, flips[1:]))
    screen.close()
print(json.dumps(said))
"""


@pytest.mark.display
def test_questions_setup_and_a_skipped_clip_in_a_real_window(tmp_path: Path) -> None:
    write_clip(tmp_path / "clip.mp4", seconds=1.0, fps=20)
    (tmp_path / "home").mkdir()
    environment = {key: value for key, value in os.environ.items() if key != "DISPLAY"}
    pictures = tmp_path / "pictures"
    done = subprocess.run(
        [sys.executable, "-c", RUN, str(tmp_path / "clip.mp4"), str(pictures)],
        env={**environment, "HOME": str(tmp_path / "home")}, capture_output=True, text=True, timeout=90, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert said["cursor"] is False  # nothing but the study is on the participant's screen
    assert (said["familiarity"], said["liking"]) == (4, 5)
    assert said["text"] == "gut\u00e9\u4e2d"
    assert said["empty"] == ""
    assert said["setup"] == "space"
    assert said["stopped"] == ["experimenter", 5]
    assert said["after"] == "space"
    in_clip, shown, numbers = said["played"]
    assert (in_clip, shown) == (20, len(numbers))
    assert numbers == sorted(set(numbers))
    assert said["ordered"]
    before, after = (Image.open(pictures / f"{name}.png").convert("RGB") for name in ("liking", "liking-answered"))
    changed = ImageChops.difference(before, after).getbbox()
    assert changed is not None  # the answer could be seen
    page = Image.open(pictures / "text-1.png").convert("L")  # the right way up: the heading stands above, larger
    shades = np.asarray(page, np.int64)
    assert shades.shape == (360, 640)
    drawn = np.flatnonzero(np.abs(shades - shades[0, 0]).sum(axis=1) > 500)
    assert drawn[0] < 180 < drawn[-1]
