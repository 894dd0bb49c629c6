"""`duchenne collect fetch`."""

from pathlib import Path

import click

from duchenne.commands.collect.options import PATH


@click.command()
@click.argument("bundle", type=PATH)
@click.option(
    "--host", metavar="ADDRESS", help="The EyeLink's Host PC, where it has another address than in the study."
)
@click.option("--file", metavar="NAME.EDF", help="Its name there, where the bundle's journal does not say it.")
def fetch(bundle: Path, host: str | None, file: str | None) -> None:
    """Fetch the EyeLink's own recording that stayed on its Host PC. No session may be running there."""
    from collect.devices.tracker.eyelink_fetch import fetch_recordings
    from duchenne.console import bar, tell, tell_next, tell_note

    with bar("recording (bytes)") as progress:
        fetched = fetch_recordings(bundle, host=host, file=file, progress=progress)
    for one in fetched:
        tell(f"{one.recording}: {one.note.bytes} bytes, as many as {one.note.host} has of {one.note.host_file}")
        tell(f"  SHA-256 {one.note.sha256}")
    if fetched[0].sealed:
        tell_note("The bundle is sealed and stays as it is: the recording lies beside it. Keep them together.")
        tell_next(*(f"duchenne gaze parse {one.recording}" for one in fetched))
    else:
        tell_next(f"duchenne collect resume {bundle}   (seals the session, with the recording in it)")
