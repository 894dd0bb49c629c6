"""Whoever withdraws is in no feature file any more, and a model trained afterwards says that they are missing."""

from annotate.snapshot.redacting import redact_snapshot
from model.features.pruning import prune_features
from model.recipe import Recipe
from tests.model.conftest import Lab
from tests.model.test_training import media_of, run


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
