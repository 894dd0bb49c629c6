"""`duchenne collect resume`."""

from pathlib import Path

import click

from duchenne.commands.collect.options import PATH, OperatorChoice, operator_option


@click.command()
@click.argument("bundle", type=PATH)
@operator_option
@click.option("--pictures", type=PATH, help="Save a picture of each kind of page here.")
def resume(bundle: Path, operator: OperatorChoice, pictures: Path | None) -> None:
    """Go on with a session that broke off, with the next clip of the same plan."""
    from collect.session.open_devices import resume_study
    from duchenne.commands.collect.session_result import tell_session

    tell_session(resume_study(bundle, picture_folder=pictures, operator=operator))
