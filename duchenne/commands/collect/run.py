"""`duchenne collect run`."""

from pathlib import Path

import click

from duchenne.commands.collect.options import PATH, OperatorChoice, operator_option


@click.command()
@click.argument("study", type=PATH)
@click.option("--participant", metavar="P", required=True, help="A pseudonym, never a name.")
@click.option("--session", type=click.IntRange(1), default=1, show_default=True, help="The participant's n-th session.")
@click.option("--simulate", is_flag=True, help="Simulated devices and a scripted participant; marked as simulated.")
@click.option("--fast", is_flag=True, help="With --simulate: no window, on a clock that does not wait.")
@click.option("--seed", type=int, default=1, show_default=True, help="Of the simulated participant.")
@operator_option
@click.option("--destination", type=PATH, help="Default: the setting `recordings`.")
@click.option("--pictures", type=PATH, help="Save a picture of each kind of page here.")
def run(
    study: Path,
    participant: str,
    session: int,
    simulate: bool,
    fast: bool,
    seed: int,
    operator: OperatorChoice,
    destination: Path | None,
    pictures: Path | None,
) -> None:
    """Run one session of STUDY: consent, calibration, clips, self-report."""
    from collect.session.open_devices import record_virtually, run_study
    from duchenne.commands.collect.session_result import tell_session
    from duchenne.console import bar
    from duchenne.settings import load_settings

    if fast and (not simulate or pictures):
        raise click.UsageError("--fast needs --simulate, and has no window to take --pictures of")
    folder = destination or load_settings().values.recordings
    if fast:
        with bar("session (clips)") as progress:
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
            operator=operator,
        )
    tell_session(result)
