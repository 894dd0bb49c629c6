from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from server.taking_in import taking_into
from server.uploads.arriving import Arrivals
from server.uploads.checking import Checking
from tests.server.uploads.sending import RawSender


@pytest.fixture
def sender(client_of: Callable[[str], TestClient]) -> RawSender:
    """An experimenter's."""
    return RawSender(client_of("experimenter"))


@pytest.fixture
def arrivals(app: FastAPI) -> Arrivals:
    return Arrivals(app.state.database, app.state.config.uploads, app.state.config.upload_limits)


@pytest.fixture
def check(app: FastAPI, arrivals: Arrivals) -> Callable[[], int]:
    """Check whatever waits, now, as the server's thread does it."""
    return Checking(arrivals, taking_into(app.state.database, app.state.media), now=lambda: datetime.now(UTC)).run
