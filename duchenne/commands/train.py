"""`duchenne train`."""

import click

from duchenne.commands.slurm_jobs import slurm_jobs


@click.command()
@click.option("--snapshot", "snapshot_id", metavar="ID", required=True)
@click.option(
    "--recipe",
    metavar="NAME",
    default="emert_small",
    show_default=True,
    help="emert_small suits a CPU; emert and emert_paper take far longer.",
)
@click.option("--folds", type=click.IntRange(1), help="How many of the snapshot's folds to test. Default: all.")
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True)
@click.option(
    "--beside",
    metavar="NAME",
    multiple=True,
    help="Also train this recipe on the same folds; repeat for several. Default: the recipe without the eyes.",
)
@click.option(
    "--curves", is_flag=True, help="Also show how it fares with less and noisier data, which takes minutes more."
)
@slurm_jobs
def train(
    snapshot_id: str,
    recipe: str,
    folds: int | None,
    seed: int,
    beside: tuple[str, ...],
    curves: bool,
    slurm: int | None,
) -> None:
    """Train on a snapshot and evaluate on participants that the weights never saw."""
    from duchenne.console import tell, tell_next, tell_note
    from duchenne.scores import tell_scores
    from duchenne.settings import load_settings
    from duchenne.shares import trainer_of
    from duchenne.stages import learn

    with trainer_of(slurm=slurm) as trainer:
        if trainer is None:
            return
        values = load_settings().values
        result = learn(values, snapshot_id, recipe, folds, seed, beside=beside or None, curves=curves, trainer=trainer)
    for text in result.warnings:
        tell_note(text)
    tell_scores(result.evaluation)
    tell(f"model   {result.model}\nreport  {result.report}")
    tell_next(f"open {result.report}", f"duchenne predict --model {result.model} --snapshot {snapshot_id}")
