"""Writes the golden snapshot and prediction file of version 1 anew. Run only when a version is added:

python -m tests.golden.make_snapshot_and_predictions
"""

from pathlib import Path

from annotate.prediction.file import write_predictions
from annotate.prediction.format import Prediction, PredictionHeader
from annotate.scales import Instrument
from annotate.snapshot.format import FoldPlan, LabelPolicy, SnapshotFilters
from annotate.snapshot.store import write_snapshot
from tests.annotate.rows import CREATED_UTC, example_tables, trial_id

GOLDEN = Path(__file__).parent


def main() -> None:
    header = write_snapshot(
        GOLDEN / "snapshot-v1",
        example_tables(),
        policy=LabelPolicy(),
        filters=SnapshotFilters(origins=("simulated",)),
        folds=FoldPlan(k=2, seed=7),
        software={"duchenne": "0.1.0"},
        created_utc=CREATED_UTC,
    )
    write_predictions(
        GOLDEN / "predictions-v1.jsonl",
        PredictionHeader(
            model="m0123456789abcdef",
            snapshot=header.id,
            trained_on=header.id,
            recipe="emert_demo",
            simulated=True,
            created_utc=CREATED_UTC,
        ),
        [
            Prediction(
                trial=trial_id(3),
                instrument=instrument,
                seven=(0.1, 0.5, 0.1, 0.1, 0.1, 0.05, 0.05),
                three=(0.2, 0.7, 0.1),
                valence=-0.4,
                arousal=0.1,
                intensity=1.2 if instrument is Instrument.FER else None,
                uncertainty=0.8,
                held_out=True,
            )
            for instrument in Instrument
        ],
    )


if __name__ == "__main__":
    main()
