from pathlib import Path

import pytest

from tests.duchenne.command_line import CommandLine


@pytest.fixture
def duchenne(tmp_path: Path) -> CommandLine:
    return CommandLine(tmp_path / "home")


@pytest.fixture(scope="session")
def face_networks() -> None:
    """The real face networks, fetched once into the virtual environment as `make setup` does it."""
    from duchenne.settings import Values
    from model.features.face_networks import ensure_face_networks

    ensure_face_networks(Values().networks)
