"""`duchenne upload`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collect.sending.sending import Sender, Sent, Step
    from collect.sending.server import Status
    from duchenne.settings import Values


@click.command()
@click.argument("bundles", metavar="BUNDLE…", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--server", metavar="URL", help="Default: the setting `server_url`.")
@click.option(
    "--token-file", type=click.Path(path_type=Path), help="A file that holds the API token. Default: the setting."
)
@click.option("--allow-aborted", is_flag=True, help="Also send bundles that were never sealed, as 'aborted'.")
@click.option("--allow-plain-http", is_flag=True, help="Send unencrypted, in a network that nobody else is in.")
def upload(
    bundles: tuple[Path, ...], server: str | None, token_file: Path | None, allow_aborted: bool, allow_plain_http: bool
) -> None:
    """Send recordings to the server; run it again to go on where it stopped."""
    import sys

    from collect.sending.sending import Sender
    from collect.sending.server import UploadServer
    from duchenne.console import tell_next
    from duchenne.settings import load_settings

    values = load_settings().values
    place = UploadServer(server or values.server_url, _token(values, token_file), allow_plain_http=allow_plain_http)
    sent = []
    for folder in bundles:
        with _Bars(folder.absolute().name) as bars:
            sent.append(Sender(place, bars).send(folder, allow_aborted=allow_aborted))
    fates = _fates(Sender(place, _Notes()), sent)
    refused = _tell_fates(fates)
    recordings = [status.recording_id for _, status in fates if status.recording_id and status.state == "ingested"]
    steps = [f"open {place.url}/recordings/{recording}" for recording in recordings[:3]]
    tell_next(*(steps or [f"open {place.url}/uploads"]))
    sys.exit(1 if refused else 0)


def _fates(sender: Sender, sent: list[Sent]) -> list[tuple[Sent, Status]]:
    from duchenne.console import bar

    with bar("server verifies (bundles)") as progress:
        fates = []
        progress(0, len(sent))
        for one in sent:
            fates.append((one, sender.fate(one)))
            progress(len(fates), len(sent))
    return fates


def _tell_fates(fates: list[tuple[Sent, Status]]) -> int:
    """Say what became of each; how many were refused."""
    from duchenne.console import tell_error, tell_note, tell_table

    rows = []
    for sent, status in fates:
        first, *more = status.message.splitlines() or [""]
        name = sent.folder.absolute().name
        rows.append((name, status.state, f"{sent.size / 2**20:.1f}", first if status.state == "ingested" else ""))
        for text in more if status.state == "ingested" else ():
            tell_note(f"{name}: {text}")
    tell_table("Upload", ("bundle", "", "MiB", "what the server says"), rows)
    refused = [(sent, status) for sent, status in fates if status.state != "ingested"]
    for sent, status in refused:
        tell_error(f"{sent.folder}: {status.state} by the server: {status.message}")
    return len(refused)


def _token(values: Values, token_file: Path | None) -> str:
    """From the file that was named, else the setting or its environment variable, else the file of the settings."""
    from collect.sending.errors import TokenError
    from duchenne.console import tell_note

    if token_file is None and (token := values.token.get_secret_value()):
        return token
    path = token_file or values.token_file
    try:
        token = path.read_text(encoding="utf-8").strip()
        readable = path.stat().st_mode & 0o077
    except (OSError, UnicodeDecodeError) as error:
        raise TokenError(
            f"{path}: no token can be read from it ({getattr(error, 'strerror', None) or 'it is no text'}). Make one "
            "with the scope 'upload' on the server's page /tokens, and save it there"
        ) from None
    if readable:
        tell_note(f"{path}: others on this computer can read the token; chmod 600 {path}")
    return token


class _Notes:
    """While the server works there is a bar of its own."""

    def progress(self, step: Step, done: int, total: int) -> None:
        pass

    def waits(self, why: str, seconds: float) -> None:
        from duchenne.console import tell_note

        tell_note(f"{why}; another try in {seconds:g} s")


class _Bars:
    """One bar a step, named after the bundle."""

    def __init__(self, name: str) -> None:
        from duchenne.console import StepBars

        self._bars = StepBars()
        self._titles = {"verify": f"verify {name} (files)", "digest": f"digest {name}", "send": f"send {name}"}

    def __enter__(self) -> _Bars:
        self._bars.__enter__()
        return self

    def __exit__(self, *what: object) -> None:
        self._bars.__exit__(None, None, None)

    def progress(self, step: Step, done: int, total: int) -> None:
        self._bars.move(self._titles[step], done, total, in_bytes=step != "verify")

    def waits(self, why: str, seconds: float) -> None:
        self._bars.say(f"{why}; another try in {seconds:g} s")
