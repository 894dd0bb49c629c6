"""Taking a bundle in: verified, cut into trials, stored, and then made rows in one transaction."""

import hashlib
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from sqlalchemy import func, select
from sqlalchemy.orm import Session, defer

from annotate.media_store import MediaStore
from annotate.scales import Instrument
from collect.bundle.format import JOURNAL_FILE, SEAL_FILE
from collect.bundle.reader import Bundle, read_bundle
from collect.bundle.verify import verify_bundle
from collect.errors import CollectError
from server.db.audit import note
from server.db.engine import Database
from server.db.ratings import RatingTask
from server.db.trials import Recording, Trial
from server.sessions.errors import BundleChangedError, BundleNotSealedError, BundleNotWholeError, IngestRefusedError
from server.sessions.quality import Quality, add_later_quality, apply_quality, read_quality
from server.sessions.rows import (
    add_recording,
    add_tasks,
    add_trials,
    find_participant,
    find_study,
    forget_aborted,
    refuse_withdrawn,
)
from server.sessions.shelf import Shelf, digests_of, remove_unnamed
from server.sessions.trial_media import TrialMedia, store_media

_log = logging.getLogger(__name__)
Progress = Callable[[int, int], None]
DEFAULT_RATERS = 3


@dataclass(frozen=True)
class IngestResult:
    """What became of one bundle. The counts are of what is in the database now, whenever it came there."""

    bundle_id: str
    status: Literal["ingested", "already ingested"]
    origin: str
    state: str
    trials: int
    trials_valid: int
    er_tasks: int
    fer_tasks: int
    verdict: str | None = None
    notes: tuple[str, ...] = ()


def ingest_bundle(
    database: Database,
    media: MediaStore,
    folder: Path,
    progress: Progress | None = None,
    *,
    allow_aborted: bool = False,
    raters_per_instrument: int = DEFAULT_RATERS,
    actor_id: int | None = None,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> IngestResult:
    """Take the bundle at `folder` in. A bundle that is in already changes nothing.

    Valid trials of a sealed bundle become rating tasks where the participant agreed to rating: ER for each, FER where
    there is a face. An aborted bundle (no seal; only with `allow_aborted`) is kept but neither rated nor trained on;
    once it is resumed and sealed it may be ingested again and takes the aborted one's place. `raters_per_instrument`
    counts for a study that the database does not know yet. `progress` counts trials.

    The quality report that lies beside the bundle becomes verdicts of the recording and its trials, also where it came
    later than the recording itself. `actor_id`: the account that brings it, None at the command line.

    Raises the errors of server.sessions.errors; then nothing was taken.
    """
    bundle = _read(folder)
    quality, notes = read_quality(folder, bundle.header.bundle_id)
    digest = _digest(bundle)
    if bundle.state == "unsealed" and not allow_aborted:
        raise BundleNotSealedError(
            f"{folder / SEAL_FILE}: missing, so the session was cut off. Finish it with `duchenne collect resume "
            f"{folder}`, or take it as aborted with --allow-aborted"
        )
    with database.reading() as session:
        refuse_withdrawn(session, bundle.header)  # before a single picture of theirs is stored
        known = session.get(Recording, bundle.header.bundle_id, options=[defer(Recording.quality)])
        is_in = known is not None and _is_same(known, bundle, digest, folder)
        replaced = digests_of(session, bundle.header.bundle_id)
    if is_in:
        return _add_quality(database, bundle.header.bundle_id, quality, notes, actor_id, now())
    _refuse_broken(bundle)
    shelf = Shelf(media)
    try:
        stored = store_media(bundle, shelf, progress)
        taken = _Taken(bundle, digest, stored, quality, notes)
        with database.transaction() as session:
            _refuse_deleted(shelf)
            result = _write(session, taken, raters_per_instrument, actor_id, now())
    except BaseException:
        _take_back(database, shelf)
        raise
    remove_unnamed(database, media, replaced)  # of an aborted beginning that made way
    return result


def _take_back(database: Database, shelf: Shelf) -> None:
    """Faces that no row names would outlive a withdrawal. What went wrong before is told in any case."""
    try:
        remove_unnamed(database, shelf.media, shelf.digests)
    except Exception:
        _log.exception("media of a recording that was not taken in could not be removed again")


@dataclass(frozen=True)
class _Taken:
    """A bundle that was found whole, what is stored of it, and what was said beside it."""

    bundle: Bundle
    digest: str
    stored: dict[int, TrialMedia]
    quality: Quality | None
    notes: tuple[str, ...]


def _add_quality(
    database: Database,
    bundle_id: str,
    quality: Quality | None,
    notes: tuple[str, ...],
    actor_id: int | None,
    now: datetime,
) -> IngestResult:
    """Of a recording that is in: only a report that came later is taken."""
    if quality is None:
        with database.reading() as session:
            return _result(session, bundle_id, "already ingested", notes)
    with database.transaction() as session:
        if add_later_quality(session, bundle_id, quality):
            note(session, "recording.judged", bundle_id, now, actor_id=actor_id, verdict=quality.verdict)
            notes += ("its quality report was taken in",)
        return _result(session, bundle_id, "already ingested", notes)


def _refuse_deleted(shelf: Shelf) -> None:
    """A withdrawal deletes media that no row names; what we have stored a moment ago is named only from now on."""
    if not all(digest in shelf.media for digest in shelf.digests):
        raise IngestRefusedError("A medium of the recording was deleted while it was taken in; take it in once more")


def _read(folder: Path) -> Bundle:
    try:
        return read_bundle(folder)
    except CollectError as error:
        raise IngestRefusedError(str(error)) from error


def _refuse_broken(bundle: Bundle) -> None:
    report = verify_bundle(bundle.folder)
    if not report.ok:
        more = f" (and {len(report.problems) - 1} more; `duchenne collect verify` lists them)"
        raise BundleNotWholeError(report.problems[0] + (more if len(report.problems) > 1 else ""))
    header = bundle.header
    if header.origin != "simulated" and (header.tracker.simulated or header.camera.simulated):
        raise BundleNotWholeError(
            f"{bundle.folder / 'bundle.json'}, field origin: {header.origin!r}, but a device in it is simulated; "
            "expected 'simulated'. Record it again"
        )


def _digest(bundle: Bundle) -> str:
    """What tells this bundle from another of its id: the seal, or, without one, how far its journal goes."""
    file = bundle.folder / (SEAL_FILE if bundle.state == "sealed" else JOURNAL_FILE)
    return hashlib.sha256(file.read_bytes() if file.is_file() else b"").hexdigest()


def _is_same(known: Recording, bundle: Bundle, digest: str, folder: Path) -> bool:
    """Whether the known recording is this bundle, or (False) its aborted beginning. Raises BundleChangedError."""
    if known.digest_sha256 == digest:
        return True
    if known.state == "aborted":
        return False
    raise BundleChangedError(
        f"{folder}: bundle {known.id} was ingested on {known.ingested_utc:%Y-%m-%d %H:%M} UTC with other content; a "
        "sealed bundle never changes. Ask for an intact copy; what is in the database stays as it is"
    )


def _write(session: Session, taken: _Taken, raters: int, actor_id: int | None, now: datetime) -> IngestResult:
    bundle, header = taken.bundle, taken.bundle.header
    known = session.get(Recording, header.bundle_id)
    if known is not None:
        if _is_same(known, bundle, taken.digest, bundle.folder):  # somebody else has ingested it since we looked
            return _result(session, header.bundle_id, "already ingested")
        session.expunge(known)
        forget_aborted(session, header.bundle_id)
    study, notes = find_study(session, bundle, raters)
    participant = find_participant(session, header)
    recording = add_recording(session, bundle, taken.digest, participant, now)
    trials = add_trials(session, bundle, taken.stored)
    if taken.quality is not None:
        apply_quality(recording, trials, taken.quality)
    if bundle.state != "sealed":
        notes += ("aborted: kept, but neither rated nor trained on until it is resumed, sealed and ingested again",)
    elif "rating" not in header.consent.scopes:
        notes += ("the participant did not agree to rating, so no rater will see it",)
    else:
        add_tasks(session, trials, study.raters_per_instrument, now)
    note(
        session,
        "recording.ingested",
        header.bundle_id,
        now,
        actor_id=actor_id,
        study=header.study_id,
        origin=header.origin,
        state=recording.state,
        trials=len(trials),
    )
    return _result(session, header.bundle_id, "ingested", taken.notes + notes)


def _result(
    session: Session, bundle_id: str, status: Literal["ingested", "already ingested"], notes: tuple[str, ...] = ()
) -> IngestResult:
    recording = session.get_one(Recording, bundle_id, options=[defer(Recording.quality)])
    of_recording = select(Trial.id).where(Trial.recording_id == bundle_id)
    tasks = select(func.count()).where(RatingTask.trial_id.in_(of_recording))
    return IngestResult(
        bundle_id,
        status,
        recording.origin,
        recording.state,
        trials=session.scalar(select(func.count()).select_from(of_recording.subquery())) or 0,
        trials_valid=session.scalar(select(func.count()).select_from(of_recording.where(Trial.valid).subquery())) or 0,
        er_tasks=session.scalar(tasks.where(RatingTask.instrument == Instrument.ER.value)) or 0,
        fer_tasks=session.scalar(tasks.where(RatingTask.instrument == Instrument.FER.value)) or 0,
        verdict=recording.verdict,
        notes=notes,
    )
