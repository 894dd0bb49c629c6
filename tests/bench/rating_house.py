"""A database full of made-up trials with raters who are logged in, and a server process on it."""

import contextlib
import hashlib
import multiprocessing
import secrets
import signal
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import func, insert, select, text

from server.accounts.access import COOKIE
from server.app import create_app
from server.config import ServerConfig
from server.db.accounts import Account, LoginSession
from server.db.engine import Database
from server.db.ratings import CIRCLE, RatingTask, band_of
from server.db.revisions import open_database
from server.db.studies import Participant, Stimulus, Study
from server.db.trials import Recording, Trial
from server.db.upgrade import upgrade
from server.serve import settle_memory

LOOPBACK = "127.0.0.1"
#: 'spawn' would import everything anew for each of some hundred servers.
_PROCESSES = multiprocessing.get_context("fork")
_TRIALS_A_RECORDING = 20
_AT_ONCE = 5000


@dataclass(frozen=True)
class Seat:
    """A person who is logged in: what their browser would send."""

    account_id: int
    cookie: str
    csrf: str

    @property
    def headers(self) -> dict[str, str]:
        return {"Cookie": f"{COOKIE}={self.cookie}", "X-CSRF-Token": self.csrf, "Accept": "application/json"}


def made_up_house(url: str, trials: int, raters: int, places: int, *, role: str = "rater") -> list[Seat]:
    """Upgrade the database at `url`, fill it with simulated trials to rate, and log `raters` people in."""
    upgrade(url)
    database = open_database(url)
    try:
        now = datetime.now(UTC)
        with database.transaction() as session:
            session.add(Study(id="made-up", title="Made up", raters_per_instrument=places))
        add_trials(database, trials, places, now)
        if not database.is_sqlite:  # as PostgreSQL does by itself within a minute of so many new rows
            with database.transaction() as session:
                session.execute(text("ANALYZE"))
        return [log_in(database, f"person{number}", role, now) for number in range(raters)]
    finally:
        database.close()


def log_in(database: Database, name: str, role: str, now: datetime) -> Seat:
    """An account and its login, without the slow hash of a password that nobody types."""
    token, csrf = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
    with database.transaction() as session:
        account = Account(
            name=name, pseudonym=f"r{secrets.token_hex(6)}", role=role, password_hash="none", created_utc=now
        )
        session.add(account)
        session.flush()
        digest = hashlib.sha256(token.encode()).hexdigest()
        session.add(
            LoginSession(
                token_sha256=digest,
                account_id=account.id,
                csrf_token=csrf,
                created_utc=now,
                expires_utc=now + timedelta(hours=12),
                seen_utc=now,
            )
        )
        return Seat(account.id, token, csrf)


def add_trials(database: Database, trials: int, places: int, now: datetime) -> None:
    """Of new participants, twenty a session, all of whom saw the same clips."""
    recordings = -(-trials // _TRIALS_A_RECORDING)
    with database.transaction() as session:
        before = session.scalar(select(func.count()).select_from(Participant)) or 0
        names = [f"P{before + number:05d}" for number in range(recordings)]
        session.execute(insert(Participant), [{"study_id": "made-up", "pseudonym": name} for name in names])
        if not before:
            clips = [
                {"study_id": "made-up", "clip": f"clip-{number}", "emotion": "happiness", "placeholder": True}
                for number in range(_TRIALS_A_RECORDING)
            ]
            session.execute(insert(Stimulus), clips)
        stimuli = list(session.scalars(select(Stimulus.id).order_by(Stimulus.id)))
        ids = [secrets.token_hex(16) for _ in range(recordings)]
        persons = list(session.scalars(select(Participant.id).order_by(Participant.id).offset(before)))
        session.execute(
            insert(Recording), [_recording(one, person, now) for one, person in zip(ids, persons, strict=True)]
        )
    for first in range(0, trials, _AT_ONCE):
        numbers = range(first, min(first + _AT_ONCE, trials))
        rows = [
            _trial(ids[n // _TRIALS_A_RECORDING], stimuli[n % _TRIALS_A_RECORDING], n % _TRIALS_A_RECORDING + 1)
            for n in numbers
        ]
        tasks = [_task(row["id"], instrument, places, now) for row in rows for instrument in ("ER", "FER")]
        with database.transaction() as session:
            session.execute(insert(Trial), rows)
            session.execute(insert(RatingTask), tasks)


def _recording(recording_id: str, participant: int, now: datetime) -> dict[str, Any]:
    return {
        "id": recording_id, "digest_sha256": "0" * 64, "study_id": "made-up", "study_sha256": "1" * 64,
        "participant_id": participant, "session": 1, "origin": "simulated", "state": "sealed", "outcome": "completed",
        "recorded_utc": "2026-01-02T03:04:05Z", "ingested_utc": now, "consent_rating": True, "consent_training": True,
        "consent_publication": False, "consent_text_sha256": "2" * 64, "tracker_kind": "simulated",
        "tracker_model": "simulated", "tracker_rate_hz": 500.0, "tracker_eyes": "LR",
        "tracker_pupil_unit": "arbitrary", "tracker_simulated": True, "camera_kind": "simulated",
        "camera_model": "simulated", "camera_simulated": True, "screen_width_px": 1280, "screen_height_px": 720,
        "screen_vsync": False,
    }  # fmt: skip


def _trial(recording_id: str, stimulus: int, position: int) -> dict[str, Any]:
    return {
        "id": secrets.token_hex(16), "recording_id": recording_id, "position": position, "stimulus_id": stimulus,
        "duration_ms": 9000.0, "valid": True, "face_sha256": "a" * 64, "face_offset_ms": -120.0,
        "gaze_sha256": "b" * 64, "eye_events_sha256": "c" * 64,
    }  # fmt: skip


def _task(trial: str, instrument: str, places: int, now: datetime) -> dict[str, Any]:
    return {
        "trial_id": trial, "instrument": instrument, "media_id": secrets.token_hex(16), "places": places,
        "priority": 0.4, "band": band_of(0.4), "order_key": secrets.randbelow(CIRCLE), "created_utc": now,
    }  # fmt: skip


@dataclass(frozen=True)
class Served:
    """A server process on the loopback."""

    process: Any
    port: int

    def kill(self) -> None:
        self.process.kill()
        self.process.join()


def free_port() -> int:
    with contextlib.closing(socket.socket()) as probe:
        probe.bind((LOOPBACK, 0))
        port: int = probe.getsockname()[1]
        return port


def start_server(
    config: ServerConfig,
    port: int,
    spoil: Callable[[Any], None] | None = None,
    listener: socket.socket | None = None,
) -> Served:
    """A server in a process of its own, answering when this returns.

    `spoil` gets the application, for controls; `listener` is a listening socket that several servers share.
    """
    ready = _PROCESSES.Event()
    process = _PROCESSES.Process(target=_serve, args=(config, port, ready, spoil, listener), daemon=True)
    process.start()
    if not ready.wait(30):
        process.kill()
        raise RuntimeError("the server under test did not start")
    return Served(process, port)


@contextlib.contextmanager
def served(config: ServerConfig, processes: int = 1) -> Iterator[int]:
    """One or more server processes on one port, for the length of a block; gives the port."""
    with contextlib.closing(socket.socket()) as listener:
        listener.bind((LOOPBACK, 0))
        listener.listen(128)
        port: int = listener.getsockname()[1]
        servers = [start_server(config, port, listener=listener) for _ in range(processes)]
        try:
            yield port
        finally:
            for server in servers:
                server.process.terminate()
            for server in servers:
                server.process.join(10)
                server.kill()


def _serve(
    config: ServerConfig,
    port: int,
    ready: Any,
    spoil: Callable[[Any], None] | None,
    listener: socket.socket | None,
) -> None:
    import uvicorn

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the benchmark, which ends us
    app = create_app(config)
    if spoil is not None:
        spoil(app)

    class Telling(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            settle_memory()
            ready.set()

    config_of_uvicorn = uvicorn.Config(app, host=LOOPBACK, port=port, log_level="error", access_log=False)
    Telling(config_of_uvicorn).run([listener] if listener else None)


def config_of(folder: Path, url: str) -> ServerConfig:
    return ServerConfig(url, folder / "media", folder / "snapshots")
