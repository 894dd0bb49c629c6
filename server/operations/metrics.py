"""What monitoring reads: how many requests, how quick, how they ended; and a few numbers of the house.

Labels are route templates, methods and statuses: nothing in them stands for a person, and there are only so many.
"""

import shutil
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.exposition import generate_latest
from prometheus_client.gc_collector import GCCollector
from prometheus_client.platform_collector import PlatformCollector
from prometheus_client.process_collector import ProcessCollector
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from server.db.accounts import LoginSession
from server.db.ratings import Vote
from server.db.uploads import Upload

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.25, 0.5, 1, 2.5, 10)
_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"})


class Metrics:
    """The figures of one application."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        PlatformCollector(registry=self.registry)
        GCCollector(registry=self.registry)
        self._requests = Counter(
            "duchenne_http_requests",
            "Requests that were answered.",
            ("method", "route", "status"),
            registry=self.registry,
        )
        self._seconds = Histogram(
            "duchenne_http_request_seconds", "From the request's first byte to the answer's last.",
            ("method", "route"), buckets=_SECONDS, registry=self.registry,
        )  # fmt: skip
        self.in_progress = Gauge(
            "duchenne_http_requests_in_progress", "Requests that are being answered.", registry=self.registry
        )
        self._free = Gauge(
            "duchenne_disk_free_bytes", "Free space where these files lie.", ("folder",), registry=self.registry
        )
        self._logins = Gauge("duchenne_logins", "Logins that have not ended.", registry=self.registry)
        self._votes = Gauge("duchenne_votes", "The number of the latest vote.", registry=self.registry)
        self._uploads = Gauge("duchenne_uploads", "Uploads by state.", ("state",), registry=self.registry)

    def observe(self, method: str, route: str, status: int, seconds: float) -> None:
        """One request was answered."""
        method = method if method in _METHODS else "other"  # a client may send any word
        self._requests.labels(method, route, str(status)).inc()
        self._seconds.labels(method, route).observe(seconds)

    def exposition(self, session: Session, folders: Iterable[tuple[str, Path]], now: datetime) -> bytes:
        """Everything in Prometheus's text format, with the house's numbers as they are now."""
        for name, folder in folders:
            self._free.labels(name).set(free_bytes(folder))
        alive = select(func.count()).select_from(LoginSession).where(LoginSession.expires_utc > now)
        self._logins.set(session.scalar(alive) or 0)
        self._votes.set(session.scalar(select(func.max(Vote.id))) or 0)
        self._uploads.clear()
        for state, count in session.execute(select(Upload.state, func.count()).group_by(Upload.state)).all():
            self._uploads.labels(state).set(count)
        return generate_latest(self.registry)


def free_bytes(folder: Path) -> int:
    """Free space where the folder lies or would lie."""
    there = next((place for place in (folder, *folder.absolute().parents) if place.exists()), Path("/"))
    return shutil.disk_usage(there).free
