"""The head of the rating queue, as a table."""

from duchenne.console import tell_table
from duchenne.settings import Values


def tell_queue(values: Values, tasks: int = 8) -> None:
    """Print what raters are given first, and why."""
    from server.db.revisions import open_database
    from server.predictions.queue import queue_head

    database = open_database(values.database_url)
    try:
        rows = queue_head(database, tasks)
    finally:
        database.close()
    tell_table(
        "Rated next",
        ("", "instrument", "trial", "priority", "because"),
        (
            (place, row.instrument, row.trial[:8], f"{row.priority:.2f}", row.reason)
            for place, row in enumerate(rows, 1)
        ),
    )
