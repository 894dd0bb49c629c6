"""`duchenne serve`."""

from contextlib import suppress

import click


@click.command()
@click.option("--host", help="Default: the setting `host`.")
@click.option("--port", type=click.IntRange(1, 65535), help="Default: the setting `port`.")
def serve(host: str | None, port: int | None) -> None:
    """Serve the rating pages until Ctrl-C."""
    from duchenne.console import tell, tell_next
    from duchenne.settings import load_settings
    from duchenne.stages import server_config
    from server.serve import serve

    values = load_settings().values

    def ready(url: str) -> None:
        tell(f"serving at {url}   (Ctrl-C ends)")
        tell_next(f"open {url} and log in", "duchenne users add NAME --role rater   (in another terminal)")

    with suppress(KeyboardInterrupt):  # how one ends it, and no failure
        serve(server_config(values), host or values.host, port or values.port, ready)
