"""Whoever withdraws is in no feature file any more, and a model trained afterwards says that they are missing."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from annotate.arriving import arriving_name
from annotate.snapshot.redacting import redact_snapshot
from model.errors import FeaturesNotKeptError
from model.features.pruning import prune_features, prune_features_unless_in_use
from model.recipe import Recipe
from tests.model.conftest import Lab
from tests.model.test_training import media_of, run

ROOT = Path(__file__).parents[2]


def test_features_of_trials_that_no_snapshot_has_go_and_the_others_stay(lab: Lab) -> None:
    store, snapshot = lab.store(), lab.snapshot()
    store.compute(snapshot, media_of(lab))
    assert prune_features(lab.features, snapshot.parent, lab.extractor.name) == 0
    redact_snapshot(snapshot, ["S01"], "2030-01-02T00:00:00Z")
    assert prune_features(lab.features, snapshot.parent, lab.extractor.name) == 6  # faces, eyes and maps of two
    again = store.compute(snapshot, media_of(lab))
    assert (again.computed, again.ready) == (0, 6)
    assert prune_features(lab.root / "nowhere", snapshot.parent) == 0


def test_features_of_an_older_extractor_go_too(lab: Lab) -> None:
    snapshot = lab.snapshot()
    lab.store().compute(snapshot, media_of(lab))
    assert prune_features(lab.features, snapshot.parent, "middle-2") == 8


def test_training_on_a_redacted_snapshot_is_allowed_and_says_so(lab: Lab, tiny: Recipe) -> None:
    lab.participants, lab.folds = 6, 3
    snapshot = lab.snapshot()
    before = run(lab, snapshot, folds=1)
    redact_snapshot(snapshot, ["S03"], "2030-01-02T00:00:00Z")
    after = run(lab, snapshot, folds=1)
    assert not [text for text in before.warnings if "redacted" in text]
    (told,) = [text for text in after.warnings if "redacted" in text]
    assert "2 trials of participants who have withdrawn are not in it any more" in told
    assert told in after.report.read_text()
    assert after.model != before.model
    assert after.record.snapshot == before.record.snapshot
    assert after.record.snapshot_sha256 != before.record.snapshot_sha256


def test_features_of_an_older_version_stay_while_a_process_uses_them_and_go_then(lab: Lab) -> None:
    """Which may be of that version: another night, started before the program was replaced."""
    snapshot = lab.snapshot()
    lab.store().compute(snapshot, media_of(lab))
    code = (
        "import sys; from pathlib import Path; from model.features.pruning import using_features\n"
        "with using_features(Path(sys.argv[1])): print('using', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(lab.features)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT,
    ) as user:  # fmt: skip
        assert user.stdout is not None
        assert user.stdout.readline() == "using\n"
        assert prune_features_unless_in_use(lab.features, snapshot.parent, "middle-2") is None
        assert lab.store().compute(snapshot, media_of(lab)).computed == 0
        os.kill(user.pid, signal.SIGKILL)
    assert prune_features_unless_in_use(lab.features, snapshot.parent, "middle-2") == 8
    assert prune_features_unless_in_use(lab.root / "nowhere", snapshot.parent) == 0


def test_eyes_that_a_killed_process_had_begun_go_too(lab: Lab) -> None:
    snapshot = lab.snapshot()
    lab.store().compute(snapshot, media_of(lab))
    eyes = next(lab.features.glob("eyes/*/*.npz"))
    arriving_name(eyes).write_bytes(b"half")
    assert prune_features(lab.features, snapshot.parent, lab.extractor.name) == 0
    assert list(eyes.parent.iterdir()) == [eyes]


def test_a_disk_too_full_to_copy_the_faces_that_stay_loses_none(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    snapshot = lab.snapshot()
    lab.store().compute(snapshot, media_of(lab))
    redact_snapshot(snapshot, ["S01"], "2030-01-02T00:00:00Z")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("model.features.face_map._copy", full)
        with pytest.raises(FeaturesNotKeptError, match=r"could not be let go of \(No space left on device\)"):
            prune_features(lab.features, snapshot.parent, lab.extractor.name)
    assert not list(lab.features.glob("faces/*.partial"))
    assert len(lab.store().faces().index) == 8
    assert prune_features(lab.features, snapshot.parent, lab.extractor.name) == 2
