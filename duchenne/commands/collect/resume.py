"""`duchenne collect resume`."""

from pathlib import Path

import click

PATH = click.Path(path_type=Path)


@click.command()
@click.argument("bundle", type=PATH)
@click.option("--pictures", type=PATH, help="Save a picture of each kind of page here.")
def resume(bundle: Path, pictures: Path | None) -> None:
    """Go on with a session that broke off, with the next trial of the same order."""
    from collect.session.open_devices import resume_study
    from duchenne.commands.collect.session_result import tell_session
    from duchenne.console import bar

    with bar("session (clips)") as progress:
        result = resume_study(bundle, picture_folder=pictures, progress=progress)
    tell_session(result)
