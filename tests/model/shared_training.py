"""`duchenne …` in one process of several, which knows the tiny recipes. One of them is the first to take a fit, and may
be killed once it has kept it.
"""

import os
import signal
import sys
import time

import pytest

from duchenne.__main__ import main
from model.evaluation import intervals
from model.training.jobs import Job, Outcome
from model.training.kept_fits import KeptFits
from model.training.sharing import Sharing
from tests.model.conftest import know_tiny_recipes

#: The rank that is first; and, after a space, 'killed'.
FIRST = "FIRST_IN_TESTS"


def let_others_wait() -> None:
    really_take = Sharing.take

    def take(sharing: Sharing, count: int, by: str) -> int | None:
        while not any((sharing.folder / "taken").iterdir()):
            time.sleep(0.01)
        return really_take(sharing, count, by)

    Sharing.take = take  # type: ignore[method-assign]


def be_killed() -> None:
    really_keep = KeptFits.keep

    def keep(kept: KeptFits, job: Job, outcome: Outcome) -> None:
        really_keep(kept, job, outcome)
        os.kill(os.getpid(), signal.SIGKILL)

    KeptFits.keep = keep  # type: ignore[method-assign]


if __name__ == "__main__":
    first, _, end = os.environ[FIRST].partition(" ")
    if os.environ["RANK"] != first:
        let_others_wait()
    elif end:
        be_killed()
    with pytest.MonkeyPatch.context() as patch:
        know_tiny_recipes(patch)
        patch.setattr(intervals, "RESAMPLES", 50)  # what is tested holds with any number of them
        patch.setattr("model.evaluation.report.report_as_page", lambda *_: "white")  # drawing takes seconds
        main()
    sys.exit(0)
