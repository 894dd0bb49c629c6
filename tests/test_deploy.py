"""The unit files for systemd: its own verifier finds nothing, and what they start is there."""

import shlex
import subprocess
import sys
from pathlib import Path

import pytest

UNITS = Path(__file__).parents[1] / "deploy" / "systemd"
INSTALLED = "/opt/duchenne/.venv/bin/duchenne"
HERE = Path(sys.executable).with_name("duchenne")
#: systemd's own measure of what a service could do if it were taken over, 0 to 100; most services have more than 90.
MOST_EXPOSED = 20


@pytest.fixture
def units(tmp_path: Path) -> list[Path]:
    """With the program where it is on this machine: the verifier looks for it."""
    copies = []
    for unit in sorted(UNITS.iterdir()):
        copies.append(tmp_path / unit.name)
        copies[-1].write_text(unit.read_text().replace(INSTALLED, str(HERE)))
    return copies


def asked(*words: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["systemd-analyze", *words], capture_output=True, text=True, check=False)


def test_systemd_finds_no_fault(units: list[Path]) -> None:
    assert [unit.suffix for unit in units] == [".service", ".timer", ".service"]
    found = asked("verify", "--man=no", *units)
    assert (found.returncode, found.stdout, found.stderr) == (0, "", "")


def test_the_verifier_would_tell_a_misspelt_setting(units: list[Path]) -> None:
    units[0].write_text(units[0].read_text().replace("NoNewPrivileges", "NoNewPrivilege"))
    assert "NoNewPrivilege" in asked("verify", "--man=no", units[0]).stderr


def test_services_may_do_little_else_than_their_work(units: list[Path]) -> None:
    for service in (unit for unit in units if unit.suffix == ".service"):
        found = asked("security", "--offline=true", f"--threshold={MOST_EXPOSED}", "--no-pager", service)
        assert found.returncode == 0, found.stdout[-300:]


def test_what_is_started_are_commands_of_ours(units: list[Path]) -> None:
    started = [
        line.split("=", 1)[1] for unit in units for line in unit.read_text().splitlines() if line[:9] == "ExecStart"
    ]
    assert len(started) == 3
    for command in started:
        program, *words = [word for word in shlex.split(command) if not word.startswith("$")]
        told = subprocess.run([program, *words, "--help"], capture_output=True, text=True, check=False)
        assert told.returncode == 0, told.stderr
