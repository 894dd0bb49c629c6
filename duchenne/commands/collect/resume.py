"""`duchenne collect resume`."""

from pathlib import Path
from typing import Literal

import click

PATH = click.Path(path_type=Path)


@click.command()
@click.argument("bundle", type=PATH)
@click.option(
    "--operator",
    type=click.Choice(("study", "terminal", "window", "none")),
    default="study",
    show_default=True,
    help="Where you follow the session; 'study' is what the study says.",
)
@click.option("--pictures", type=PATH, help="Save a picture of each kind of page here.")
def resume(bundle: Path, operator: Literal["study", "terminal", "window", "none"], pictures: Path | None) -> None:
    """Go on with a session that broke off, with the next clip of the same plan."""
    from collect.session.open_devices import resume_study
    from duchenne.commands.collect.session_result import tell_session

    tell_session(resume_study(bundle, picture_folder=pictures, operator=operator))
