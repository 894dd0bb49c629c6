"""`duchenne withdraw`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from server.participants.preview import Preview


@click.command()
@click.argument("study")
@click.argument("participant")
@click.option("--yes", is_flag=True, help="Do not ask for the pseudonym first.")
def withdraw(study: str, participant: str, yes: bool) -> None:
    """Delete everything of a participant who withdraws, for good; finish a deletion that was interrupted."""
    from duchenne.console import bar, tell, tell_next, tell_note
    from duchenne.settings import load_settings
    from duchenne.stages import stores_of_participants
    from server.db.revisions import open_database
    from server.participants.preview import preview
    from server.participants.withdrawing import find_participant, withdraw

    values = load_settings().values
    database, stores = open_database(values.database_url), stores_of_participants(values)
    try:
        found = find_participant(database, study, participant)
        if not yes and found.withdrawn_utc is None:
            _ask(participant, preview(database, stores, found.id))
        with bar("withdraw (steps)") as progress:
            done = withdraw(database, stores, study, participant, progress=progress)
    finally:
        database.close()
    tell(
        f"{participant} of {study} withdrew on {done.withdrawn_utc:%Y-%m-%d %H:%M} UTC: {done.recordings} recordings, "
        f"{done.trials} trials, {done.answers} answers and {done.media} files are deleted for good"
    )
    if done.snapshots:
        tell(f"redacted snapshots  {' '.join(done.snapshots)}")
    if done.models:
        tell(f"models that had learnt from them  {' '.join(done.models)}")
        tell_note("A model cannot forget: decide whether these may still be used.")
    tell_note(
        "Copies elsewhere (the lab PC, backups, exports, the tracker's host) are not touched: delete them as well."
    )
    tell_next("duchenne collect withdraw BUNDLE   (at the lab PC)", "duchenne backup   (so that old ones can go)")


def _ask(participant: str, what: Preview) -> None:
    from duchenne.console import tell_note

    counts = what.counts
    tell_note(
        f"This deletes {counts.recordings} recordings with {counts.trials} trials, {counts.answers} answers of "
        f"{counts.raters} raters and {counts.media} files of face, gaze and eye events; {len(what.snapshots)} "
        f"snapshots are redacted, and {len(what.models)} models have learnt from it. It cannot be undone."
    )
    if click.prompt("Type the participant's pseudonym to delete it", err=True) != participant:
        raise click.ClickException("That is another pseudonym. Nothing was deleted.")
