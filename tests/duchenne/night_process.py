"""Nights in processes that can be killed: one that has imported everything forks another for each line that it reads.

`python -m tests.duchenne.night_process`, then lines of `home<TAB>mishap`; each is answered by a line of JSON. A mishap
is the name of a point below at which the night is killed or finds the disk full, or 'none'; the night of 'here' is
undisturbed and in the server itself, so that those which are forked later find everything warm.
"""

import json
import os
import resource
import signal
import sys
import threading
from collections.abc import Callable
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import torch

import annotate.snapshot.store
import model.features.compute
import model.features.store
import model.prediction
import model.promotion.deciding
import model.training.jobs
import model.training.kept_fits
import model.training.train
import server.predictions.serving
import server.snapshots.creating
from duchenne import stages
from duchenne.night import page, shift
from model.evaluation import intervals
from tests.duchenne.night_lab import values_of
from tests.model.conftest import MiddleOfTheFrame, know_quick_recipes

#: Of a file, so many bytes are written before the disk is full.
ROOM = 300


def die(*_: object, **__: object) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def full_disk(really: Callable[..., Any], room: int = ROOM) -> Callable[..., Any]:
    """The same, while the kernel takes no more than `room` bytes of any file."""

    usual = resource.getrlimit(resource.RLIMIT_FSIZE)
    within: list[None] = []  # of several threads the first one in and the last one out
    turn = threading.Lock()

    def limited(*given: Any, **named: Any) -> Any:
        with turn:
            within.append(None)
            resource.setrlimit(resource.RLIMIT_FSIZE, (room, usual[1]))
        try:
            return really(*given, **named)
        finally:
            with turn:
                within.pop()
                if not within:
                    resource.setrlimit(resource.RLIMIT_FSIZE, usual)

    return limited


def after(really: Callable[..., Any], calls: int = 1) -> Callable[..., Any]:
    """Killed when it has done so many calls."""
    made = []

    def counted(*given: Any, **named: Any) -> Any:
        found = really(*given, **named)
        made.append(1)
        if len(made) == calls:
            die()
        return found

    return counted


def instead(really: Callable[..., Any], calls: int) -> Callable[..., Any]:
    """Killed in place of the so-manieth call."""
    made = []

    def counted(*given: Any, **named: Any) -> Any:
        made.append(1)
        return die() if len(made) == calls else really(*given, **named)

    return counted


def begun(file: Any, **_: object) -> None:
    """Half a file is on the disk."""
    file.write(b"half")
    file.flush()
    die()


#: In the order of a night: where, and what becomes of the function there.
MISHAPS: dict[str, tuple[object, str, Callable[[Any], Any]]] = {
    "no room for the snapshot": (annotate.snapshot.store, "write_table", full_disk),
    "killed in the snapshot": (annotate.snapshot.store, "write_croissant", lambda _: die),
    "killed between snapshot and database": (server.snapshots.creating, "_enter", lambda _: die),
    "no room for faces": (model.features.store.FaceMap, "keep", full_disk),
    "killed in the features of a face": (model.features.store.FaceMap, "keep", lambda f: after(f, 3)),
    "no room for eyes": (model.features.store.np, "savez", full_disk),
    "killed in the features of the eyes": (model.features.store.np, "savez", lambda _: begun),
    "killed in training": (model.training.kept_fits, "_write", lambda f: instead(f, 3)),
    "no room for the model": (model.training.train, "fold_record", full_disk),
    "killed in the report": (model.training.train, "write_report", lambda _: die),
    "killed before the decision": (model.promotion.deciding, "compare", lambda _: die),
    "killed after the decision": (model.promotion.deciding, "append", after),
    "no room for predictions": (model.prediction, "write_predictions", full_disk),
    "killed in the predictions": (model.prediction, "predict_trials", lambda f: instead(f, 3)),
    "killed in the queue": (server.predictions.serving, "reorder_queue", lambda _: die),
    "no room for the page": (shift, "write_page", full_disk),
    "killed in the page": (page.Template, "substitute", lambda _: die),
}


def be_quick(patch: pytest.MonkeyPatch, faces: Callable[[], MiddleOfTheFrame]) -> None:
    """What is tested of nights holds with networks of one epoch and any number of resamples; drawing takes seconds."""
    know_quick_recipes(patch)
    torch.set_num_threads(1)
    patch.setattr(model.features.compute, "NetworkFaces", lambda _: faces())
    patch.setattr(model.features.compute, "ensure_face_networks", lambda _: None)
    patch.setattr(intervals, "RESAMPLES", 50)
    patch.setattr("model.evaluation.report.report_as_page", lambda *_: "white")


def night(home: Path, mishap: str) -> None:
    """The next night of a lab; notes in `done` which networks were trained and which faces were found."""
    values = values_of(home)

    def note(text: str) -> None:
        with (home / "done").open("a") as file:
            file.write(f"{text}\n")

    really_run = model.training.jobs.run_job

    def run(trials: Any, job: Any, tell: Any) -> Any:
        note(f"fit {job.recipe.name} {job.split.fold}")
        return really_run(trials, job, tell)

    note("night")
    count = (home / "done").read_text().split().count("night")

    class Noted(MiddleOfTheFrame):
        def __call__(self, video: Path, *given: Any) -> Any:
            note(f"face {video.name}")
            return super().__call__(video, *given)

    with pytest.MonkeyPatch.context() as patch:
        be_quick(patch, Noted)
        # Nights as short as these would share a second, and so a page.
        now = f"2030-01-{count:02d}T01:30:00Z"
        patch.setattr(stages, "utc_now", lambda: now)
        freeze = server.snapshots.creating.create_snapshot
        patch.setattr(
            server.snapshots.creating, "create_snapshot", partial(freeze, now=lambda: datetime.fromisoformat(now))
        )
        patch.setattr(model.training.jobs, "run_job", run)
        defaults = model.training.train.train.__kwdefaults__
        assert defaults is not None
        patch.setitem(defaults, "workers", 1)
        if mishap in MISHAPS:
            where, name, how = MISHAPS[mishap]
            patch.setattr(where, name, how(getattr(where, name)))
        shift.work_through(values, ["simulated"], "tiny", 2, 0)


def main() -> None:
    print("ready", flush=True)
    for line in sys.stdin:
        home, mishap = line.rstrip("\n").split("\t")
        if mishap == "here":
            night(Path(home), "none")
            print(json.dumps({"status": 0, "told": ""}), flush=True)
            continue
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            told = ""
            try:
                night(Path(home), mishap)
            except shift.TOLD as error:
                told = str(error)
            except BaseException as error:
                told = f"TRACEBACK {error!r}"
            os.write(writing, told.encode())
            os._exit(1 if told else 0)
        os.close(writing)
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        with os.fdopen(reading) as file:
            print(json.dumps({"status": status, "told": file.read()}), flush=True)


if __name__ == "__main__":
    main()
