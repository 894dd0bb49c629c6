"""The recorder is killed at random moments: does every bundle verify, and how much of it is gone?"""

import os
import random
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from collect.bundle.reader import read_bundle
from collect.bundle.verify import verify_bundle
from duchenne.console import bar
from tests.bench.figure import Figure
from tests.collect.session.small_study import write_study

TITLE = "recorder killed (kill -9) at random moments of a session in real time"
KILLS, CONTROLS, SEED = 200, 12, 1
MOST_LOST_S = 1.0
#: A moment is drawn from this many seconds after the bundle was made; a session takes about as long.
_WITHIN_S = 10.0
_PATIENCE_S = 60.0
_AT_ONCE = 3


@dataclass(frozen=True)
class Death:
    """`lost_s`: between what was taken (or filmed) last before the kill and what can be read; None if it had sealed."""

    killed: str
    verified: bool
    lost_s: float | None
    said: str


def run() -> list[Figure]:
    with tempfile.TemporaryDirectory(prefix="duchenne-kill-") as scratch:
        folder = Path(scratch)
        # Few pages and questions: it is the recording that is to be killed, not a person's leisure.
        consent = {"text": "We film your face.", "offered": []}
        write_study(folder / "study", seconds=2.0, fixation_s=0.2, consent=consent, self_report=["valence"])
        deaths = _deaths(folder, KILLS, hoarding=False)
        controls = _deaths(folder, CONTROLS, hoarding=True)
    cut = [death for death in deaths if death.lost_s is not None]
    lost = [death.lost_s for death in cut if death.lost_s is not None]
    caught = sum(death.lost_s is not None and death.lost_s > MOST_LOST_S for death in controls)
    for death in deaths:
        if not death.verified or (death.lost_s or 0) > MOST_LOST_S:
            sys.stderr.write(f"{death}\n")
    kinds = ", ".join(f"{sum(d.killed == kind for d in deaths)} {kind}" for kind in ("session", "camera", "both"))
    return [
        Figure("bundles that verify", sum(death.verified for death in deaths), "of 200", least=KILLS, note=kinds),
        Figure("killed before the seal", len(cut), "of 200"),
        Figure("most that is gone", max(lost), "s", most=MOST_LOST_S),
        Figure("control that hoards rows: losses seen", caught, f"of {CONTROLS}", least=CONTROLS // 4),
    ]


def _deaths(folder: Path, count: int, *, hoarding: bool) -> list[Death]:
    draw = random.Random(SEED)
    plans = [(draw.uniform(0, _WITHIN_S), draw.choice(("session", "camera", "both"))) for _ in range(count)]
    if hoarding:
        plans = [(moment, "session") for moment, _ in plans]
    found: list[Death] = []
    # Several at a time: the recorders wait more than they work.
    with ThreadPoolExecutor(_AT_ONCE) as pool, bar("kills" if not hoarding else "kills of the control") as progress:
        for death in pool.map(lambda plan: _death(folder, *plan, hoarding=hoarding), plans):
            found.append(death)
            progress(len(found), count)
    return found


def _death(folder: Path, moment_s: float, victim: str, *, hoarding: bool) -> Death:
    own = Path(tempfile.mkdtemp(dir=folder))
    (own / "study").symlink_to(folder / "study")
    tally = own / "tally"
    tally.write_bytes(bytes(16))
    command = [sys.executable, "-m", "tests.bench.killed_recorder", str(own), str(tally), *["hoarding"] * hoarding]
    process = subprocess.Popen(command, start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        bundle = own / "small_P01_01"
        _until(lambda: bundle.exists() or process.poll() is not None)
        _until_passed(time.perf_counter() + moment_s, process)
        killed_ns = _kill(process.pid, victim)
        process.wait(_PATIENCE_S)
        _until(lambda: not _members(process.pid))
        return _judged(bundle, tally, victim, killed_ns)
    finally:
        for pid in _members(process.pid):
            os.kill(pid, signal.SIGKILL)
        shutil.rmtree(own, ignore_errors=True)


def _judged(bundle: Path, tally: Path, victim: str, killed_ns: int) -> Death:
    report = verify_bundle(bundle)
    said = "; ".join(report.problems)
    if report.state != "unsealed":
        return Death(victim, report.ok, None, said)
    whole = read_bundle(bundle)
    gaze_ns, flip_ns = struct.unpack("<qq", tally.read_bytes())
    samples, flips, frames = whole.gaze_samples(), whole.flips(), whole.camera_frames()
    lost_ns = [
        gaze_ns - int(samples["host_ns"][-1]) if len(samples) else 0 if not gaze_ns else 10**12,
        flip_ns - int(flips["flip_ns"][-1]) if len(flips) else 0 if not flip_ns else 10**12,
    ]
    if len(frames):
        lost_ns.append(killed_ns - int(frames["host_ns"][-1]))
    return Death(victim, report.ok, max(0, *lost_ns) / 1e9, said)


def _kill(leader: int, victim: str) -> int:
    """Kill the session, its camera process, or all; returns when, on the host's clock."""
    everyone = _members(leader)
    chosen = {"session": [leader], "both": everyone, "camera": [pid for pid in everyone if pid != leader]}[victim]
    killed_ns = time.perf_counter_ns()
    for pid in chosen:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue
    return killed_ns


def _members(leader: int) -> list[int]:
    """Living processes of the session that the recorder leads; the dead that nobody has fetched do not count."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if int(fields[3]) == leader and fields[0] != "Z":
                found.append(int(entry.name))
    return found


def _until(condition: Callable[[], bool]) -> None:
    give_up = time.perf_counter() + _PATIENCE_S
    while not condition():
        if time.perf_counter() > give_up:
            raise TimeoutError("the recorder did not get on")
        time.sleep(0.01)


def _until_passed(moment: float, process: "subprocess.Popen[bytes]") -> None:
    while time.perf_counter() < moment and process.poll() is None:
        time.sleep(0.005)
