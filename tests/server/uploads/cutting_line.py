"""A network line that breaks: what goes through it is cut after so many bytes, as often as a test wants."""

import contextlib
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field


@dataclass
class Line:
    """`cuts`: after how many bytes to the server each connection breaks, in order; then none does."""

    target: tuple[str, int]
    cuts: list[int] = field(default_factory=list)
    url: str = ""
    broken: int = 0


@contextlib.contextmanager
def cutting_line(target_url: str, cuts: list[int]) -> Iterator[Line]:
    """A line to the server at `target_url`, on a port of its own."""
    host, _, port = target_url.removeprefix("http://").rpartition(":")
    line = Line((host, int(port)), cuts)
    with contextlib.closing(socket.create_server(("127.0.0.1", 0))) as listener:
        line.url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        threading.Thread(target=_serve, args=(listener, line), daemon=True).start()
        yield line


def _serve(listener: socket.socket, line: Line) -> None:
    while True:
        try:
            client, _ = listener.accept()
        except OSError:  # closed: the test is over
            return
        try:
            server = socket.create_connection(line.target)
        except OSError:
            client.close()
            continue
        threading.Thread(target=_copy, args=(server, client, None, line), daemon=True).start()
        limit = line.cuts.pop(0) if line.cuts else None
        threading.Thread(target=_copy, args=(client, server, limit, line), daemon=True).start()


def _copy(source: socket.socket, target: socket.socket, limit: int | None, line: Line) -> None:
    passed = 0
    with contextlib.suppress(OSError):
        while chunk := source.recv(4096):
            if limit is not None and passed + len(chunk) > limit:
                line.broken += 1
                break
            target.sendall(chunk)
            passed += len(chunk)
    for end in (source, target):
        with contextlib.suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
        end.close()
