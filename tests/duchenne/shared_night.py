"""`duchenne …` in one process of several, whose nights are quick. The file SHARED tells of each fit taken."""

import os
from pathlib import Path

import pytest

from duchenne.__main__ import main
from model.training.sharing import Sharing
from tests.duchenne.night_process import be_quick
from tests.model.conftest import MiddleOfTheFrame

SHARED = "shared"


def tell_who_takes(patch: pytest.MonkeyPatch) -> None:
    really_take = Sharing.take

    def take(sharing: Sharing, count: int, by: str) -> int | None:
        taken = really_take(sharing, count, by)
        if taken is not None:
            with (Path(os.environ["DUCHENNE_HOME"]) / SHARED).open("a") as file:
                file.write(f"{taken}\n")
        return taken

    patch.setattr(Sharing, "take", take)


if __name__ == "__main__":
    with pytest.MonkeyPatch.context() as patch:
        be_quick(patch, MiddleOfTheFrame)
        tell_who_takes(patch)
        main()
