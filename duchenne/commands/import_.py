"""`duchenne import …`: what there is, without importing any of it."""

import click

from duchenne.lazy_group import LazyGroup

#: Data set to its module in this folder and what help says of it.
DATA_SETS = {"emer": ("import_emer", "The EMER data set: faces, eyes, and labels of both kinds.")}


@click.group("import", cls=LazyGroup, table=DATA_SETS, package="duchenne.commands")
def import_() -> None:
    """Take a published data set into the database, marked as imported."""
