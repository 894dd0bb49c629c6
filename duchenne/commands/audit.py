"""`duchenne audit …`."""

import click


@click.group()
def audit() -> None:
    """Check that nobody rewrote who did what."""


@audit.command()
@click.option(
    "--head", "earlier", metavar="NUMBER:DIGEST", help="What `duchenne audit head` printed at an earlier time."
)
def verify(earlier: str | None) -> None:
    """Walk the whole log and name the first entry that does not fit."""
    from duchenne.console import bar, tell, tell_next
    from duchenne.settings import load_settings
    from server.audit.chain import Head, verify
    from server.db.revisions import open_database

    noted = Head.parse(earlier) if earlier is not None else None
    with open_database(load_settings().values.database_url).reading() as session, bar("audit (entries)") as progress:
        head = verify(session, noted, progress)
    tell(f"{head.entry} entries, each fits to the one before it\nhead  {head}")
    if noted is None:
        tell_next(f"duchenne audit verify --head {head.entry}:…   (later: tells if the end was cut off)")


@audit.command()
def head() -> None:
    """Print number and digest of the last entry, to be kept elsewhere."""
    from duchenne.console import tell
    from duchenne.settings import load_settings
    from server.audit.chain import head
    from server.db.revisions import open_database

    with open_database(load_settings().values.database_url).reading() as session:
        tell(str(head(session)))
