"""`duchenne maps`."""

from pathlib import Path

import click


@click.command()
@click.option("--snapshot", "snapshot_id", metavar="ID", required=True)
@click.option("--trial", "trials", metavar="ID", multiple=True, help="Its first letters do; repeat for several.")
@click.option("--to", "out", type=click.Path(file_okay=False, path_type=Path), default="maps", show_default=True)
def maps(snapshot_id: str, trials: tuple[str, ...], out: Path) -> None:
    """Draw where participants looked: a picture a trial, its parts over the clip and alone."""
    from duchenne.console import tell, tell_next, tell_note
    from duchenne.settings import load_settings
    from duchenne.stages import draw_maps

    drawn = draw_maps(load_settings().values, snapshot_id, trials, out)
    if not drawn:
        tell_note("None of these trials has a gaze; nothing was drawn.")
        return
    tell(f"{len(drawn)} pictures in {out}" if len(drawn) > 1 else str(drawn[0]))
    tell_next(f"open {drawn[0]}")
