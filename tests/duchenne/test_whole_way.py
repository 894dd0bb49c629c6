"""The whole way through the command line, small: recorded, rated over HTTP, frozen, trained, predicted, re-ordered."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import yaml

from annotate.prediction.file import read_predictions
from annotate.snapshot.store import read_header, read_table
from duchenne import stages
from duchenne.demo.planted import PlantedTruth
from duchenne.demo.scripted_raters import RaterLogin, rate_together
from duchenne.settings import Values
from server.db.revisions import open_database
from server.predictions.queue import queue_head
from server.serve import running_server
from tests.duchenne.command_line import CommandLine

PARTICIPANTS = ("P001", "P002", "P003")
CLIPS = 2


@contextmanager
def served(duchenne: CommandLine) -> Iterator[tuple[str, Values]]:
    values = Values(home=duchenne.home).below_home()
    with running_server(stages.server_config(values)) as url:
        yield url, values


def record(duchenne: CommandLine, folder: Path) -> list[Path]:
    """A session of two short clips with each participant."""
    study = Path(duchenne.done("stimuli", "demo", folder / "stimuli").strip())
    plan = yaml.safe_load(study.read_text())
    clips = yaml.safe_load((folder / "stimuli" / "manifest.yaml").read_text())["clips"]
    shortest = sorted(clips, key=lambda clip: clip["duration_s"])[:CLIPS]
    study.write_text(yaml.safe_dump(plan | {"clips": [clip["id"] for clip in shortest]}))
    for name in PARTICIPANTS:
        duchenne.done(
            "collect", "run", study, "--participant", name, "--simulate", "--fast", "--destination", folder / "bundles"
        )
    return sorted((folder / "bundles").iterdir())


def password_of(said: str) -> str:
    return next(line.split()[1] for line in said.splitlines() if line.startswith("password"))


@pytest.mark.usefixtures("face_networks")
def test_from_clips_to_the_next_task(duchenne: CommandLine, tmp_path: Path) -> None:
    bundles = record(duchenne, tmp_path)
    assert "sealed" in duchenne.done("collect", "verify", bundles[0])
    duchenne.done("db", "upgrade")
    duchenne.done("ingest", *bundles)
    assert "already ingested" in duchenne.done("ingest", bundles[0])
    logins = [
        RaterLogin(name, password_of(duchenne.done("users", "add", name, "--role", "rater"))) for name in ("ada", "ben")
    ]

    with served(duchenne) as (url, values), PlantedTruth(values.database_url, bundles) as truth:
        given = rate_together(url, logins, truth.of_claim, {"FER": 8, "ER": 8}, 1, lambda _done, _total: None)
        assert given == 16

    assert "--include simulated" in duchenne.refused("snapshot", "create")
    first = duchenne.done("snapshot", "create", "--include", "simulated", "--folds", "3").strip()
    assert duchenne.done("snapshot", "create", "--include", "simulated", "--folds", "3").strip() == first
    assert "as they were written" in duchenne.done("snapshot", "verify", first)
    assert first in duchenne.done("snapshot", "list")
    header = read_header(values.snapshots / first)
    assert header.rows["trials"] == len(PARTICIPANTS) * CLIPS
    assert header.rows["votes"] == 16
    assert {row["origin"] for row in read_table(values.snapshots / first, "trials")} == {"simulated"}

    said = duchenne.done("train", "--snapshot", first, "--folds", "1")
    model = next(line.split()[1] for line in said.splitlines() if line.startswith("model"))
    alone = ("--recipe", "eyes_only_small", "--folds", "1")
    said = duchenne.done("benchmark", "--snapshot", first, *alone)
    report = Path(next(line.split()[1] for line in said.splitlines() if line.startswith("report")))
    assert "1 recipe on people they never saw" in report.read_text()
    assert "'emrt': there is none" in duchenne.refused("benchmark", "--snapshot", first, "--recipe", "emrt")

    said = duchenne.done("predict", "--model", model, "--snapshot", first)
    assert "Rated next" in said
    prediction_header, predictions = read_predictions(Path(said.splitlines()[0]))
    assert prediction_header.simulated
    assert len(predictions) == 2 * header.rows["trials"]

    database = open_database(values.database_url)
    order = queue_head(database, 100)
    database.close()
    assert [row.priority for row in order] == sorted((row.priority for row in order), reverse=True)
    assert all(row.reason.startswith("model ") for row in order)  # sure or unsure: the model has spoken of each

    duchenne.done("nightly", "--include", "simulated", "--folds", "3")
    (page,) = values.reports.iterdir()
    assert "SIMULATED" in page.read_text()
    assert first in page.read_text()


def test_only_one_night_shift_at_a_time(duchenne: CommandLine) -> None:
    from duchenne.night.lease import lease

    duchenne.done("db", "upgrade")
    with lease(duchenne.home / "nightly.lease", "2026-01-05T03:00:00Z"):
        error = duchenne.refused("nightly")
    assert "another night shift is at work" in error
    assert "2026-01-05T03:00:00Z" in error
    assert "no valid trial" in duchenne.refused("nightly")  # the lease is free again, and nothing is there to train on
