"""`duchenne benchmark`."""

import click

from duchenne.commands.slurm_jobs import slurm_jobs


@click.command()
@click.option("--snapshot", "snapshot_id", metavar="ID", required=True)
@click.option(
    "--recipe",
    "recipes",
    metavar="NAME",
    multiple=True,
    help="Train this recipe; repeat for several, the first is what the others are compared with. Default: the company.",
)
@click.option(
    "--company",
    type=click.Choice(["small", "large"]),
    default="small",
    show_default=True,
    help="Which eight recipes, where none is named: for a CPU, or for patience.",
)
@click.option(
    "--ablate",
    metavar="NAME",
    help="Train this recipe, and with each of its parts taken back or added in turn, to see which pay.",
)
@click.option(
    "--seed", "seeds", metavar="N", type=click.IntRange(0), multiple=True, help="Repeat for several. Default: 0."
)
@click.option("--folds", type=click.IntRange(1), help="How many of the snapshot's folds to test. Default: all.")
@click.option(
    "--shuffled",
    metavar="SEED",
    type=click.IntRange(0),
    help="Shuffle labels within each participant first: whatever is found then, leaks.",
)
@click.option("--workers", type=click.IntRange(1), help="Networks trained at once, a core each. Default: 2.")
@slurm_jobs
def benchmark(
    snapshot_id: str,
    recipes: tuple[str, ...],
    company: str,
    ablate: str | None,
    seeds: tuple[int, ...],
    folds: int | None,
    shuffled: int | None,
    workers: int | None,
    slurm: int | None,
) -> None:
    """Compare recipes over folds and seeds, and write one report; killed, it goes on where it was."""
    from duchenne.console import tell, tell_next, tell_note
    from duchenne.scores import tell_scores
    from duchenne.settings import load_settings
    from duchenne.shares import trainer_of
    from duchenne.stages import compare

    if ablate is not None:
        if recipes:
            raise click.UsageError("--ablate names the recipes itself; leave --recipe out.")
        from model.ablations import ablations_of
        from model.recipes import RECIPES, recipe_named

        if ablate not in RECIPES:
            raise click.UsageError(f"--ablate {ablate}: expected a recipe as it is: {', '.join(sorted(RECIPES))}.")
        recipes = (ablate, *(each.name for each in ablations_of(recipe_named(ablate))))
    with trainer_of(workers, slurm) as trainer:
        if trainer is None:
            return
        values = load_settings().values
        result = compare(values, snapshot_id, recipes or company, seeds or (0,), folds, shuffled, trainer)
    for text in result.notes:
        tell_note(text)
    if result.evaluation is None:
        tell_note("This benchmark had been made before; nothing was trained.")
    else:
        tell_scores(result.evaluation)
    if shuffled is not None:
        tell_note(f"Labels were shuffled (seed {shuffled}): no figure says how good a recipe is.")
    tell(f"benchmark  {result.id}\nreport     {result.report}")
    tell_next(f"open {result.report}")
