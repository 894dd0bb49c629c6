"""The front door: which command lies where. A part is imported only when one of its commands is called."""

import click

from duchenne.lazy_group import LazyGroup

#: Command to module and what `duchenne --help` says of it, so that help imports no part at all.
COMMANDS = {
    "demo": ("demo", "Walk the whole way once, with simulated people."),
    "stimuli": ("stimuli", "Make or check a stimulus set."),
    "collect": ("collect.group", "Check, run, import, verify, report a recording (lab PC)."),
    "upload": ("upload", "Send recordings to the server, and go on where it stopped."),
    "gaze": ("gaze", "Read eye tracker files."),
    "ingest": ("ingest", "Take bundles into the database."),
    "import": ("import_", "Take a published data set into the database."),
    "withdraw": ("withdraw", "Delete everything of a participant for good."),
    "db": ("db", "Bring the database up to date, or check it."),
    "audit": ("audit", "Check that nobody rewrote who did what."),
    "users": ("users", "Add people and their roles."),
    "backup": ("backup", "Back up database, media, snapshots and models."),
    "restore": ("restore", "Restore a backup into empty places."),
    "serve": ("serve", "Serve the rating pages."),
    "export": ("export", "Write tables to files, or a model to MLflow."),
    "snapshot": ("snapshot", "Freeze the labelled database for training."),
    "train": ("train", "Train on a snapshot and evaluate on people never seen."),
    "train-share": ("train_share", "Train a share of a run; what --slurm submits."),
    "benchmark": ("benchmark", "Compare recipes over folds and seeds, in one report."),
    "maps": ("maps", "Draw where participants looked, over the clip and alone."),
    "predict": ("predict", "Say what a model makes of every trial of a snapshot."),
    "nightly": ("nightly", "Snapshot, train, decide who serves, predict, re-order the queue, report."),
    "champion": ("champion", "Say which model serves and why, or roll back."),
    "replay": ("replay", "Ask whether the queue's order teaches the model faster than chance."),
    "bench": ("bench", "Say how quick this machine trains."),
    "networks": ("networks", "Fetch the face networks that features are computed with, once."),
    "settings": ("settings", "Show what is in force and where each value came from."),
}


@click.group(
    cls=LazyGroup,
    table=COMMANDS,
    package="duchenne.commands",
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(package_name="duchenne")
def duchenne() -> None:
    """Record what a face shows and what a person feels, label both apart, learn the gap.

    First time here? `duchenne demo` walks the whole way with simulated people.
    """
