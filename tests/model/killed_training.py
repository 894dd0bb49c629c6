"""A training in a process of its own that tells of each fit that lies on the disk, so that a test can kill it then."""

import sys
from pathlib import Path

import pytest

from model.training.jobs import Job, Outcome
from model.training.kept_fits import KeptFits
from tests.model.conftest import Lab, know_tiny_recipes
from tests.model.test_training import run


def main(root: Path, snapshot: str) -> None:
    really_keep = KeptFits.keep

    def keep(kept: KeptFits, job: Job, outcome: Outcome) -> None:
        really_keep(kept, job, outcome)
        print("kept", flush=True)
        sys.stdin.read()  # until the end comes

    with pytest.MonkeyPatch.context() as patch:
        know_tiny_recipes(patch)
        patch.setattr(KeptFits, "keep", keep)
        lab = Lab(root)
        run(lab, root / "snapshots" / snapshot, workers=2)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
