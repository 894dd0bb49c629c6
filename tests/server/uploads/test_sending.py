"""The lab PC's sender against a real server: cut lines, killed senders, a killed server; every byte arrives once."""

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from collect.bundle.packing import pack_bundle
from collect.sending.errors import (
    BundleNotSentError,
    SendingError,
    ServerAddressError,
    ServerAwayError,
    ServerRefusedError,
    TokenError,
)
from collect.sending.sending import PAUSES_S, Sender, Step
from collect.sending.server import UploadServer
from server.accounts.logins import Login
from server.accounts.service import add_account
from server.accounts.tokens import make_token
from server.config import ServerConfig
from server.db.accounts import Account, Role
from server.db.revisions import open_database
from server.db.trials import Recording
from server.serve import running_server
from tests.duchenne.command_line import CommandLine
from tests.server.bundles import Plan, record
from tests.server.uploads.cutting_line import cutting_line

SMALL = 4096


@dataclass
class Watching:
    """Remembers what it was told; `at` is called with every step."""

    steps: list[tuple[Step, int, int]] = field(default_factory=list)
    waited: list[float] = field(default_factory=list)
    kill_at: int | None = None

    def progress(self, step: Step, done: int, total: int) -> None:
        self.steps.append((step, done, total))
        if step == "send" and self.kill_at is not None and done >= self.kill_at:
            raise KeyboardInterrupt

    def waits(self, why: str, seconds: float) -> None:
        self.waited.append(seconds)

    @property
    def sent(self) -> list[int]:
        return [done for step, done, _ in self.steps if step == "send"]


@dataclass(frozen=True)
class Lab:
    """A server's configuration, a token for it, and a bundle."""

    config: ServerConfig
    token: str
    bundle: Path

    def sender(self, url: str, watch: Watching) -> Sender:
        return Sender(UploadServer(url, self.token), watch, pause=lambda _s: None, piece_bytes=SMALL)

    def recordings(self) -> list[str]:
        database = open_database(self.config.database_url)
        with contextlib.closing(database), database.reading() as session:
            return list(session.scalars(select(Recording.id)))


@pytest.fixture
def lab(sqlite_url: str, tmp_path: Path) -> Lab:
    config = ServerConfig(sqlite_url, tmp_path / "media", tmp_path / "snapshots")
    database = open_database(sqlite_url)
    add_account(database, "lab-pc", "experimenter")
    with database.reading() as session:
        account = session.scalars(select(Account)).one()
    login = Login(account.id, account.name, Role.EXPERIMENTER, "")
    token = make_token(database, login, "lab PC", frozenset({"upload"}), timedelta(days=30), datetime.now(UTC))
    database.close()
    return Lab(config, token, record(tmp_path / "P01-s1", Plan(trials=3)))


def test_a_recording_is_sent_once(lab: Lab) -> None:
    watch = Watching()
    with running_server(lab.config) as url:
        sender = lab.sender(url, watch)
        sent = sender.send(lab.bundle)
        fate = sender.fate(sent)
        again = lab.sender(url, watch).send(lab.bundle)
    assert (fate.state, fate.recording_id, sent.resumed_at) == ("ingested", pack_bundle(lab.bundle).bundle_id, 0)
    assert fate.message.startswith("Taken in: 3 of 3 trials valid")
    assert (again.upload_id, again.resumed_at) == (sent.upload_id, sent.size)
    assert {step for step, _, _ in watch.steps} == {"verify", "digest", "send"}
    assert watch.waited == []


def test_a_line_that_breaks_again_and_again(lab: Lab) -> None:
    watch = Watching()
    # The third request is the first piece; it and some of those after it break in the middle.
    with (
        running_server(lab.config) as url,
        cutting_line(url, [10**9, 10**9, 1500, 10**9, 3000, 0, 10**9, 2000]) as line,
    ):
        sender = lab.sender(line.url, watch)
        assert sender.fate(sender.send(lab.bundle)).state == "ingested"
    assert line.broken == 4
    assert len(watch.waited) >= 4
    assert watch.sent == sorted(watch.sent)


def test_a_sender_that_was_killed_goes_on_where_it_stopped(lab: Lab) -> None:
    with running_server(lab.config) as url:
        killed = Watching(kill_at=3 * SMALL)
        with pytest.raises(KeyboardInterrupt):
            lab.sender(url, killed).send(lab.bundle)
        assert killed.sent[-1] >= 3 * SMALL
        watch = Watching()
        sent = lab.sender(url, watch).send(lab.bundle)
        assert sent.resumed_at == killed.sent[-1]
        assert lab.sender(url, watch).fate(sent).state == "ingested"
    assert lab.recordings() == [pack_bundle(lab.bundle).bundle_id]


SERVE = """
import sys
from pathlib import Path
from server.config import ServerConfig
from server.serve import serve
url, media, port = sys.argv[1:]
serve(ServerConfig(url, Path(media), Path(media)), "127.0.0.1", int(port), lambda url: print(url, flush=True))
"""


@contextlib.contextmanager
def server_process(config: ServerConfig, port: int) -> Iterator[tuple[subprocess.Popen[str], str]]:
    command = [sys.executable, "-c", SERVE, config.database_url, str(config.media_root), str(port)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process, process.stdout.readline().strip()
        finally:
            process.kill()


def test_a_killed_server_has_every_byte_that_it_acknowledged(lab: Lab) -> None:
    port, acknowledged = 0, 0
    for kill_after in (4 * SMALL, 10**9):
        with server_process(lab.config, port) as (process, url):
            port = int(url.rpartition(":")[2])
            place = UploadServer(url, lab.token)
            if acknowledged:
                (status,) = place.find(pack_bundle(lab.bundle).sha256())
                assert place.offset(status.id) >= acknowledged
            watch = Watching(kill_at=kill_after)
            sender = lab.sender(url, watch)
            try:
                assert sender.fate(sender.send(lab.bundle)).state == "ingested"
            except KeyboardInterrupt:
                os.kill(process.pid, signal.SIGKILL)
            acknowledged = watch.sent[-1]
    assert acknowledged == pack_bundle(lab.bundle).size
    assert lab.recordings() == [pack_bundle(lab.bundle).bundle_id]


def test_nobody_answers(lab: Lab) -> None:
    watch = Watching()
    with running_server(lab.config) as url:
        pass
    with pytest.raises(ServerAwayError, match="What has arrived is safe; run the same command again"):
        lab.sender(url, watch).send(lab.bundle)
    assert watch.waited == list(PAUSES_S)


def test_what_was_lost_at_the_server_is_sent_anew(lab: Lab) -> None:
    with running_server(lab.config) as url:
        with pytest.raises(KeyboardInterrupt):
            lab.sender(url, Watching(kill_at=2 * SMALL)).send(lab.bundle)
        for archive in lab.config.uploads.glob("*.tar"):
            archive.unlink()
        sender = lab.sender(url, Watching())
        sent = sender.send(lab.bundle)
        assert (sent.resumed_at, sender.fate(sent).state) == (0, "ingested")


def test_bundles_that_are_not_fit_are_not_sent(lab: Lab, tmp_path: Path) -> None:
    watch = Watching()
    unsealed = record(tmp_path / "unsealed", seal=False)
    (lab.bundle / "gaze/samples.csv").write_bytes(b"changed")
    with running_server(lab.config) as url:
        for folder, told in (
            (lab.bundle, "changed since the bundle was sealed"),
            (unsealed, "--allow-aborted"),
            (tmp_path, "Nothing was sent"),
        ):
            with pytest.raises(BundleNotSentError, match=told):
                lab.sender(url, watch).send(folder)
        assert UploadServer(url, lab.token).find("0" * 64) == []
        sender = lab.sender(url, watch)
        assert "Aborted: kept" in sender.fate(sender.send(unsealed, allow_aborted=True)).message


@pytest.mark.parametrize(
    ("url", "token", "error", "told"),
    [
        ("faces.example.org", "t", ServerAddressError, "expected the server's address"),
        ("ftp://faces.example.org", "t", ServerAddressError, "expected the server's address"),
        ("https://me:secret@faces.example.org", "t", ServerAddressError, "expected the server's address"),
        ("http://faces.example.org", "t", ServerAddressError, "unencrypted"),
        ("https://faces.example.org", "", TokenError, "there is no token"),
        ("https://faces.example.org", "a b", TokenError, "there is no token"),
    ],
)
def test_an_address_and_a_token_that_cannot_be(url: str, token: str, error: type[SendingError], told: str) -> None:
    with pytest.raises(error, match=told):
        UploadServer(url, token)


def test_a_token_that_the_server_does_not_take_and_an_address_of_something_else(lab: Lab) -> None:
    with running_server(lab.config) as url:
        with pytest.raises(TokenError, match="/tokens") as told:
            UploadServer(url, "dt_wrong-and-secret").find("0" * 64)
        assert "wrong-and-secret" not in str(told.value)
        with pytest.raises(ServerRefusedError, match="no Duchenne server at this address"):
            UploadServer(f"{url}/elsewhere", lab.token).find("0" * 64)


class TestTheCommand:
    def test_sends_tells_and_leads_on(self, lab: Lab, duchenne: CommandLine, tmp_path: Path) -> None:
        (file := tmp_path / "token").write_text(f"{lab.token}\n")
        file.chmod(0o600)
        with running_server(lab.config) as url:
            said = duchenne("upload", lab.bundle, "--server", url, "--token-file", file)
            assert said.status == 0, said.err
            assert "Taken in: 3 of 3 trials valid" in said.out
            assert f"open {url}/recordings/{pack_bundle(lab.bundle).bundle_id}" in said.err
            assert lab.token not in said.out + said.err
            changed = record(tmp_path / "other", Plan(trials=2))  # another bundle under the same id
            assert "a sealed bundle never changes" in duchenne.refused(
                "upload", changed, "--server", url, "--token-file", file
            )

    def test_without_a_token_or_an_address(self, lab: Lab, duchenne: CommandLine) -> None:
        assert "token_file: no token can be read" in duchenne.refused("upload", lab.bundle)
        duchenne.environment["DUCHENNE_TOKEN"] = lab.token
        assert "setting server_url" in duchenne.refused("upload", lab.bundle)
        shown = duchenne("settings")
        assert lab.token not in shown.out


@pytest.fixture
def duchenne(tmp_path: Path) -> CommandLine:
    return CommandLine(tmp_path / "home")
