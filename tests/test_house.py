"""The house itself: who may import what, how light the front door is, and what the repository says of itself."""

import subprocess
import sys
from pathlib import Path
from typing import get_args

import click
import pytest

from duchenne.cli import COMMANDS, duchenne

ROOT = Path(__file__).parents[1]
ROOMS = ("duchenne", "collect", "annotate", "server", "model", "migrations")

#: Modules that one must be able to do without: an experimenter has no torch, a rater's server no PsychoPy.
BLOCKED = {
    "annotate": {
        "psychopy", "pylink", "cv2", "av", "torch", "sqlalchemy", "fastapi", "skimage", "matplotlib", "obstore"
    },
    "collect": {"psychopy", "pylink", "torch", "sqlalchemy", "fastapi", "pyarrow", "matplotlib", "skimage", "httpx2"},
    "server": {"psychopy", "pylink", "cv2", "torch", "skimage", "matplotlib", "httpx2", "PIL"},
    "model": {"psychopy", "pylink", "sqlalchemy", "fastapi", "skimage", "httpx2", "submitit", "mlflow"},
    "duchenne.commands": {
        "psychopy", "pylink", "cv2", "av", "torch", "sqlalchemy", "fastapi", "pyarrow", "numpy", "skimage", "matplotlib"
    },
}  # fmt: skip

IMPORT_ALL_BUT = """
import importlib, pkgutil, sys
room, blocked = sys.argv[1], set(sys.argv[2].split(","))

class Blocker:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in blocked:
            raise ModuleNotFoundError(f"{name} is not for {room}")

sys.meta_path.insert(0, Blocker())
package = importlib.import_module(room)
for module in pkgutil.walk_packages(package.__path__, room + "."):
    if not module.name.endswith("__main__"):
        importlib.import_module(module.name)
"""


def run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, *command], cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("room", BLOCKED)
def test_every_file_of_a_room_imports_without_the_heavy_modules_of_others(room: str) -> None:
    done = run("-c", IMPORT_ALL_BUT, room, ",".join(BLOCKED[room]))
    assert done.returncode == 0, done.stderr


def commands(group: click.Command, path: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    found = [path]
    if isinstance(group, click.Group):
        context = click.Context(group)
        for name in group.list_commands(context):
            command = group.get_command(context, name)
            assert command is not None
            found += commands(command, (*path, name))
    return found


def test_help_of_every_level_imports_nothing_heavy() -> None:
    code = """
import sys
from click.testing import CliRunner
from duchenne.cli import duchenne
for line in sys.argv[1].split("|"):
    result = CliRunner().invoke(duchenne, [*line.split(), "--help"])
    assert result.exit_code == 0, (line, result.output)
    assert result.output.startswith("Usage:"), line
heavy = {"torch", "psychopy", "sqlalchemy", "fastapi", "cv2", "av", "numpy", "pyarrow", "pydantic", "rich"}
print(sorted(heavy & set(sys.modules)))
"""
    done = run("-c", code, "|".join(" ".join(path) for path in commands(duchenne)))
    assert done.stdout.strip() == "[]", done.stdout + done.stderr


def test_every_command_is_documented() -> None:
    text = (ROOT / "docs" / "commands.md").read_text()
    missing = [" ".join(path) for path in commands(duchenne) if path and f"duchenne {' '.join(path)}" not in text]
    assert missing == []
    assert set(COMMANDS) == {path[0] for path in commands(duchenne) if path}


def test_every_setting_is_documented() -> None:
    from duchenne.settings import Values

    text = (ROOT / "docs" / "settings.md").read_text()
    assert [name for name in Values.model_fields if f"`{name}`" not in text] == []


def test_packages_have_empty_faces() -> None:
    faces = [path for room in ROOMS for path in (ROOT / room).rglob("__init__.py")]
    assert len(faces) > len(ROOMS)
    assert [path for path in faces if path.read_text().strip()] == []


def test_words_that_two_rooms_write_down_are_the_same() -> None:
    """collect and annotate know nobody, and help imports no room, so a few lists stand twice."""
    from annotate import scales
    from annotate.snapshot import format as snapshot
    from collect.bundle import format as bundle
    from collect.simulation import participant
    from duchenne.commands import users
    from duchenne.commands.collect import import_
    from server.db.accounts import Role

    assert set(get_args(bundle.Emotion)) == set(scales.EMOTIONS) == set(participant.EMOTIONS)
    assert set(get_args(bundle.Polarity)) == set(scales.POLARITIES)
    assert set(get_args(bundle.Origin)) == set(get_args(snapshot.Origin))
    assert {str(emotion): str(polarity) for emotion, polarity in scales.USUAL_POLARITY.items()} == (
        participant.USUAL_POLARITY
    )
    assert set(import_.SCOPES) == set(get_args(bundle.ConsentScope))
    assert set(users.ROLES) == set(Role)
