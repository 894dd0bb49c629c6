"""`duchenne users …`."""

import click

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
    tell_next("duchenne users add NAME --role ROLE")


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
