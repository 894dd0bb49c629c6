"""`duchenne export …`."""

import click

from duchenne.lazy_group import LazyGroup

COMMANDS = {
    "labels": ("export_table", "What raters' votes come to, a line a trial."),
    "answers": ("export_table", "What each rater said."),
    "trials": ("export_table", "What was recorded."),
    "self_reports": ("export_table", "What participants said of themselves."),
    "exposures": ("export_table", "What somebody has seen that would bias an answer."),
    "mlflow": ("export_mlflow", "A trained model, with scores and report, as a run of MLflow."),
}


@click.group(cls=LazyGroup, table=COMMANDS, package="duchenne.commands")
def export() -> None:
    """Write what is here for other programs: tables to files, a model to MLflow."""
