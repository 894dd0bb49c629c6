"""`duchenne users …`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from duchenne.settings import Values

ROLES = ("admin", "researcher", "experimenter", "adjudicator", "rater")


@click.group()
def users() -> None:
    """Add people and their roles."""


@users.command()
@click.argument("name")
@click.option("--role", type=click.Choice(ROLES), required=True)
def add(name: str, role: str) -> None:
    """Add a person. The password is made here, shown once, and kept nowhere."""
    from duchenne.console import tell, tell_next
    from duchenne.settings import load_settings
    from server.accounts.service import add_account
    from server.db.revisions import open_database

    account = add_account(open_database(load_settings().values.database_url), name, role)
    tell(f"name      {account.name}\nrole      {account.role}\npassword  {account.password}   (shown this once)")
    tell_next("duchenne serve")


@users.command()
@click.argument("whom", default="")
@click.option("--role", type=click.Choice(ROLES), required=True)
def invite(whom: str, role: str) -> None:
    """Make a link with which one person (WHOM, a word for your list) makes an account: once, within a week."""
    from contextlib import closing
    from datetime import UTC, datetime

    from duchenne.settings import load_settings
    from server.accounts.invitations import invite
    from server.accounts.service import checked_role
    from server.db.revisions import open_database

    values = load_settings().values
    with closing(open_database(values.database_url)) as database:
        _tell_link(values, invite(database, checked_role(role), whom, datetime.now(UTC), actor_id=None))


@users.command()
@click.argument("name")
def reset(name: str) -> None:
    """Make a link with which one person sets a new password: once, within a day."""
    from contextlib import closing
    from datetime import UTC, datetime

    from duchenne.settings import load_settings
    from server.accounts.invitations import invite_to_reset
    from server.db.revisions import open_database

    values = load_settings().values
    with closing(open_database(values.database_url)) as database:
        _tell_link(values, invite_to_reset(database, name, datetime.now(UTC), actor_id=None))


def _tell_link(values: Values, secret: str) -> None:
    from duchenne.console import tell, tell_next
    from server.accounts.invitations import link

    tell(link(values.public_url or f"http://{values.host}:{values.port}", secret))
    tell_next("give the link to that person only; it works once")


@users.command("list")
def list_() -> None:
    """List all accounts."""
    from duchenne.console import tell_next, tell_table
    from duchenne.settings import load_settings
    from server.accounts.service import list_accounts
    from server.db.revisions import open_database

    accounts = list_accounts(open_database(load_settings().values.database_url))
    rows = [(one.name, one.role, "" if one.active else "closed", f"{one.created_utc:%Y-%m-%d}") for one in accounts]
    tell_table("Accounts", ("name", "role", "", "since"), rows)
    tell_next("duchenne users invite --role ROLE")


@users.command()
@click.argument("name")
def close(name: str) -> None:
    """Let nobody in under this name any more. What the person did stays."""
    from duchenne.console import tell, tell_next
    from duchenne.settings import load_settings
    from server.accounts.service import close_account
    from server.db.revisions import open_database

    close_account(open_database(load_settings().values.database_url), name)
    tell(f"{name} is closed")
    tell_next("duchenne users list")
