"""`duchenne export TABLE`: one command a table, all alike."""

from pathlib import Path

import click

from duchenne.commands.origins import include_origins

FORMATS = ("csv", "parquet", "ndjson", "json")


def _command(table: str) -> click.Command:
    @click.command(table)
    @click.option("--to", "path", type=click.Path(path_type=Path), required=True, help="The file to be written.")
    @click.option("--format", "format_", type=click.Choice(FORMATS), help="Default: by the file's ending.")
    @include_origins
    @click.option("--study", default="", help="Only this study.")
    @click.option("--policy", default="", help="How votes become labels; default: the newest majority.")
    @click.option("--history", is_flag=True, help="Answers that were corrected since, too.")
    def export(
        path: Path, format_: str | None, origins: tuple[str, ...], study: str, policy: str, history: bool
    ) -> None:
        """Write a table of what was recorded and said to a file, whole or not at all."""
        _export(table, path, format_, origins, study, policy, history)

    return export


def _export(
    table: str, path: Path, format_: str | None, origins: tuple[str, ...], study: str, policy: str, history: bool
) -> None:
    from datetime import UTC, datetime

    from duchenne.console import tell, tell_next
    from duchenne.settings import load_settings
    from server.db.revisions import open_database
    from server.exports.columns import Table
    from server.exports.exporting import write_file
    from server.exports.formats import Format
    from server.exports.walking import Choice

    ending = path.suffix.removeprefix(".")
    chosen = format_ or ending
    if chosen not in FORMATS:
        raise click.UsageError(f"{path}: ends in none of {', '.join(FORMATS)}; name one of them with --format")
    choice = Choice(tuple(sorted(set(origins))), study, history, policy)
    database = open_database(load_settings().values.database_url)
    try:
        written = write_file(database, Table(table), Format(chosen), choice, path, datetime.now(UTC))
    finally:
        database.close()
    tell(f"{path}: {table}, {written} bytes")
    tell_next("duchenne audit head   (the export is its last entry)")


labels, answers, trials, self_reports, exposures = (
    _command(table) for table in ("labels", "answers", "trials", "self_reports", "exposures")
)
