"""Real servers on the loopback: they answer, they stop, and they refuse what they must."""

import os
import signal
import socket
import subprocess
import sys
import textwrap
from pathlib import Path

import httpx2
import pytest

from server.config import ServerConfig
from server.db.engine import create_database_engine
from server.db.errors import DatabaseNotUpgradedError
from server.serve import (
    AddressRefusedError,
    AddressTakenError,
    WorkersNeedPostgresqlError,
    running_server,
    serve,
)


@pytest.fixture
def config(sqlite_url: str, tmp_path: Path) -> ServerConfig:
    return ServerConfig(sqlite_url, tmp_path / "media", tmp_path / "snapshots")


def test_a_server_in_a_thread_answers_and_stops(server_config: ServerConfig) -> None:
    with running_server(server_config) as url:
        assert httpx2.get(f"{url}/healthz").json() == {"status": "ok"}
    with pytest.raises(httpx2.ConnectError):
        httpx2.get(f"{url}/healthz")


def test_a_second_server_on_the_port_is_refused(config: ServerConfig) -> None:
    with running_server(config) as url:
        port = httpx2.URL(url).port or 0
        with pytest.raises(AddressTakenError, match=rf"port {port}; stop it, or choose another with --port"):
            serve(config, "127.0.0.1", port)


def test_an_address_of_another_machine_is_refused(config: ServerConfig) -> None:
    with pytest.raises(AddressRefusedError, match="--host"):
        serve(config, "192.0.2.1", 8707)


def test_a_database_that_is_not_upgraded_is_refused_before_serving(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'none.db'}"
    with pytest.raises(DatabaseNotUpgradedError), running_server(ServerConfig(url, tmp_path, tmp_path)):
        pass
    assert not (tmp_path / "none.db").exists()


def test_a_served_process_tells_when_it_is_ready_and_ends_on_ctrl_c(config: ServerConfig) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    program = textwrap.dedent(
        f"""
        from pathlib import Path
        from server.config import ServerConfig
        from server.serve import serve
        config = ServerConfig({config.database_url!r}, Path({str(config.media_root)!r}), Path("."))
        serve(config, "127.0.0.1", {port}, lambda url: print(url, flush=True))
        """
    )
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        try:
            assert url == f"http://127.0.0.1:{port}"
            assert httpx2.get(f"{url}/healthz").status_code == 200
        finally:
            os.kill(process.pid, signal.SIGINT)
        process.wait(20)


def test_several_processes_on_one_sqlite_file_are_refused(config: ServerConfig) -> None:
    with pytest.raises(WorkersNeedPostgresqlError, match=r"2 workers: the database is SQLite.*--workers"):
        serve(config, "127.0.0.1", 0, workers=2)


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_several_processes_share_an_address_and_end_together(server_config: ServerConfig) -> None:
    program = textwrap.dedent(
        f"""
        from pathlib import Path
        from server.config import ServerConfig
        from server.serve import serve
        root = Path({str(server_config.media_root.parent)!r})
        config = ServerConfig({server_config.database_url!r}, root / "media", root / "snapshots")
        if __name__ == "__main__":
            serve(config, "127.0.0.1", 0, lambda url: print(url, flush=True), workers=2)
        """
    )
    file = server_config.media_root.parent / "program.py"
    file.write_text(program)
    with subprocess.Popen([sys.executable, str(file)], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        try:
            first = workers_of(process.pid)
            assert len(first) == 2
            assert httpx2.get(f"{url}/healthz").status_code == 200
            os.kill(first[0], signal.SIGKILL)
            while (second := workers_of(process.pid)) == first or len(second) < 2:
                assert process.poll() is None
            assert httpx2.get(f"{url}/healthz").status_code == 200
        finally:
            process.terminate()
        assert process.wait(30) == 0
    assert [pid for pid in {*first, *second} if Path(f"/proc/{pid}").exists()] == []
    with pytest.raises(httpx2.ConnectError):
        httpx2.get(f"{url}/healthz")


def workers_of(pid: int) -> list[int]:
    """The running children of a process that serve; multiprocessing has a helper process of its own beside them."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [int(child) for child in children if is_worker(Path("/proc", child))]


def is_worker(process: Path) -> bool:
    try:
        return "zombie" not in (process / "status").read_text() and (
            b"resource_tracker" not in (process / "cmdline").read_bytes()
        )
    except (FileNotFoundError, ProcessLookupError):  # it ended while it was looked at
        return False


def test_sqlite_uses_its_safe_write_ahead_log(config: ServerConfig) -> None:
    engine = create_database_engine(config.database_url)
    with engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1
    engine.dispose()
