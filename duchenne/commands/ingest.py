"""`duchenne ingest`."""

from pathlib import Path

import click


@click.command()
@click.argument("bundles", metavar="BUNDLE…", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--allow-aborted", is_flag=True, help="Also take bundles that were never sealed, as 'aborted'.")
def ingest(bundles: tuple[Path, ...], allow_aborted: bool) -> None:
    """Verify bundles and take them into the database; one that is there already is left as it is."""
    from duchenne.console import tell_next, tell_note, tell_table
    from duchenne.settings import load_settings
    from duchenne.stages import take_in

    results = take_in(load_settings().values, bundles, allow_aborted)
    rows = [
        (
            path.name,
            one.status,
            one.origin,
            f"{one.trials_valid} of {one.trials}",
            one.verdict or "no report",
            one.er_tasks,
            one.fer_tasks,
        )
        for path, one in results
    ]
    tell_table("Ingest", ("bundle", "", "origin", "valid trials", "quality", "ER tasks", "FER tasks"), rows)
    for path, one in results:
        for text in one.notes:
            tell_note(f"{path.name}: {text}")
    tell_next("duchenne serve", "duchenne snapshot create")
