"""`duchenne predict`."""

import click


@click.command()
@click.option("--model", "model_id", metavar="ID", required=True)
@click.option("--snapshot", "snapshot_id", metavar="ID", required=True)
@click.option("--import/--no-import", "into_queue", default=True, show_default=True, help="Re-order the rating queue.")
def predict(model_id: str, snapshot_id: str, into_queue: bool) -> None:
    """Write what a model says of every trial of a snapshot, and let it re-order the rating queue."""
    from duchenne.console import tell, tell_next
    from duchenne.queue import tell_queue
    from duchenne.settings import load_settings
    from duchenne.stages import reorder, say

    values = load_settings().values
    path = say(values, model_id, snapshot_id)
    tell(str(path))
    if into_queue:
        reorder(values, path)
        tell_queue(values)
    tell_next("duchenne serve   (raters now get these first)")
