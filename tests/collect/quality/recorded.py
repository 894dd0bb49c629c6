"""Recorded sessions with faults that were planted in them, and one without."""

import csv
import hashlib
from collections.abc import Callable
from pathlib import Path

from collect.bundle.format import FLIPS_FILE, SEAL_FILE, Seal
from collect.bundle.tracker_faults import TrackerFaults, TrackingLoss
from collect.devices.camera.simulated_camera import CameraSettings
from collect.session.run import run_session
from tests.collect.session.small_study import load, virtual_devices, write_study

CAMERA = CameraSettings(width=240, height=180, fps=10.0)
#: Of each clip; it has 20 frames a second.
SECONDS = 3.0


def record(folder: Path, tracker_faults: TrackerFaults | None = None) -> Path:
    """A sealed session of three clips, each SECONDS long, of a simulated participant with a simulated face."""
    study, person = load(write_study(folder / "study", seconds=SECONDS))
    devices = virtual_devices(person, camera=CAMERA, tracker_faults=tracker_faults or TrackerFaults())
    return run_session(study, "P01", 1, devices, folder, "simulated", person.truth()).bundle


def record_with_faults(folder: Path) -> Path:
    """Trial 1: no eye from 0.7 s to 2.6 s of the clip. Trial 2: a fifth of the camera's frames and more are gone.

    Trial 3: every tenth frame of the clip was skipped.
    """
    loss = TrackingLoss(trial=1, from_s=0.9, to_s=2.8)  # the clip begins 0.2 s after the trial
    bundle = record(folder, TrackerFaults(losses=(loss,)))
    change_table(bundle / FLIPS_FILE, lambda row: row["trial"] != "3" or int(row["frame"]) % 10 != 5)
    drop_camera_frames(bundle, trial=2)
    reseal(bundle)
    return bundle


def drop_camera_frames(bundle: Path, trial: int) -> None:
    """Every fourth line of the camera's table during that trial is taken out, as if the frame had never come."""
    with (bundle / FLIPS_FILE).open(newline="") as file:
        times = [int(row["flip_ns"]) for row in csv.DictReader(file) if int(row["trial"]) == trial]
    table = bundle / "camera/frames.csv"
    change_table(table, lambda row: not (times[0] <= int(row["host_ns"]) <= times[-1] and int(row["frame"]) % 4 == 0))


def change_table(path: Path, kept: Callable[[dict[str, str]], bool]) -> None:
    with path.open(newline="") as file:
        reader = csv.DictReader(file)
        names, rows = list(reader.fieldnames or ()), [row for row in reader if kept(row)]
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, names, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def reseal(bundle: Path) -> None:
    """Seal what stands there now."""
    old = Seal.model_validate_json((bundle / SEAL_FILE).read_bytes())
    digests = {name: hashlib.sha256((bundle / name).read_bytes()).hexdigest() for name in old.files}
    (bundle / SEAL_FILE).write_text(old.model_copy(update={"files": digests}).model_dump_json())
