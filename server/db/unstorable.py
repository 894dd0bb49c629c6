"""Values that a client sent and no database can hold: refused in words, the same on both engines.

PostgreSQL keeps no NUL in a text, neither engine half of a surrogate pair or a whole number beyond 64 bits. Types at
the edge refuse most of it; this is for what they let through.
"""

from typing import Any

from sqlalchemy import Engine, event
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.exc import DataError

from server.db.errors import ValueUnstorableError

_WORDS = (
    "A value cannot be stored: a number that is too large, a text that is too long, or a character that is none (NUL, "
    "half of a pair). Correct it and send it again"
)


def refuse_unstorable(engine: Engine) -> None:
    """From now on such a value ends in ValueUnstorableError instead of a driver's own exception."""

    @event.listens_for(engine, "handle_error")
    def refuse(context: ExceptionContext) -> None:
        kinds = (OverflowError, UnicodeEncodeError)
        if isinstance(context.original_exception, kinds) or isinstance(context.sqlalchemy_exception, DataError):
            raise ValueUnstorableError(_WORDS) from context.original_exception

    if engine.dialect.name == "sqlite":  # which would keep a NUL, and could never move to PostgreSQL then

        @event.listens_for(engine, "before_cursor_execute")
        def refuse_nul(_connection: Any, _cursor: Any, _statement: str, values: Any, _context: Any, many: bool) -> None:
            # An insert of many rows that gives back their ids comes as one flat row, though it is called many.
            rows = values if many and values and isinstance(values[0], tuple | list | dict) else (values,)
            for row in rows:
                for value in row.values() if isinstance(row, dict) else row:
                    if isinstance(value, str) and "\0" in value:
                        raise ValueUnstorableError(_WORDS)
