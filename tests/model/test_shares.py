"""Several processes train one run: under torchrun, and as jobs of a cluster. What they make is what one makes."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
import torch
from torch.distributed import HashStore

from duchenne.shares import Launched, LaunchError, launched
from model.benchmark.run import BenchmarkResult, benchmark
from model.errors import DeviceError, ProcessLostError, SharingError
from model.evaluation import intervals
from model.features import faces
from model.features.store import FeatureStore
from model.progress import quiet
from model.training import cluster, device
from model.training import sharing as sharing_module
from model.training.cluster import Cluster, JobSize
from model.training.device import device_of_process
from model.training.kept_fits import KEPT_DAYS, prune_fits
from model.training.planned import Asked, Planned, planned
from model.training.ranks import LOST_S, MEET_S, Ranks
from model.training.run_record import RunRecord
from model.training.share import gathered, join, serve, train_share
from model.training.sharing import Sharing
from model.training.torchrun import Together, lend_a_hand
from model.training.train import RunResult, train
from model.training.trainer import Trainer
from tests.model.conftest import UTC, Lab, MiddleOfTheFrame, know_tiny_recipes, tiny_face_only, tiny_recipe
from tests.model.shared_training import FIRST, TAKEN
from tests.model.test_training import media_of

ROOT = Path(__file__).parents[2]
CPU = torch.device("cpu")
SHARE = (sys.executable, "-m", "duchenne", "train-share")


@pytest.fixture(autouse=True, scope="module")
def _quick() -> Iterator[None]:
    """What is tested here holds with any number of resamples, and drawing takes seconds."""
    with pytest.MonkeyPatch.context() as patch:
        know_tiny_recipes(patch)
        patch.setattr(intervals, "RESAMPLES", 50)
        for report in ("model.evaluation.report", "model.benchmark.report"):
            patch.setattr(f"{report}.report_as_page", lambda *_: "white")
        yield


@dataclass(frozen=True)
class Place:
    """A lab whose features are there, a snapshot of it, and the model that one process made of one fold of it."""

    lab: Lab
    snapshot: Path
    alone: RunResult

    def train(self, runs: Path, trainer: Trainer | None = None) -> RunResult:
        return train_fold(self.lab, self.snapshot, runs, trainer)

    def planned(self, features: Path | None = None) -> Planned:
        """Two fits; kept elsewhere than others keep them, where `features` names another folder."""
        asked = Asked(
            owner="train", snapshot=self.snapshot, features=self.lab.features, folds=1, seeds=(0,), device="cpu",
            recipes=(tiny_recipe(), tiny_face_only()), face_extractor=faces.EXTRACTOR, at_once=2,
        )  # fmt: skip
        run = planned(asked, FeatureStore(self.lab.features, faces.EXTRACTOR), CPU)
        elsewhere = planned(asked.model_copy(update={"features": features}), run.store, CPU) if features else run
        return replace(run, kept=elsewhere.kept)

    def nothing_is_left(self) -> bool:
        return not list(self.lab.features.glob("fits"))


def train_fold(lab: Lab, snapshot: Path, runs: Path, trainer: Trainer | None = None) -> RunResult:
    return train(
        snapshot, media_of(lab), lab.features, lab.root / "no-networks", runs, "tiny",
        created_utc=UTC, folds=1, workers=1, trainer=trainer,
    )  # fmt: skip


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory, _quick: None) -> Place:
    lab = Lab(tmp_path_factory.mktemp("lab"))
    snapshot = lab.snapshot()
    # Under the real extractor's name, so that the command line finds them ready.
    FeatureStore(lab.features, faces.EXTRACTOR, MiddleOfTheFrame).compute(snapshot, media_of(lab))
    return Place(lab, snapshot, train_fold(lab, snapshot, lab.root / "alone"))


def is_the_same_model(folder: Path, alone: RunResult) -> bool:
    """Bit for bit: losses, digests of the weights, and every figure of the report."""
    record = RunRecord.model_validate_json((folder / "run.json").read_bytes())
    figures, own = (json.loads((each / "report.json").read_text()) for each in (folder, alone.folder))
    figures["run"]["created_utc"] = UTC
    assert figures == own
    return record.model_copy(update={"created_utc": UTC}) == alone.record


# --- torchrun -------------------------------------------------------------------------------------------------------


def torchrun(place: Place, first: str) -> subprocess.CompletedProcess[str]:
    """Two processes on the loopback."""
    ours = {name: value for name, value in os.environ.items() if not name.startswith("DUCHENNE_")}
    command = [
        sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2",
        "-m", "tests.model.shared_training",
        "train", "--snapshot", place.snapshot.name, "--recipe", "tiny", "--folds", "1",
    ]  # fmt: skip
    settings = {"HOME": place.lab.root, "MODELS": place.lab.runs, "DEVICE": "cpu"}
    environment = {f"DUCHENNE_{name}": str(value) for name, value in settings.items()}
    with held_pipe(place.lab.root / "taken") as taken:
        return subprocess.run(
            command, cwd=ROOT, env={**ours, **environment, FIRST: first, TAKEN: str(taken)},
            capture_output=True, text=True, check=False,
        )  # fmt: skip


@contextmanager
def held_pipe(path: Path) -> Iterator[Path]:
    """A pipe with a name, in which words wait for their reader."""
    os.mkfifo(path)
    held = os.open(path, os.O_RDWR)
    yield path
    os.close(held)
    path.unlink()


def test_when_one_process_is_killed_all_end_and_the_same_command_makes_the_model_that_one_process_makes(
    place: Place,
) -> None:
    killed = torchrun(place, "1 killed")
    assert killed.returncode != 0
    errors = [line for line in killed.stderr.splitlines() if line.startswith("error: ")]
    assert len(errors) == 1, killed.stderr
    assert errors[0].endswith("What was finished is kept: the same command goes on with the rest.")
    assert killed.stdout == ""
    assert not place.lab.runs.exists()
    assert list(place.lab.features.glob("fits/*/train/*"))

    done = torchrun(place, "1")
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("\nmodel   m") == done.stdout.count("\nreport  ") == 1
    assert "2 networks had been finished by a run that was interrupted." in done.stderr
    (folder,) = place.lab.runs.iterdir()
    assert is_the_same_model(folder, place.alone)
    assert place.nothing_is_left()


def ranks(size: int = 2) -> tuple[list[Ranks], list[float]]:
    """Of one store and one clock, which stands until it is set."""
    store, now = HashStore(), [0.0]
    return [Ranks(store, rank, size, f"host{rank}", lambda: now[0]) for rank in range(size)], now


def test_a_process_that_gives_no_sign_of_life_is_lost() -> None:
    (leader, other), now = ranks()
    other.beat()
    leader.beat()
    now[0] = LOST_S
    leader.beat()
    other.beat()
    now[0] = 2 * LOST_S
    leader.beat()
    now[0] += LOST_S + 1
    with pytest.raises(ProcessLostError, match=r"process 1 on host1 gave no sign of life for 120 s.*same command"):
        leader.beat()


def test_a_process_that_never_came_is_waited_for_longer() -> None:
    (leader, _), now = ranks()
    leader.beat()
    now[0] = MEET_S
    leader.beat()
    now[0] += 1
    with pytest.raises(ProcessLostError, match="process 1 gave no sign of life for 600 s"):
        leader.beat()


def test_who_has_done_its_share_is_missed_by_nobody() -> None:
    (leader, finished, silent), now = ranks(3)
    for each in (finished, silent, leader):
        each.beat()
    finished.say("gone 1")
    now[0] = 2 * LOST_S
    with pytest.raises(ProcessLostError, match="process 2 on host2 gave no sign of life"):
        leader.beat()


def test_who_goes_leaves_no_thread_in_the_midst_of_a_word() -> None:
    """Python would take it out of there as the process ends, and abort."""
    before = set(threading.enumerate())
    for _ in range(20):
        with Ranks(HashStore(), 0, 1, "host"):
            pass
        assert set(threading.enumerate()) == before


def test_one_error_ends_all_and_is_told_once() -> None:
    (leader, other, third), _ = ranks(3)
    assert other.end("the disk is full.")
    for waiting in (leader, third):
        with pytest.raises(ProcessLostError, match=r"process 1 on host1: the disk is full\."):
            waiting.beat()
        assert not waiting.speaks()
    assert not third.end("mine too.")


def test_a_launcher_is_known_by_all_its_variables() -> None:
    told = {"RANK": "3", "LOCAL_RANK": "1", "WORLD_SIZE": "4", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": "1"}
    assert launched(told) == Launched(rank=3, local_rank=1, size=4)
    assert launched({}) is launched({**told, "WORLD_SIZE": "1"}) is None
    with pytest.raises(LaunchError, match="MASTER_PORT is not set"):
        launched({name: value for name, value in told.items() if name != "MASTER_PORT"})
    with pytest.raises(LaunchError, match="expected numbers"):
        launched({**told, "RANK": "first"})


def test_processes_of_a_machine_take_turns_on_its_gpus(monkeypatch: pytest.MonkeyPatch) -> None:
    assert device_of_process("cpu", 3) == CPU
    monkeypatch.setattr(device.torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(device.torch.cuda, "device_count", lambda: 2)
    assert [str(device_of_process("auto", rank)) for rank in range(3)] == ["cuda:0", "cuda:1", "cuda:0"]
    with pytest.raises(DeviceError, match="names one GPU, but several processes"):
        device_of_process("cuda:1", 0)


def in_one_process() -> tuple[Together, Ranks]:
    """The leader of one process, and another one that listens."""
    store = HashStore()
    return Together(Ranks(store, 0, 1, "host0"), 0), Ranks(store, 1, 2, "host1")


def test_a_benchmark_is_shared_out_too_and_whoever_comes_to_one_that_was_made_goes_home(place: Place) -> None:
    def compare(trainer: Trainer | None) -> BenchmarkResult:
        return benchmark(
            place.snapshot, media_of(place.lab), place.lab.features, place.lab.root / "no-networks",
            place.lab.root / "benchmarks", ["tiny"], created_utc=UTC, folds=1, workers=1, trainer=trainer,
        )  # fmt: skip

    shared = compare(in_one_process()[0])
    assert shared.record is not None
    assert place.nothing_is_left()
    shared.report.parent.rename(place.lab.root / "shared")
    alone = compare(None)
    assert alone.record is not None
    without_seconds = {"recipes": (), "created_utc": UTC}
    assert shared.record.model_copy(update=without_seconds) == alone.record.model_copy(update=without_seconds)
    (one,), (other,) = (record.recipes[0].fits for record in (shared.record, alone.record))
    assert one.weights_sha256 == other.weights_sha256

    leader, listener = in_one_process()
    assert compare(leader).evaluation is None
    leader.close()
    lend_a_hand(listener, 0)
    assert listener.said("gone 1")


# --- who takes what -------------------------------------------------------------------------------------------------


def nobody_tells(number: int, done: int) -> None:
    pass


def test_each_fit_is_taken_once_and_anew_only_by_whom_it_was_taken_before(place: Place, tmp_path: Path) -> None:
    sharing = Sharing.begin(place.planned(tmp_path))
    assert [sharing.take(3, by) for by in ("0", "1")] == [0, 1]
    sharing.tell_done(1, trained=True)
    assert [sharing.take(3, by) for by in ("1", "1", "2")] == [2, 2, None]
    assert sharing.take(3, "0") == 0  # restarted
    assert (sharing.done(), sharing.trained()) == ({1}, 1)


def test_what_another_run_has_kept_is_found_and_not_trained(place: Place, tmp_path: Path) -> None:
    run = place.planned(tmp_path)
    for trained in (2, 0):
        sharing = Sharing.begin(run)
        train_share(sharing, run, "0", nobody_tells)
        assert (sharing.done(), sharing.trained()) == ({0, 1}, trained)
        sharing.leave()
    outcomes = dict(gathered(run, run.kept))
    assert list(outcomes) == [0, 1]
    run.kept.let_go(run.jobs[:1])
    with pytest.raises(SharingError, match=r"is not there, though a process finished it \(tiny, fold 0, seed 0\)"):
        dict(gathered(run, run.kept))


def test_what_a_killed_leader_left_goes_after_a_while(place: Place, tmp_path: Path) -> None:
    sharing = Sharing.begin(place.planned(tmp_path))
    now_s, day_s = sharing.folder.stat().st_mtime, 86_400
    assert prune_fits(tmp_path, place.snapshot.parent, now_s + 2 * day_s) == 0
    assert sharing.folder.is_dir()
    assert prune_fits(tmp_path, place.snapshot.parent, now_s + (KEPT_DAYS + 1) * day_s) == 0  # it was no fit
    assert not list(tmp_path.glob("fits/*"))


def test_machines_that_round_otherwise_do_not_train_one_model(
    place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = place.planned(tmp_path)
    sharing = Sharing.begin(run)
    sharing.hold_to(run, "0", CPU)
    sharing.hold_to(run, "1", CPU)
    with pytest.raises(SharingError, match="does not see the snapshot and features that process 0 sees"):
        sharing.hold_to(replace(run, jobs=run.jobs[:1]), "1", CPU)
    own = sharing_module.arithmetic_of(CPU)
    monkeypatch.setattr(sharing_module, "arithmetic_of", lambda device: replace(own, instructions="MMX"))
    with pytest.raises(SharingError, match=r"process 1 trains on cpu with torch .*MMX\), process 0 on cpu.*one kind"):
        sharing.hold_to(run, "1", CPU)


def test_a_disk_that_is_not_shared_is_told(place: Place, tmp_path: Path) -> None:
    with pytest.raises(SharingError, match="on a disk that all of them see"):
        join(tmp_path / "elsewhere", "1")


# --- a cluster ------------------------------------------------------------------------------------------------------


def local(jobs: int, command: Sequence[str] = SHARE) -> Cluster:
    return Cluster(jobs, JobSize(), command, kind="local")


#: A simulated Slurm: runs the tasks of an array as processes of this machine.
SLURM = {
    "sbatch": """
        cp "$1" "$HERE/submitted"
        last=$(sed -n 's/^#SBATCH --array=0-\\([0-9]*\\)%.*/\\1/p' "$1")
        for task in $(seq 0 "$last"); do
            SLURM_JOB_ID=$((101 + task)) SLURM_ARRAY_JOB_ID=100 SLURM_ARRAY_TASK_ID=$task SLURM_PROCID=0 \\
            SLURM_LOCALID=0 SLURM_NODEID=0 SLURM_NTASKS=1 SLURM_JOB_NUM_NODES=1 SLURM_JOB_NODELIST=here \\
            bash "$HERE/submitted" >> "$HERE/log" 2>&1 &
        done
        echo Submitted batch job 100""",
    "srun": """
        while [ "${1#--}" != "$1" ]; do
            case $1 in --output|--error) shift 2 ;; *) shift ;; esac
        done
        exec "$@" """,
    "sacct": "echo 'JobID|State|NodeList'",
    "scancel": "exit 0",
}


@pytest.fixture
def slurm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder in which the simulated Slurm keeps what it was given."""
    for name, does in SLURM.items():
        (tmp_path / name).write_text(f"#!/bin/bash\nHERE={tmp_path}\n{does}\n")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    return tmp_path


def test_two_jobs_of_a_cluster_make_the_model_that_one_process_makes(place: Place, slurm: Path) -> None:
    size = JobSize(partition="night", account="smiles", cpus=3, memory_gib=8, hours=1.5)
    result = place.train(place.lab.root / "cluster", Cluster(2, size, SHARE))
    assert is_the_same_model(result.folder, place.alone)
    assert (result.networks, result.recalled) == (2, 0)
    assert place.nothing_is_left()
    asked_for = set((slurm / "submitted").read_text().splitlines())
    told = {"partition": "night", "account": "smiles", "cpus-per-task": 3, "mem": "8GB", "time": 90, "array": "0-1%2"}
    assert {f"#SBATCH --{name}={value}" for name, value in told.items()} < asked_for
    assert not [line for line in asked_for if "gpus" in line]


def test_a_job_that_dies_is_told_with_its_last_words(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "_POLL_S", 0.05)
    dying = (sys.executable, "-c", "import sys; sys.exit('Killed: out of memory')")
    with pytest.raises(SharingError, match=r"Job \d+ of the cluster ended in state .*out of memory.*slurm_hours"):
        place.train(place.lab.root / "dead", local(1, dying))
    assert not (place.lab.root / "dead").exists()
    assert not list(place.lab.features.glob("fits/*/train/.sharing-*"))


def test_what_a_job_could_not_do_is_told_to_whoever_waits(place: Place, tmp_path: Path) -> None:
    run = place.planned(tmp_path)
    sharing = Sharing.begin(replace(run, asked=run.asked.model_copy(update={"device": "cuda"})))
    with pytest.raises(DeviceError):
        serve(sharing.folder, "0")
    assert "cpu always works" in sharing.ended()["0"]
    sharing.leave()
    with pytest.raises(SharingError):
        serve(sharing.folder, "0")


def test_without_a_cluster_there_are_no_jobs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("model.training.cluster.shutil.which", lambda name: None)
    with pytest.raises(SharingError, match="sbatch and srun: no such command here"):
        Cluster(2, JobSize(), SHARE).placed("auto")
    with pytest.raises(DeviceError, match="slurm_gpus, which is 0"):
        local(2).placed("cuda")
    gpus = Cluster(2, JobSize(gpus=1), SHARE, kind="local")
    assert [gpus.placed(name).told for name in ("auto", "cuda", "cpu")] == ["cuda", "cuda", "cpu"]
    assert local(2).placed("auto").told == "cpu"


def test_a_cluster_that_takes_no_jobs_says_why(place: Place, slurm: Path, tmp_path: Path) -> None:
    (slurm / "sbatch").write_text("#!/bin/sh\necho 'sbatch: error: invalid partition specified: night' >&2; exit 1\n")
    with pytest.raises(SharingError, match=r"did not take the jobs: .*invalid partition specified: night.*slurm_"):
        Cluster(2, JobSize(partition="night"), SHARE).train(place.planned(tmp_path), quiet)
