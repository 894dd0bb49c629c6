"""`duchenne bench …`."""

import os
from pathlib import Path

import click


def _to_be_written(context: click.Context, parameter: click.Parameter, out: Path | None) -> Path | None:
    """Refuses, before minutes are spent on it, a file that could not be made. One that is there click looks at."""
    if out is not None and not out.parent.is_dir():
        raise click.BadParameter(f"{out.parent} is no folder. Make it, or name a file in one that is there.")
    if out is not None and not out.exists() and not os.access(out.parent, os.W_OK):
        raise click.BadParameter(f"{out.parent} takes no files from you. Name a file in another folder.")
    return out


@click.group()
def bench() -> None:
    """Say how quick this machine is at what takes long."""


@bench.command()
@click.option("--recipe", "name", metavar="NAME", default="emert_paper", show_default=True)
@click.option("--device", default="auto", show_default=True, help="auto, cpu, cuda, or cuda: and a number.")
@click.option("--steps", type=click.IntRange(1), default=8, show_default=True, help="Steps that are timed.")
@click.option("--trials", type=click.IntRange(2), default=64, show_default=True, help="Of 300 faces, 11 MB each.")
@click.option(
    "--out",
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    callback=_to_be_written,
    help="Also write the figures, as JSON.",
)
def train(name: str, device: str, steps: int, trials: int, out: Path | None) -> None:
    """Time loading and training on made-up trials as large as a published data set's. No database is needed."""
    from duchenne.console import bar, tell, tell_next, tell_table
    from model.recipes import recipe_named
    from model.speed.measured import training_speed
    from model.training.device import device_named

    recipe, place = recipe_named(name), device_named(device)
    with bar("steps") as progress:
        speed = training_speed(recipe, place, steps, progress, trials=trials)
    tell_table(
        f"{speed.recipe} on {speed.device} ({speed.device_name}), batches of {speed.batch}, {speed.precision}",
        ("what", "figure"),
        [
            ("loading", f"{speed.loaded_samples_per_s:,.0f} samples/s"),
            ("loading and normalising", f"{speed.normalised_samples_per_s:,.0f} samples/s"),
            ("a step, loading included", f"{1000 * speed.step_s:,.1f} ms"),
            (f"an epoch of {speed.trials_an_epoch:,} trials", f"{speed.epoch_s:,.1f} s"),
            (
                f"{speed.projected_folds} folds × {speed.projected_epochs} epochs",
                f"{speed.projected_run_s:,.0f} s, projected from the step, not measured",
            ),
            ("arithmetic", f"{speed.tflop_per_s:.3g} TFLOP/s, {100 * speed.share_of_peak:.0f} % of a large product's"),
            ("most memory", f"{speed.memory_mib:,.0f} MiB"),
        ],
    )
    if out is not None:
        out.write_text(speed.model_dump_json(indent=1) + "\n", encoding="utf-8")
        tell(f"figures {out}")
    tell_next(f"duchenne train --recipe {name} --snapshot ID")
