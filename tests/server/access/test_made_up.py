"""A few hundred requests made up from the API document, the same ones every time; `make bench` sends thousands."""

from pathlib import Path

import pytest

from server.app import create_app
from server.config import ServerConfig
from tests.server.access.made_up import NOBODY, Visitor, read_document, send_made_up, visited_house

SEED = 20260701


OTHERS = ("researcher", "researcher by token", "experimenter", "adjudicator", "rater", NOBODY)


def as_admin(_number: int, visitor: Visitor) -> int:
    return 1 if visitor.name == "admin" else 0


def in_turn(number: int, visitor: Visitor) -> int:
    """One of the others for each operation."""
    return 1 if visitor.name == OTHERS[number % len(OTHERS)] else 0


@pytest.mark.filterwarnings("ignore::Warning")  # of the library's own, about what it cannot make up
def test_made_up_requests_break_nothing_and_open_nothing(server_config: ServerConfig, tmp_path: Path) -> None:
    app = create_app(server_config)
    schema = read_document(app.openapi())
    app.state.database.close()
    with visited_house(server_config, tmp_path) as (url, visitors):
        how_many = as_admin if server_config.database_url.startswith("postgresql") else in_turn
        outcome = send_made_up(schema, url, visitors, how_many, SEED)
    assert outcome.wrong == []
    assert outcome.sent > 100
    assert len(outcome.statuses) > 3  # they reach what lies behind the login, too
