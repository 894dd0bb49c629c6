"""`duchenne export mlflow`."""

import click


@click.command()
@click.argument("model")
@click.option("--to", "uri", metavar="URI", required=True, help="https://… of an MLflow server, or sqlite:///FILE.")
@click.option("--experiment", metavar="NAME", default="duchenne", show_default=True)
@click.option("--weights/--no-weights", default=True, show_default=True, help="They know the faces they learned from.")
def mlflow(model: str, uri: str, experiment: str, weights: bool) -> None:
    """Log a model with its recipe, scores, losses and report as a run of MLflow, once."""
    from duchenne.console import bar, tell, tell_next, tell_note
    from duchenne.settings import load_settings
    from model.tracking.mlflow_run import log_model
    from model.training.run_folder import find_model

    folder = find_model(load_settings().values.models, model)
    with bar("export (steps)") as progress:
        logged = log_model(folder, uri, experiment, weights=weights, progress=progress)
    if not logged.anew:
        tell_note(f"Model {folder.name} was there already, and stays as it is.")
    tell(f"model  {folder.name}\nrun    {logged.place}")
    if logged.place.startswith("http"):
        tell_next(f"open {logged.place}")
