"""Reading EyeLink ASC: how quickly, with how much memory, and how many of ten real files with the right counts.

Every reader runs in a fresh process, which reads a small file first (so that its late imports are done), then the large
one: the time is the median of the repetitions, the memory is by how much the process's peak (ru_maxrss) grew in the
first of them. `python -m tests.bench.asc_bench READER FILE…` is that process.
"""

import csv
import json
import resource
import statistics
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import TypedDict

from tests.bench.figure import Figure
from tests.bench.skipped import Skipped

TITLE = "EyeLink ASC files"
ROOT = Path(__file__).parents[2]
DATA = ROOT / "../shared/data"
LARGE, SMALL = DATA / "asc/opencogsci_data1.asc", DATA / "asc/pymovements_binocular_example.asc"
REPETITIONS = 7

Counts = dict[str, int]


class Measured(TypedDict):
    """What a reader's process says; None for a file that it could not read."""

    seconds: float
    growth_mb: float
    counts: dict[str, Counts | None]


def _ours() -> Callable[[Path], Counts]:
    from collect.gaze.asc import read_asc

    def read(path: Path) -> Counts:
        found = read_asc(path)
        return {
            "samples": len(found.samples), "fixations": len(found.fixations), "saccades": len(found.saccades),
            "blinks": len(found.blinks), "messages": len(found.messages),
        }  # fmt: skip

    return read


def _mne() -> Callable[[Path], Counts]:
    import mne

    def read(path: Path) -> Counts:
        raw = mne.io.read_raw_eyelink(path, verbose="ERROR")
        kinds = Counter(raw.annotations.description)
        # MNE puts samples on even steps, over pauses too, and messages among the annotations: neither can be compared.
        return {"fixations": kinds["fixation"], "saccades": kinds["saccade"], "blinks": kinds["BAD_blink"]}

    return read


def _pymovements() -> Callable[[Path], Counts]:
    import pymovements

    def read(path: Path) -> Counts:
        gaze = pymovements.gaze.from_asc(path, events=True, messages=True)
        kinds = Counter(gaze.events.frame["name"].to_list())
        return {
            "samples": len(gaze.samples), "fixations": kinds["fixation_eyelink"], "saccades": kinds["saccade_eyelink"],
            "blinks": kinds["blink_eyelink"], "messages": len(gaze.messages),
        }  # fmt: skip

    return read


READERS = {"ours": _ours, "MNE": _mne, "pymovements": _pymovements}


def run() -> list[Figure]:
    if not LARGE.is_file():
        raise Skipped("the real recordings are not beside this checkout (../shared/data)")
    for peer in ("mne", "pymovements"):
        if find_spec(peer) is None:
            raise Skipped(f"{peer} is not installed, and figures without the peer's say little")
    rows = list(csv.DictReader((DATA / "TRUTH_asc.tsv").read_text("utf-8").splitlines(), delimiter="\t"))
    found = {name: _measure(name, [row["file"] for row in rows]) for name in READERS}
    megabytes = LARGE.stat().st_size / 1e6
    figures = []
    for name in ("MNE", "pymovements"):
        ours, theirs = found["ours"]["seconds"] / megabytes, found[name]["seconds"] / megabytes
        figures.append(
            Figure("time to read", ours, "s/MB", theirs, name, most=theirs / 10 if name == "MNE" else theirs)
        )
    for name in ("MNE", "pymovements"):
        ours, theirs = found["ours"]["growth_mb"], found[name]["growth_mb"]
        figures.append(Figure("growth of peak memory", ours, "MB", theirs, name, most=theirs, note="ru_maxrss"))
    right = {name: _read_rightly(found[name]["counts"], rows) for name in READERS}
    for name in ("MNE", "pymovements"):
        note = "eye events counted" if name == "MNE" else "samples, eye events and messages counted"
        figures.append(Figure("files read rightly", right["ours"], "of 10", right[name], name, least=10, note=note))
    return figures


def _measure(reader: str, files: list[str]) -> Measured:
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench.asc_bench", reader, *files],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    told: Measured = json.loads(done.stdout.splitlines()[-1])
    return told


def _read_rightly(counts: dict[str, Counts | None], rows: list[dict[str, str]]) -> int:
    right = 0
    for row in rows:
        truth = {"samples": int(row["samples"]), "messages": int(row["MSG"])}
        for kind, column in (("fixations", "EFIX L/R"), ("saccades", "ESACC L/R"), ("blinks", "EBLINK L/R")):
            truth[kind] = sum(map(int, row[column].split("/")))
        found = counts[row["file"]]
        right += found is not None and all(truth[what] == count for what, count in found.items())
    return right


def _child(reader: str, files: list[str]) -> None:
    read = READERS[reader]()
    read(SMALL)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    times = []
    growth_kb = 0
    for repetition in range(REPETITIONS):
        began = time.perf_counter()
        read(LARGE)
        times.append(time.perf_counter() - began)
        if repetition == 0:
            growth_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    counts: dict[str, Counts | None] = {}
    for file in files:
        try:
            counts[file] = read(DATA / file)
        except Exception:  # whatever a reader raises, it has not read the file
            counts[file] = None
    told: Measured = {"seconds": statistics.median(times), "growth_mb": growth_kb / 1024, "counts": counts}
    print(json.dumps(told))


if __name__ == "__main__":
    _child(sys.argv[1], sys.argv[2:])
