"""Where runs of MLflow are kept: at a server, or in an SQLite file of this machine; and how such a place is told."""

import re
from pathlib import Path
from urllib.parse import urlsplit

from model.errors import TrackingError

_SQLITE = "sqlite:///"
_SERVERS = ("http://", "https://")
_PASSWORD = re.compile(r"(?<=://)[^/?#@]*:[^/?#]*@")


def refuse_what_is_no_store(uri: str) -> None:
    """Raises TrackingError for all but a server's address and an SQLite file's.

    Other databases do not say where files are to lie: MLflow would put the weights where the command is called.
    """
    file = uri.removeprefix(_SQLITE)
    # SQLite keeps what has no file in memory; what comes after a question mark is no part of a file's name.
    is_file = uri.startswith(_SQLITE) and file not in ("", ":memory:") and "?" not in file
    if not is_file and not _is_server(uri):
        raise TrackingError(
            f"{without_password(uri)}: expected an MLflow server, http://… or https://…, as in "
            "https://mlflow.example.org, or an SQLite file, sqlite:///FILE, as in sqlite:///mlflow.db. For runs in "
            "another database name the MLflow server that keeps them there."
        )


def _is_server(uri: str) -> bool:
    try:
        return uri.startswith(_SERVERS) and bool(urlsplit(uri).hostname)
    except ValueError:  # brackets that do not close
        return False


def file_of(uri: str) -> Path | None:
    """The SQLite file; None for a server."""
    return Path(uri.removeprefix(_SQLITE)).absolute() if uri.startswith(_SQLITE) else None


def without_password(uri: str) -> str:
    """Nor who it is of."""
    return _PASSWORD.sub("…@", uri)


def told_run(uri: str, experiment: str, run: str) -> str:
    """Where a person or a program finds a run."""
    shown = without_password(uri).rstrip("/")
    return f"{shown}/#/experiments/{experiment}/runs/{run}" if shown.startswith(_SERVERS) else f"{shown}, run {run}"
