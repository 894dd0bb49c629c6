"""Sending a bundle: verified first, resumed where it stopped, patient with the network, and told what became of it.

Nothing is kept here about what was sent: the archive is the same every time, and the server knows by its digest how
much of it has arrived. So a second run goes on where the first one was killed.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol, TypeVar

from collect.bundle.packing import BundleArchive, pack_bundle
from collect.bundle.verify import verify_bundle
from collect.sending.errors import BundleNotSentError, ServerAwayError, UploadLostError
from collect.sending.server import Status, UploadServer

T = TypeVar("T")
Step = Literal["verify", "digest", "send"]
#: A piece is so long that it takes about a second or two: short enough to lose little, long enough to waste little.
FIRST_PIECE_BYTES = 1 << 20
_SMALLEST_BYTES, _LARGEST_BYTES = 64 << 10, 16 << 20
_QUICK_S, _SLOW_S = 0.7, 4.0
#: Pauses before another try, in seconds; after the last one it is given up for now. About ten minutes in all.
PAUSES_S = (1.0, 2.0, 4.0, 8.0, 15.0, 30.0, 60.0, 60.0, 60.0, 60.0, 60.0, 60.0, 60.0, 60.0)
_ASK_EVERY_S = (0.3, 0.7, 1.0, 2.0, 5.0)


class Watch(Protocol):
    """Who is told how it goes."""

    def progress(self, step: Step, done: int, total: int) -> None:
        """Files of `verify`, bytes of `digest` and `send`."""

    def waits(self, why: str, seconds: float) -> None:
        """The server does not answer; the next try is in so many seconds."""


@dataclass(frozen=True)
class Sent:
    """A bundle that is at the server. `resumed_at`: bytes that were there from earlier."""

    folder: Path
    upload_id: str
    size: int
    resumed_at: int


class Sender:
    """Sends to one server. `pause` and `clock` are in seconds; pieces begin with `piece_bytes` and follow the speed."""

    def __init__(
        self,
        server: UploadServer,
        watch: Watch,
        *,
        pause: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
        piece_bytes: int = FIRST_PIECE_BYTES,
    ) -> None:
        self._server, self._watch, self._pause, self._clock = server, watch, pause, clock
        self._piece_bytes = piece_bytes

    def send(self, folder: Path, *, allow_aborted: bool = False) -> Sent:
        """Verify and send one bundle; returns when its last byte has arrived, or had before.

        Raises BundleNotSentError before anything is sent; ServerAwayError where the server does not answer for long,
        after which the same call goes on; TokenError, ServerRefusedError.
        """
        self._refuse_unfit(folder, allow_aborted)
        archive = pack_bundle(folder)
        digest = archive.sha256(lambda done, total: self._watch.progress("digest", done, total))
        begun = self._begun(digest)
        upload_id = begun.id if begun else self._declare(archive, digest, allow_aborted)
        resumed_at = begun.received if begun else 0
        try:
            self._send_from(archive, upload_id, resumed_at)
        except UploadLostError:
            upload_id, resumed_at = self._declare(archive, digest, allow_aborted), 0
            self._send_from(archive, upload_id, 0)
        return Sent(folder, upload_id, archive.size, resumed_at)

    def fate(self, sent: Sent) -> Status:
        """Wait until the server has verified and taken in, or refused, what was sent."""
        asked = 0
        while (status := self._patiently(lambda: self._server.status(sent.upload_id))).state == "checking":
            self._pause(_ASK_EVERY_S[min(asked, len(_ASK_EVERY_S) - 1)])
            asked += 1
        return status

    def _refuse_unfit(self, folder: Path, allow_aborted: bool) -> None:
        report = verify_bundle(folder, lambda done, total: self._watch.progress("verify", done, total))
        if not report.ok or report.state == "withdrawn":
            problem = (*report.problems, *report.notes)[0]
            raise BundleNotSentError(f"{problem} Nothing was sent.")
        if report.state == "unsealed" and not allow_aborted:
            raise BundleNotSentError(
                f"{folder}: the session was cut off and never sealed. Finish it with `duchenne collect resume "
                f"{folder}`, or send it as aborted with --allow-aborted. Nothing was sent."
            )

    def _begun(self, digest: str) -> Status | None:
        """An upload of this archive that may go on, or that has arrived and was not refused."""
        known = self._patiently(lambda: self._server.find(digest))
        return next((one for one in known if one.state in ("arriving", "checking", "ingested")), None)

    def _declare(self, archive: BundleArchive, digest: str, allow_aborted: bool) -> str:
        return self._patiently(
            lambda: self._server.declare(archive.size, digest, archive.name, allow_aborted=allow_aborted)
        )

    def _send_from(self, archive: BundleArchive, upload_id: str, offset: int) -> None:
        self._watch.progress("send", offset, archive.size)
        tries = 0
        while offset < archive.size:
            piece = archive.read(offset, self._piece_bytes)
            begun = self._clock()
            try:
                offset = self._server.append(upload_id, offset, piece)
            except ServerAwayError as error:
                # Whether the piece has arrived is not known, so the server is asked; half the length may get through.
                self._piece_bytes = self._smaller()
                self._wait(error, tries)
                tries += 1
                offset = self._patiently(lambda: self._server.offset(upload_id), tries)
            else:
                tries = 0
                self._adapt(self._clock() - begun)
            self._watch.progress("send", offset, archive.size)

    def _adapt(self, took_s: float) -> None:
        if took_s < _QUICK_S:
            self._piece_bytes = min(_LARGEST_BYTES, self._piece_bytes * 2)
        elif took_s > _SLOW_S:
            self._piece_bytes = self._smaller()

    def _smaller(self) -> int:
        return max(min(_SMALLEST_BYTES, self._piece_bytes), self._piece_bytes // 2)

    def _patiently(self, call: Callable[[], T], tries: int = 0) -> T:
        while True:
            try:
                return call()
            except ServerAwayError as error:
                self._wait(error, tries)
                tries += 1

    def _wait(self, error: ServerAwayError, tries: int) -> None:
        if tries >= len(PAUSES_S):
            raise ServerAwayError(
                f"{error}, also after {tries} tries. What has arrived is safe; run the same command again to go on"
            ) from error
        self._watch.waits(str(error), PAUSES_S[tries])
        self._pause(PAUSES_S[tries])
