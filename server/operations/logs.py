"""What the server writes to standard error: lines for people (text) or for programs (json), without personal data.

A request is logged by its route's template, never by its path: paths hold participants, trials and media ids. Of an
error stand the kind, the places in the code and its words, with everything masked that may be a name, a token or a
digest.
"""

import json
import logging
import re
import sys
import traceback
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from types import TracebackType
from typing import Any, TextIO

from server.operations.request_id import current_request

#: One line a request is written here, at INFO.
REQUESTS = "duchenne.requests"
_ROOT = Path(__file__).resolve().parents[2]
#: Quoted words, digests and random ids (also cut short), and whatever stands behind a '?' of an address.
_PERSONAL = re.compile(r"'[^'\n]*'|\"[^\"\n]*\"|\b(?=[a-f]*\d)[0-9a-f]{8,}\b|[\w-]{24,}|\?\S+")
_Exception = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]


class Style(StrEnum):
    """For whom the lines are."""

    TEXT = "text"
    JSON = "json"


def mask(text: str) -> str:
    """The text with everything taken out that may stand for a person."""
    return _PERSONAL.sub("…", text)


def configure_logs(style: str, stream: TextIO | None = None) -> None:
    """Send everything that this process logs to `stream` (standard error), in one style.

    text tells what went wrong, for whoever looks at the terminal; json adds one line a request.
    """
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(_JsonLines() if Style(style) is Style.JSON else _TextLines())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger(REQUESTS).setLevel(logging.INFO if Style(style) is Style.JSON else logging.ERROR)


class _JsonLines(logging.Formatter):
    """One JSON object a line: time, level, request_id, and either a request's facts or a masked message."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {"time": _time(record), "level": record.levelname.lower()}
        if number := current_request():
            line["request_id"] = number
        facts = getattr(record, "facts", None)
        if isinstance(facts, dict):
            line |= {"event": "request", **facts}
        else:
            line |= {"event": "log", "logger": record.name, "message": mask(record.getMessage())}
        if record.exc_info:
            line["error"] = _error(record.exc_info)
        return json.dumps(line, ensure_ascii=False)


class _TextLines(logging.Formatter):
    """Time, level, message; below it where an error came from."""

    def format(self, record: logging.LogRecord) -> str:
        facts = getattr(record, "facts", None)
        said = (
            "{method} {route} {status}, {ms} ms".format(**facts)
            if isinstance(facts, dict)
            else mask(record.getMessage())
        )
        number = current_request()
        text = f"{_time(record)} {record.levelname.lower()}: {said}{f' (request {number})' if number else ''}"
        if record.exc_info:
            error = _error(record.exc_info)
            text += "".join(f"\n    {place}" for place in error["at"]) + f"\n    {error['kind']}: {error['message']}"
        return text


def _time(record: logging.LogRecord) -> str:
    return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _error(exc_info: _Exception) -> dict[str, Any]:
    kind, error, trace = exc_info
    frames = traceback.extract_tb(trace)
    at = [f"{_short(frame.filename)}:{frame.lineno} {frame.name}" for frame in frames]
    # Of a database's error the first line only: what follows are the statement and its values.
    first_line = (str(error).splitlines() or [""])[0]
    return {"kind": kind.__name__ if kind else "", "message": mask(first_line), "at": at[-30:]}


def _short(filename: str) -> str:
    path = Path(filename)
    if path.is_relative_to(_ROOT) and "site-packages" not in path.parts:
        return str(path.relative_to(_ROOT))
    return "/".join(path.parts[-3:])
