"""`duchenne nightly`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from duchenne.commands.origins import include_origins
from duchenne.commands.slurm_jobs import slurm_jobs

if TYPE_CHECKING:
    from annotate.snapshot.format import Origin


@click.command()
@include_origins
@click.option(
    "--recipe",
    metavar="NAME",
    default="emert_small",
    show_default=True,
    help="emert_small suits a CPU; emert and emert_paper take far longer.",
)
@click.option("--folds", type=click.IntRange(2), default=5, show_default=True)
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True)
@slurm_jobs
def nightly(origins: tuple[Origin, ...], recipe: str, folds: int, seed: int, slurm: int | None) -> None:
    """Snapshot, train, decide who serves, predict, re-order the queue, and write one page for the morning."""
    from duchenne.console import tell, tell_next
    from duchenne.night.shift import work_through
    from duchenne.scores import tell_scores
    from duchenne.settings import load_settings
    from duchenne.shares import trainer_of

    with trainer_of(slurm=slurm) as trainer:
        if trainer is None:
            return
        night, page = work_through(load_settings().values, origins, recipe, folds, seed, trainer)
    tell_scores(night.run.evaluation)
    tell(f"serves  {night.decision.in_short()}\n        {night.decision.reason}\nreport  {page}")
    tell_next(f"open {page}", "duchenne serve   (raters now get these first)")
