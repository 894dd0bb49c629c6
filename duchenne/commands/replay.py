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
    import time

    from annotate.snapshot.store import find_snapshot
    from duchenne.console import bar, tell, tell_next, tell_note
    from duchenne.settings import load_settings
    from duchenne.stages import open_media_of, utc_now
    from model.features.compute import compute_features
    from model.features.pruning import using_features
    from model.recipes import recipe_named
    from model.replay.run import replay as walk_again
    from model.training.kept_fits import prune_fits

    values = load_settings().values
    recipe_named(recipe)  # before features are computed, which may take hours
    folder, media = find_snapshot(values.snapshots, snapshot_id), open_media_of(values)
    prune_fits(values.features, values.snapshots, time.time())
    with using_features(values.features):
        with bar("features (trials)") as progress:
            compute_features(folder, media, values.features, values.networks, progress)
        with bar("replay (epochs)") as progress:
            result = walk_again(
                folder,
                media,
                values.features,
                values.networks,
                values.models,
                recipe,
                created_utc=utc_now(),
                seeds=seeds or (0,),
                folds=folds,
                points=points,
                strictly=strictly,
                workers=workers,
                progress=progress,
                device=values.device,
            )
    for text in result.notes:
        tell_note(text)
    if result.trained is None:
        tell_note("This replay had been made before; nothing was trained.")
    elif result.recalled:
        tell_note(f"{result.recalled} of {result.trained} networks had been finished by a replay that was interrupted.")
    for instrument, told in result.told.items():
        tell(f"{instrument:<10} {told}")
    tell(f"replay     {result.id}\nreport     {result.report}")
    tell_next(f"open {result.report}")
