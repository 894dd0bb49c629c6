"""A replay in a process of its own that tells of each fit that lies on the disk, so that a test can kill it then."""

import sys
from pathlib import Path

import pytest

from model.training.jobs import Job, Outcome
from model.training.kept_fits import KeptFits
from tests.model.conftest import Lab
from tests.model.test_replay import know_quick_recipe, walk_again


def main(root: Path, snapshot: str, spared: int) -> None:
    """Stops for ever after fit number `spared` + 1."""
    really_keep, kept_so_far = KeptFits.keep, []

    def keep(kept: KeptFits, job: Job, outcome: Outcome) -> None:
        really_keep(kept, job, outcome)
        kept_so_far.append(job)
        if len(kept_so_far) > spared:
            print("kept", flush=True)
            sys.stdin.read()  # until the end comes

    with pytest.MonkeyPatch.context() as patch:
        know_quick_recipe(patch)
        patch.setattr(KeptFits, "keep", keep)
        walk_again(Lab(root), root / "snapshots" / snapshot)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
