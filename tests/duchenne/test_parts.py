"""Parts are installed apart: a command of a part that was left out says which one to install."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from duchenne.extras import EXTRAS

ROOT = Path(__file__).parents[2]
WITHOUT = """
import sys

blocked, sys.argv = sys.argv[1], ["duchenne", *sys.argv[2:]]

class Blocker:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] == blocked:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Blocker())
from duchenne.__main__ import main
main()
"""


@pytest.mark.parametrize(
    ("module", "command", "extra"),
    [
        ("torch", ("train", "--snapshot", "s1"), "model"),
        ("sqlalchemy", ("db", "check"), "server"),
        ("httpx2", ("demo",), "simulate"),
    ],
)
def test_the_part_to_install_is_named(tmp_path: Path, module: str, command: tuple[str, ...], extra: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT, module, *command], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert f"extra [{extra}]" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_every_part_that_is_named_can_be_installed() -> None:
    parts = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    assert {name for said in EXTRAS.values() for name in re.findall(r"\w+", said)} - {"or"} <= set(parts)
