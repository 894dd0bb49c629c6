"""`duchenne db …`."""

import sys

import click


@click.group()
def db() -> None:
    """Bring the database up to date, or compare it with what this version expects."""


@db.command()
def upgrade() -> None:
    """Make the database, or bring it to this version; what it holds stays."""
    from duchenne.console import tell, tell_next
    from duchenne.settings import load_settings
    from server.db.upgrade import upgrade

    revision = upgrade(load_settings().values.database_url)
    tell(f"the database is at revision {revision}")
    tell_next("duchenne serve   (prints the link that makes the first admin)", "duchenne ingest BUNDLE…")


@db.command()
def check() -> None:
    """Say where the database differs from what this version expects."""
    from duchenne.console import tell, tell_error, tell_next
    from duchenne.settings import load_settings
    from server.db.upgrade import check

    differences = check(load_settings().values.database_url)
    for text in differences:
        tell_error(text)
    if differences:
        sys.exit(1)
    tell("the database is as this version expects it")
    tell_next("duchenne serve")
