"""`duchenne settings`."""

import re

import click


@click.command()
def settings() -> None:
    """Show what is in force and where each value came from."""
    from duchenne.console import tell_next, tell_table
    from duchenne.settings import load_settings

    loaded = load_settings()
    # A database URL may carry a password; a screen that is shared in a meeting should not.
    rows = [
        (name, re.sub(r"(://[^:/@]+:)[^@]+@", r"\1***@", str(value)), loaded.sources[name])
        for name, value in loaded.values
    ]
    tell_table("Settings in force", ("setting", "value", "from"), rows)
    tell_next("write duchenne.toml here, or set DUCHENNE_<NAME>: docs/settings.md")
