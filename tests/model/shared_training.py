"""`duchenne …` in one process of several, which knows the tiny recipes. One of two is the first to take a fit, and may
be killed once it has kept it.
"""

import os
import signal
import sys
from functools import cache
from pathlib import Path

import pytest

from duchenne.__main__ import main
from model.evaluation import intervals
from model.training.jobs import Job, Outcome
from model.training.kept_fits import KeptFits
from model.training.sharing import Sharing
from tests.model.conftest import know_tiny_recipes

#: The rank that is first; and, after a space, 'killed'.
FIRST = "FIRST_IN_TESTS"
#: A pipe with a name, which whoever starts the processes holds open: what is told in it is not lost with its writer.
TAKEN = "TAKEN_IN_TESTS"


def told_that_one_is_taken() -> None:
    Path(os.environ[TAKEN]).write_bytes(b"!")


@cache  # once: the first word is the only one
def wait_until_one_is_taken() -> None:
    with Path(os.environ[TAKEN]).open("rb", buffering=0) as pipe:
        pipe.read(1)


def be_first(patch: pytest.MonkeyPatch) -> None:
    really_take = Sharing.take

    def take(sharing: Sharing, count: int, by: str) -> int | None:
        taken = really_take(sharing, count, by)
        told_that_one_is_taken()
        return taken

    patch.setattr(Sharing, "take", take)


def let_the_other_be_first(patch: pytest.MonkeyPatch) -> None:
    really_take = Sharing.take

    def take(sharing: Sharing, count: int, by: str) -> int | None:
        wait_until_one_is_taken()
        return really_take(sharing, count, by)

    patch.setattr(Sharing, "take", take)


def be_killed(patch: pytest.MonkeyPatch) -> None:
    really_keep = KeptFits.keep

    def keep(kept: KeptFits, job: Job, outcome: Outcome) -> None:
        really_keep(kept, job, outcome)
        os.kill(os.getpid(), signal.SIGKILL)

    patch.setattr(KeptFits, "keep", keep)


if __name__ == "__main__":
    first, _, end = os.environ[FIRST].partition(" ")
    with pytest.MonkeyPatch.context() as patch:
        if os.environ["RANK"] == first:
            be_first(patch)
        else:
            let_the_other_be_first(patch)
        if os.environ["RANK"] == first and end:
            be_killed(patch)
        know_tiny_recipes(patch)
        patch.setattr(intervals, "RESAMPLES", 50)  # what is tested holds with any number of them
        patch.setattr("model.evaluation.report.report_as_page", lambda *_: "white")  # drawing takes seconds
        main()
    sys.exit(0)
