"""The option that lets trials other than real ones in, by name."""

import click

include_origins = click.option(
    "--include",
    "origins",
    type=click.Choice(["real", "imported", "simulated"]),
    multiple=True,
    default=("real",),
    show_default=True,
    help="Which origins to let in; repeat for several.",
)
