"""`duchenne collect latency`."""

import sys
from pathlib import Path

import click

from duchenne.commands.collect.options import PATH


@click.command()
@click.argument("study", type=PATH)
@click.option("--seconds", type=click.FloatRange(10, 300), default=30.0, show_default=True, help="How long to flash.")
@click.option("--picture", type=PATH, metavar="PNG", help="Save the camera's picture, with what it saw of the screen.")
@click.option("--seed", type=int, default=1, show_default=True, help="Of the flashes' times.")
def latency(study: Path, seconds: float, picture: Path | None, seed: int) -> None:
    """Measure how late STUDY's camera is: its screen flashes, and the camera sees it in a mirror."""
    from collect.latency.check import check_latency
    from duchenne.console import bar, tell, tell_next, tell_note

    tell_note("The screen will flash about once a second: nobody who is sensitive to that should look at it.")
    with bar("flashes (frames)") as progress:
        found = check_latency(study, seconds, seed, picture, progress)
    seen = found.estimate
    if seen.clear:
        tell(
            f"{found.camera}: frames carry a time {seen.median_ms:.1f} ms after the flip that they show (give or take"
            f" {seen.uncertainty_ms:.1f} ms; single changes {seen.p5_ms:.1f} to {seen.p95_ms:.1f} ms;"
            f" {seen.clear} of {seen.changes} changes)"
        )
    if not found.vsync:
        tell_note("The screen was paced in software: its own delay was not that of a real screen.")
    if picture is not None:
        tell(str(picture))
    if seen.good:
        tell_next("the way from the flip to the light of the screen is part of this; a photodiode tells them apart")
        return
    tell(f"not good enough: {seen.reason}")
    tell_next("turn the mirror until the screen fills more of the picture, darken the room, and run it again")
    sys.exit(1)
