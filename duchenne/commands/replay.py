"""`duchenne replay`."""

import click


@click.command()
@click.option("--snapshot", "snapshot_id", metavar="ID", required=True)
@click.option("--recipe", metavar="NAME", default="emert_small", show_default=True)
@click.option(
    "--folds",
    type=click.IntRange(1),
    default=2,
    show_default=True,
    help="How many of the snapshot's folds to hold out, one after the other.",
)
@click.option(
    "--seed", "seeds", metavar="N", type=click.IntRange(0), multiple=True, help="Repeat for several. Default: 0."
)
@click.option(
    "--points",
    type=click.IntRange(2),
    default=4,
    show_default=True,
    help="At how many numbers of labels both orders are measured, the common start included.",
)
@click.option("--strictly", is_flag=True, help="Order by the priority itself, not by its tenths as raters get trials.")
@click.option(
    "--workers", type=click.IntRange(1), default=2, show_default=True, help="Networks trained at once, a core each."
)
def replay(
    snapshot_id: str, recipe: str, folds: int, seeds: tuple[int, ...], points: int, strictly: bool, workers: int
) -> None:
    """Hide labels again and uncover them in the queue's order and at random: which teaches the model faster?

    Writes one report; killed, it goes on where it was.
    """
    from duchenne.console import tell, tell_next, tell_note
    from duchenne.settings import load_settings
    from duchenne.stages import walk_again

    result = walk_again(
        load_settings().values,
        snapshot_id,
        recipe,
        seeds or (0,),
        folds,
        points=points,
        strictly=strictly,
        workers=workers,
    )
    for text in result.notes:
        tell_note(text)
    if result.trained is None:
        tell_note("This replay had been made before; nothing was trained.")
    for instrument, told in result.told.items():
        tell(f"{instrument:<10} {told}")
    tell(f"replay     {result.id}\nreport     {result.report}")
    tell_next(f"open {result.report}")
