"""`duchenne collect …`: what there is, without importing any of it."""

import click

from duchenne.lazy_group import LazyGroup

#: Command to its module in this folder and what help says of it.
COMMANDS = {
    "check": ("check", "Prove everything about a study before a participant sits down."),
    "latency": ("latency", "Measure how late the camera is, by a mirror and a flashing screen."),
    "run": ("run", "Run one session: consent, calibration, clips, self-report."),
    "resume": ("resume", "Go on with a session that broke off."),
    "fetch": ("fetch", "Fetch the EyeLink's recording that stayed on its Host PC."),
    "verify": ("verify", "Check every digest, table and video frame of a bundle."),
    "report": ("report", "Judge a session while the participant is still there."),
    "bids": ("bids", "Write sealed recordings as a BIDS data set."),
    "withdraw": ("withdraw", "Delete a session's data for good, as its participant wishes."),
    "import": ("import_", "Make a bundle of a recording that somebody else made."),
}


@click.group(cls=LazyGroup, table=COMMANDS, package="duchenne.commands.collect")
def collect() -> None:
    """Check, run, import, verify, report a recording (lab PC)."""
