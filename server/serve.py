"""Running the server: on an address of one's own choice, or, for tests and the demo, on a free loopback port."""

import contextlib
import errno
import gc
import socket
import threading
from collections.abc import Callable, Iterator
from functools import partial

import uvicorn

from server.app import create_app
from server.config import ServerConfig
from server.db.engine import database_url
from server.db.revisions import open_database
from server.errors import ServerError
from server.workers import run_workers

LOOPBACK = "127.0.0.1"
#: Objects, rounds of the youngest, rounds of the middle; Python's own are (700, 10, 10).
_COLLECT_AFTER = (20_000, 20, 20)


class AddressTakenError(ServerError):
    """Another program listens at the address."""


class AddressRefusedError(ServerError):
    """This machine has no such address, or this user may not listen there."""


class WorkersNeedPostgresqlError(ServerError):
    """Several processes were asked for on a database that only one of them can write to."""


def serve(
    config: ServerConfig,
    host: str,
    port: int,
    ready: Callable[[str], None] = lambda _url: None,
    workers: int = 1,
    in_each: Callable[[], None] | None = None,
) -> None:
    """Serve until SIGINT or SIGTERM; `ready` is called with the server's URL when it answers.

    With more than one of `workers`, so many processes share the address; `in_each`, a function of a module or a
    `partial` of one, is called first in each of those. Raises AddressTakenError,
    AddressRefusedError, WorkersNeedPostgresqlError, and the errors of server.db.errors, before anything is served.
    """
    if workers > 1:
        _refuse_one_writer(config, workers)
    with contextlib.closing(_listen(host, port)) as listener:
        if workers == 1:
            _serve_on(config, listener, lambda: ready(_url(listener)))
        else:
            open_database(config.database_url).close()  # said once, and not by each of them
            run_workers(
                partial(_serve_as_one_of_many, config, in_each), listener, workers, lambda: ready(_url(listener))
            )


@contextlib.contextmanager
def running_server(config: ServerConfig) -> Iterator[str]:
    """A server in a thread of this process, on a free port of the loopback; gives its URL and stops it at the end."""
    with contextlib.closing(_listen(LOOPBACK, 0)) as listener:
        started = threading.Event()
        server = _Server(config, started.set)
        thread = threading.Thread(target=_until_stopped, args=(server, listener, started), name="server", daemon=True)
        thread.start()
        started.wait()
        if not server.started:
            raise ServerError("the server stopped while it was starting; its log says why")
        try:
            yield _url(listener)
        finally:
            server.should_exit = True
            thread.join()


def _serve_on(config: ServerConfig, listener: socket.socket, ready: Callable[[], None]) -> None:
    def settled() -> None:
        settle_memory()
        ready()

    _Server(config, settled).run([listener])


def _serve_as_one_of_many(
    config: ServerConfig, first: Callable[[], None] | None, listener: socket.socket, ready: Callable[[], None]
) -> None:
    if first is not None:
        first()
    _serve_on(config, listener, ready)


def _refuse_one_writer(config: ServerConfig, workers: int) -> None:
    if database_url(config.database_url).get_backend_name() == "sqlite":
        raise WorkersNeedPostgresqlError(
            f"{workers} workers: the database is SQLite, whose one writer serves raters in turn within one process. "
            "Leave --workers out, or name a PostgreSQL database by the setting `database_url`"
        )


class _Server(uvicorn.Server):
    """Uvicorn, telling when it answers."""

    def __init__(self, config: ServerConfig, ready: Callable[[], None]) -> None:
        super().__init__(
            uvicorn.Config(
                create_app(config),
                log_config=None,  # whoever starts the process says where lines go; see server.operations.logs
                log_level="warning",
                access_log=False,  # it would write paths, which name people; ours writes routes
                proxy_headers=False,  # whether a proxy is believed is a setting of ours, and never by its address
                server_header=False,
                timeout_graceful_shutdown=5,
            )
        )
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._ready()


def settle_memory() -> None:
    """Take what a started server keeps for good out of the garbage collector's rounds.

    An export makes objects by the hundred thousand, and the collector would look at the whole application again for
    each some thousand of them: without this it takes a sixth longer.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_COLLECT_AFTER)


def _until_stopped(server: _Server, listener: socket.socket, started: threading.Event) -> None:
    try:
        server.run([listener])
    finally:
        started.set()  # whoever waits must not wait for a server that failed


def _listen(host: str, port: int) -> socket.socket:
    """A listening socket: taken now, so that a second server is refused before it opens the database."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        # Lets a restarted server take its address at once; two that listen at the same time are refused all the same.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(128)
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            raise AddressTakenError(
                f"{host}:{port}: another server listens on port {port}; stop it, or choose another with --port"
            ) from None
        raise AddressRefusedError(
            f"{host}:{port}: cannot listen there ({error.strerror}); choose an address of this machine with --host and "
            "a port above 1023 with --port"
        ) from None
    return listener


def _url(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
