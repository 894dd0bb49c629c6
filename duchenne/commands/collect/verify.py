"""`duchenne collect verify`."""

import sys
from pathlib import Path

import click

from duchenne.commands.collect.options import PATH


@click.command()
@click.argument("bundle", type=PATH)
def verify(bundle: Path) -> None:
    """Check every digest, table and video frame of a bundle."""
    from collect.bundle.reader import read_bundle
    from collect.bundle.verify import verify_bundle
    from collect.devices.tracker.eyelink_fetch import missing_recordings
    from duchenne.console import bar, tell, tell_error, tell_next, tell_note

    with bar("files") as progress:
        report = verify_bundle(bundle, progress)
    for text in report.notes:
        tell_note(text)
    for text in report.problems:
        tell_error(text)
    if not report.ok:
        sys.exit(1)
    if report.state == "withdrawn":
        tell(f"{bundle}: withdrawn; nothing but the tombstone is left")
        return
    tell(
        f"{bundle}: {report.state}, {report.files_checked} files as they were written, {report.trials_valid} valid "
        f"of {report.trials_planned} planned trials"
    )
    for file in missing_recordings(read_bundle(bundle)):
        tell_note(f"The tracker's own recording is still on its host, as {file}: duchenne collect fetch {bundle}")
    tell_next(f"duchenne ingest {bundle}" if report.state == "sealed" else f"duchenne collect resume {bundle}")
