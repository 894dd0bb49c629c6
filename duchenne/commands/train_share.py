"""`duchenne train-share`."""

from pathlib import Path

import click


@click.command("train-share")
@click.argument("folder", type=click.Path(path_type=Path))
@click.argument("name")
def train_share(folder: Path, name: str) -> None:
    """Train networks of a run that another process shares out in FOLDER, under a NAME of one's own.

    `duchenne train --slurm` submits this; nobody needs to type it.
    """
    from model.training.share import serve

    serve(folder, name)
