"""`duchenne demo`."""

from pathlib import Path

import click


@click.command()
@click.option("--exit", "end", is_flag=True, help="End after the walk instead of serving.")
@click.option(
    "--folder",
    type=click.Path(path_type=Path),
    default=Path("demo"),
    show_default=True,
    help="Each walk makes a new folder in it.",
)
@click.option("--seed", type=int, default=1, show_default=True)
def demo(end: bool, folder: Path, seed: int) -> None:
    """Walk the whole way once, with simulated people: record, rate, train, predict, rate next.

    Everything it makes lies in a folder of its own and is marked simulated.
    """
    from duchenne.demo.walk import walk

    walk(folder, seed, serve=not end)
