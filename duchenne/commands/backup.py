"""`duchenne backup`."""

from pathlib import Path

import click


@click.command()
@click.argument("directory", metavar="DIR", type=click.Path(path_type=Path))
def backup(directory: Path) -> None:
    """Back up database, media, snapshots, models and predictions into the new folder DIR, while the server works."""
    from datetime import UTC, datetime

    from duchenne.console import StepBars, tell, tell_next
    from duchenne.settings import load_settings
    from duchenne.stages import backed_up_folders, open_media_of
    from server.audit.chain import verify
    from server.backup.making import back_up
    from server.db.revisions import open_database

    values = load_settings().values
    database = open_database(values.database_url)
    try:
        with StepBars() as bars:
            manifest = back_up(
                database,
                open_media_of(values),
                backed_up_folders(values),
                directory,
                audit_head=lambda session: str(verify(session)),
                now=datetime.now(UTC),
                progress=bars.count,
            )
    finally:
        database.close()
    size = sum(entry.bytes for entry in manifest.files.values())
    rows = sum(manifest.tables.values())
    tell(
        f"{directory}: {rows:,} rows, {len(manifest.media)} media, {size / 2**30:.2f} GiB in all\n"
        f"audit head  {manifest.audit_head}"
    )
    tell_next(f"copy {directory} to another disk or machine", f"duchenne restore {directory}   (into empty places)")
