"""The command line as a user has it: a process of its own, its own home, nothing but what it prints."""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Said:
    """What one command printed, and its exit status."""

    status: int
    out: str
    err: str


class CommandLine:
    def __init__(self, home: Path) -> None:
        self.home = home
        ours = {name: value for name, value in os.environ.items() if not name.startswith("DUCHENNE_")}
        self.environment = ours | {
            "DUCHENNE_HOME": str(home),
            "COLUMNS": "200",
            "NO_COLOR": "1",
            "XDG_CONFIG_HOME": str(home / "no-config"),
        }

    def __call__(self, *words: object) -> Said:
        done = subprocess.run(
            [sys.executable, "-m", "duchenne", *map(str, words)],
            cwd=self.home.parent,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
            stdin=subprocess.DEVNULL,
        )
        return Said(done.returncode, done.stdout, done.stderr)

    def done(self, *words: object) -> str:
        """Standard output of a command that must succeed and say what to do next."""
        said = self(*words)
        assert said.status == 0, said.err
        assert "Traceback" not in said.err
        return said.out

    def refused(self, *words: object) -> str:
        """The one error of a command that must fail in words."""
        said = self(*words)
        assert said.status != 0, said.out
        assert "Traceback" not in said.err, said.err
        errors = [line for line in said.err.splitlines() if line.startswith("error: ")]
        assert len(errors) == 1, said.err
        return errors[0]
