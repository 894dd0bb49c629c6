"""`duchenne restore`."""

from pathlib import Path

import click


@click.command()
@click.argument("directory", metavar="DIR", type=click.Path(path_type=Path))
def restore(directory: Path) -> None:
    """Verify the backup in DIR and restore it into the empty places that the settings name."""
    from duchenne.console import StepBars, tell, tell_next
    from duchenne.settings import load_settings
    from duchenne.stages import backed_up_folders, open_media_of
    from server.audit.chain import verify
    from server.backup.restoring import restore

    values = load_settings().values
    with StepBars() as bars:
        manifest = restore(
            directory,
            values.database_url,
            open_media_of(values),
            backed_up_folders(values),
            audit_head=lambda session: str(verify(session)),
            progress=bars.count,
        )
    rows = sum(manifest.tables.values())
    tell(f"as of {manifest.made_utc}: {rows:,} rows and {len(manifest.media)} media, every one as it was backed up")
    tell_next(
        "duchenne db check",
        f"duchenne withdraw …   (again, for everybody who withdrew after {manifest.made_utc[:10]})",
        "duchenne serve",
    )
