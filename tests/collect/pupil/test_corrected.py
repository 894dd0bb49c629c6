"""From a bundle to the table of corrected pupils."""

import csv
import hashlib
import math
from pathlib import Path

import numpy as np
import pytest

from collect.bundle.format import GAZE_EVENTS_FILE
from collect.bundle.reader import Bundle, read_bundle
from collect.bundle.tables import DTYPES
from collect.bundle.writer import BundleWriter
from collect.devices.protocols import EyeEvent, Flip, GazeSample
from collect.pupil.cleaning import trusted
from collect.pupil.corrected import COLUMNS, corrected_pupil, session_pupil, write_pupil_table
from collect.pupil.response import delayed, low_passed
from tests.golden import make_bundle as golden

MS = 1_000_000
SECONDS, FPS, RATE = 20, 10, 100
NAN = math.nan


def luminance(trial: int) -> np.ndarray:
    """(SECONDS * FPS,) of each frame: scenes of two seconds."""
    scenes = np.random.default_rng(trial).uniform(0.02, 0.7, SECONDS // 2)
    return np.repeat(scenes, 2 * FPS)


def area(trial: int) -> np.ndarray:
    """(SECONDS * RATE,) pupil area whose diameter answers to the clip's light, and is 5 % wider in trial 2."""
    light = np.repeat(np.log10(luminance(trial)), 20 // FPS)  # on the fit's grid of 50 ms
    answer = -0.12 * delayed(low_passed(light, 0.4), 0.3)
    relative = np.interp(np.arange(SECONDS * RATE) / RATE, np.arange(len(answer)) * 0.05, answer)
    return (30 * (1 + relative + (0.05 if trial == 2 else 0.0))) ** 2


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    """Three clips with their time lines; the left eye blinks at 5.0 to 5.2 s of each; the right is not measured."""
    folder = tmp_path_factory.mktemp("pupil")
    clips, entries = {}, []
    for number in (1, 2, 3):
        clip, line = folder / f"c{number}.mp4", folder / f"c{number}.csv"
        golden.write_video(clip, 2)
        values = luminance(number)
        line.write_text("pts_ms,luminance\n" + "".join(f"{100 * k},{v:.6f}\n" for k, v in enumerate(values)))
        digests = [hashlib.sha256(path.read_bytes()).hexdigest() for path in (clip, line)]
        entries.append(
            f"  - {{id: c{number}, file: c{number}.mp4, sha256: {digests[0]}, emotion: neutral, duration_s: {SECONDS}, "
            f"licence: CC0-1.0, source: test, luminance: c{number}.csv, luminance_sha256: {digests[1]}}}\n"
        )
        clips[f"c{number}"] = clip
    manifest = "format: duchenne-stimuli\nversion: 1\nid: set\ntitle: Set\nclips:\n" + "".join(entries)
    header = golden.header(golden.STUDY, 3).model_copy(update={"planned_clips": ("c1", "c2", "c3")})
    writer = BundleWriter.create(
        folder / "bundle", header, golden.STUDY.encode(), manifest.encode(), clips, golden.truth(3)
    )
    for number in (1, 2, 3):
        line = folder / "bundle" / "stimuli" / f"c{number}.csv"
        if not line.exists():
            line.write_bytes((folder / line.name).read_bytes())
        _trial(writer, number)
    writer.journal(golden.SessionEnded(t_ns=golden.START_NS + 10**12, outcome="completed"))
    writer.close()
    return read_bundle(folder / "bundle")


def _trial(writer: BundleWriter, number: int) -> None:
    t_ns = golden.START_NS + number * 100_000 * MS
    writer.journal(golden.TrialStarted(t_ns=t_ns, trial=number, clip=f"c{number}"))
    writer.journal(golden.ClipStarted(t_ns=t_ns, trial=number))
    for frame in range(SECONDS * FPS):
        writer.flip(number, Flip(frame, 100.0 * frame, t_ns + 100 * frame * MS))
    blink = EyeEvent("blink", "L", t_ns + 5000 * MS, t_ns + 5200 * MS, 0, 0, NAN, NAN, NAN, NAN, NAN, "tracker")
    rows = []
    for k, pupil in enumerate(area(number)):
        closed = 500 <= k < 520
        x, seen = (NAN, NAN) if closed else (320.0, pupil * (0.5 if 490 <= k < 530 else 1))
        rows.append(GazeSample(t_ns + 10 * k * MS, 10.0 * k, x, x, seen, NAN, NAN, NAN))
    writer.gaze(rows, [blink])
    end_ns = t_ns + SECONDS * 1000 * MS
    writer.journal(golden.ClipEnded(t_ns=end_ns, trial=number, frames_in_clip=200, frames_shown=200, frames_late=0))
    writer.journal(golden.TrialEnded(t_ns=end_ns, trial=number, valid=True, devices=("screen", "tracker", "camera")))


def test_the_light_of_the_clips_is_taken_out_of_the_pupil(bundle: Bundle) -> None:
    session = session_pupil(bundle)
    assert session.response is not None
    assert session.response.slopes[0] < -0.08
    assert session.response.r2 > 0.8
    widths = {}
    for trial in bundle.trials:
        table = corrected_pupil(bundle, trial, session)
        seen = np.isfinite(table["left_corrected"])
        assert np.isnan(table["right_corrected"]).all()
        raw, corrected = np.sqrt(table["left"][seen]), np.sqrt(table["left_corrected"][seen])
        assert corrected[200:].std() < 0.25 * raw[200:].std()
        widths[trial.number] = corrected[200:].mean()
    # What trial 2 felt is left: 5 % of the diameter, although its light was another.
    assert widths[2] / np.mean([widths[1], widths[3]]) == pytest.approx(1.05, abs=0.02)


def test_a_blink_and_what_the_lid_half_covers_stay_out(bundle: Bundle) -> None:
    table = corrected_pupil(bundle, bundle.trials[0])
    since_s = (table["host_ns"] - table["host_ns"][0]) / 1e9
    missing = np.isnan(table["left_corrected"])
    assert missing[(since_s >= 4.9) & (since_s <= 5.4)].all()
    assert not missing[(since_s < 4.85) | (since_s > 5.45)].any()
    # What was measured stands beside it, as it was.
    assert np.isfinite(table["left"][np.argmin(abs(since_s - 4.95))])


def test_single_missing_samples_need_no_padding(bundle: Bundle) -> None:
    samples = bundle.samples_of(bundle.trials[0]).copy()
    samples["left_pupil"][[100, 300]] = np.nan
    kept = trusted(samples, np.empty(0, DTYPES[GAZE_EVENTS_FILE]), "L")
    assert not kept[[100, 300]].any()
    assert kept[[99, 101, 299, 301]].all()


def test_the_table_on_disk_has_every_sample(bundle: Bundle, tmp_path: Path) -> None:
    path = write_pupil_table(bundle, tmp_path / "new" / "pupil.csv")
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert tuple(rows[0]) == COLUMNS
    assert len(rows) == 3 * SECONDS * RATE
    assert rows[0]["right"] == ""
    assert int(rows[0]["host_ns"]) == bundle.trials[0].clip_started_ns
    assert rows[-1]["clip_s"] == "19.9900"
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["pupil.csv"]
