"""`duchenne collect withdraw`."""

from pathlib import Path

import click

from duchenne.commands.collect.options import PATH


@click.command()
@click.argument("bundle", type=PATH)
@click.option("--yes", is_flag=True, help="Do not ask for the pseudonym first.")
def withdraw(bundle: Path, yes: bool) -> None:
    """Delete all data of a recorded session for good, and leave a tombstone that says so."""
    from datetime import UTC, datetime

    from collect.bundle import tombstone
    from duchenne.console import tell, tell_note

    begun = tombstone.read_tombstone(bundle)
    if begun is None and not yes:
        header = tombstone.header_of(bundle)
        tell_note(
            f"This deletes the face video, gaze and answers of {header.participant}, session {header.session} of "
            f"{header.study_id}. It cannot be undone."
        )
        if click.prompt("Type the participant's pseudonym to delete it", err=True) != header.participant:
            raise click.ClickException("That is another pseudonym. Nothing was deleted.")
    left = tombstone.withdraw(bundle, datetime.now(UTC))
    tell(f"{bundle}: {left.participant} withdrew on {left.withdrawn_utc}; nothing but the tombstone is left")
    tell_note(
        "Copies elsewhere (backups, the server, exports, the tracker's host) are not touched: delete them as well."
    )
