"""`duchenne collect …`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collect.session.run import SessionResult

PATH = click.Path(path_type=Path)
SCOPES = ("recording", "rating", "training", "publication")


@click.group()
def collect() -> None:
    """Run, import, verify or resume a recording (lab PC)."""


@collect.command()
@click.argument("study", type=PATH)
@click.option("--participant", metavar="P", required=True, help="A pseudonym, never a name.")
@click.option("--session", type=click.IntRange(1), default=1, show_default=True, help="The participant's n-th session.")
@click.option("--simulate", is_flag=True, help="Simulated devices and a scripted participant; marked as simulated.")
@click.option("--fast", is_flag=True, help="With --simulate: no window, on a clock that does not wait.")
@click.option("--seed", type=int, default=1, show_default=True, help="Of the simulated participant.")
@click.option("--destination", type=PATH, help="Default: the setting `recordings`.")
@click.option("--pictures", type=PATH, help="Save a picture of each kind of page here.")
def run(
    study: Path,
    participant: str,
    session: int,
    simulate: bool,
    fast: bool,
    seed: int,
    destination: Path | None,
    pictures: Path | None,
) -> None:
    """Run one session of STUDY: consent, calibration, clips, self-report."""
    from collect.session.open_devices import record_virtually, run_study
    from duchenne.console import bar
    from duchenne.settings import load_settings

    if fast and (not simulate or pictures):
        raise click.UsageError("--fast needs --simulate, and has no window to take --pictures of")
    folder = destination or load_settings().values.recordings
    with bar("session (clips)") as progress:
        if fast:
            result = record_virtually(study, participant, folder, session=session, seed=seed, progress=progress)
        else:
            result = run_study(
                study,
                participant,
                session,
                folder,
                simulate=simulate,
                picture_folder=pictures,
                seed=seed,
                progress=progress,
            )
    _tell_session(result)


@collect.command()
@click.argument("bundle", type=PATH)
@click.option("--pictures", type=PATH, help="Save a picture of each kind of page here.")
def resume(bundle: Path, pictures: Path | None) -> None:
    """Go on with a session that broke off, with the next trial of the same order."""
    from collect.session.open_devices import resume_study
    from duchenne.console import bar

    with bar("session (clips)") as progress:
        result = resume_study(bundle, picture_folder=pictures, progress=progress)
    _tell_session(result)


@collect.command()
@click.argument("bundle", type=PATH)
def verify(bundle: Path) -> None:
    """Check every digest, table and video frame of a bundle."""
    from collect.bundle.verify import verify_bundle
    from duchenne.console import bar, tell, tell_error, tell_next, tell_note

    with bar("files") as progress:
        report = verify_bundle(bundle, progress)
    for text in report.notes:
        tell_note(text)
    for text in report.problems:
        tell_error(text)
    if not report.ok:
        sys.exit(1)
    tell(
        f"{bundle}: {report.state}, {report.files_checked} files as they were written, {report.trials_valid} valid "
        f"of {report.trials_planned} planned trials"
    )
    tell_next(f"duchenne ingest {bundle}" if report.state == "sealed" else f"duchenne collect resume {bundle}")


@collect.command("import")
@click.argument("destination", type=PATH)
@click.option("--gaze", type=PATH, required=True, help="The tracker's record: an EyeLink .asc file.")
@click.option("--face", type=PATH, required=True, help="The face video.")
@click.option("--trials", type=PATH, required=True, help="Table (.tsv): which trial played what, from when to when.")
@click.option("--participant", metavar="P", required=True, help="A pseudonym, never a name.")
@click.option("--study", "study_id", metavar="ID", required=True, help="Under which study it is kept.")
@click.option("--stimuli", type=PATH, help="Folder of the stimulus set, where the clips are at hand.")
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
            progress=progress,
        )
    tell(str(bundle))
    tell_next(f"duchenne collect verify {bundle}", f"duchenne ingest {bundle}")


def _tell_session(result: SessionResult) -> None:
    from duchenne.console import tell, tell_next, tell_note

    for trial in result.trials:
        if not trial.valid:
            tell_note(f"trial {trial.trial} is not valid: {trial.reason}")
    valid = sum(trial.valid for trial in result.trials)
    tell(f"{result.bundle}: {result.outcome}, {valid} of {len(result.trials)} trials valid")
    tell_next(f"duchenne collect verify {result.bundle}", f"duchenne ingest {result.bundle}")
