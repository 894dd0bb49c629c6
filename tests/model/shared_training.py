"""`duchenne …` in a process of its own that knows the tiny recipes; in one rank of several something may go wrong."""

import os
import signal
import sys

import pytest

from duchenne.__main__ import main
from model.evaluation import intervals
from model.training import share
from model.training.jobs import Job, Outcome
from model.training.kept_fits import KeptFits
from tests.model.conftest import know_tiny_recipes

#: Names a rank, and what happens to it once it has kept its first fit.
TROUBLE = "TROUBLE_IN_TESTS"


def trouble(kind: str) -> None:
    really_keep = KeptFits.keep

    def keep(kept: KeptFits, job: Job, outcome: Outcome) -> None:
        really_keep(kept, job, outcome)
        if kind == "killed":
            os.kill(os.getpid(), signal.SIGKILL)
        raise share.SharingError("the disk of this machine is full.")

    KeptFits.keep = keep  # type: ignore[method-assign]


if __name__ == "__main__":
    rank, _, kind = os.environ.get(TROUBLE, "").partition(" ")
    if rank and rank == os.environ.get("RANK"):
        trouble(kind)
    with pytest.MonkeyPatch.context() as patch:
        know_tiny_recipes(patch)
        patch.setattr(intervals, "RESAMPLES", 50)  # what is tested holds with any number of them
        patch.setattr("model.evaluation.report.report_as_page", lambda *_: "white")  # drawing takes seconds
        main()
    sys.exit(0)
