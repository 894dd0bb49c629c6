"""The option with which a command has its networks trained by a cluster."""

import click

slurm_jobs = click.option(
    "--slurm",
    metavar="N",
    type=click.IntRange(1),
    help="Have the networks trained by N jobs of a Slurm cluster; the settings slurm_… say what each job gets.",
)
