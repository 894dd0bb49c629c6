"""`duchenne serve`."""

from contextlib import closing, suppress
from functools import partial

import click


@click.command()
@click.option("--host", help="Default: the setting `host`.")
@click.option("--port", type=click.IntRange(1, 65535), help="Default: the setting `port`.")
@click.option(
    "--log",
    type=click.Choice(("text", "json")),
    default="text",
    show_default=True,
    help="text: what went wrong, for a terminal; json: one line a request, for programs.",
)
@click.option("--workers", type=click.IntRange(1, 64), default=1, show_default=True, help="Processes; PostgreSQL only.")
def serve(host: str | None, port: int | None, log: str, workers: int) -> None:
    """Serve the pages and the API until Ctrl-C."""
    from duchenne.console import tell, tell_next, tell_note
    from duchenne.settings import load_settings
    from duchenne.stages import server_config
    from server.operations.logs import configure_logs
    from server.serve import serve

    values = load_settings().values

    def ready(url: str) -> None:
        reached = values.public_url.rstrip("/") or url
        tell(f"serving at {url}   (Ctrl-C ends)")
        if (link := _first_link(values.database_url, reached)) is not None:
            tell(f"first admin, once, within a day: {link}")
            tell_note("there is no account yet; whoever opens this link makes the first one")
            return
        tell_next(f"open {reached} and log in", "duchenne users invite --role rater   (in another terminal)")

    configure_logs(log)
    with suppress(KeyboardInterrupt):  # how one ends it, and no failure
        serve(
            server_config(values),
            host or values.host,
            port or values.port,
            ready,
            workers=workers,
            in_each=partial(configure_logs, log),
        )


def _first_link(database_url: str, url: str) -> str | None:
    """The link of the first admin where there is no account; an unused one of before ends."""
    from datetime import UTC, datetime

    from server.accounts.invitations import invite_first_admin, link
    from server.db.revisions import open_database

    with closing(open_database(database_url)) as database:
        secret = invite_first_admin(database, datetime.now(UTC))
    return None if secret is None else link(url, secret)
