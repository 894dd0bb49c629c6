"""`duchenne collect import`."""

from pathlib import Path

import click

from duchenne.commands.collect.options import PATH, distance_option, screen_width_option

SCOPES = ("recording", "rating", "training", "publication")


@click.command("import")
@click.argument("destination", type=PATH)
@click.option("--gaze", type=PATH, required=True, help="The tracker's file: EyeLink ASC or EDF, Tobii TSV or XLSX.")
@click.option("--face", type=PATH, required=True, help="The face video.")
@click.option("--trials", type=PATH, required=True, help="Table (.tsv): which trial played what, from when to when.")
@click.option("--participant", metavar="P", required=True, help="A pseudonym, never a name.")
@click.option("--study", "study_id", metavar="ID", required=True, help="Under which study it is kept.")
@click.option("--stimuli", type=PATH, help="Folder of the stimulus set, where the clips are at hand.")
@click.option(
    "--screen-px", type=(int, int), metavar="W H", help="The screen, where the tracker's file does not say it."
)
@screen_width_option
@distance_option
@click.option(
    "--consent",
    "scopes",
    type=click.Choice(SCOPES),
    multiple=True,
    required=True,
    help="What the participant agreed to, as you know it; repeat for several.",
)
def import_(
    destination: Path,
    gaze: Path,
    face: Path,
    trials: Path,
    participant: str,
    study_id: str,
    stimuli: Path | None,
    screen_px: tuple[int, int] | None,
    screen_width_cm: float | None,
    distance_cm: float | None,
    scopes: tuple[str, ...],
) -> None:
    """Make a bundle of a recording that somebody else made."""
    from collect.recording_import.importing import import_recording
    from duchenne.console import bar, tell, tell_next

    with bar("import") as progress:
        bundle = import_recording(
            gaze,
            face,
            trials,
            destination,
            participant=participant,
            study_id=study_id,
            consent_scopes=scopes,
            stimuli=stimuli,
            screen_px=screen_px,
            screen_cm=screen_width_cm,
            distance_cm=distance_cm,
            progress=progress,
        )
    tell(str(bundle))
    tell_next(f"duchenne collect verify {bundle}", f"duchenne ingest {bundle}")
