"""The EMER data set as its authors hand it out, taken in whole or not at all.

`check_data_set` (server.importing.checking) looks at everything first; `take_in` writes the media and then all rows in
one transaction. Both may be called again at any time, also after a crash: what is in the database is passed, and media
that were written are not written again.
"""

import tempfile
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import or_, select

from annotate.media_store import MediaStore
from server.db.audit import note
from server.db.engine import Database
from server.db.trials import Trial
from server.importing.checking import ADVICE, Checked, Problem, Progress
from server.importing.errors import MediaNotWrittenError, NotWholeError
from server.importing.face_video import PictureUnreadableError, write_face_video
from server.importing.rows import write_rows
from server.importing.samples import Sample
from server.importing.unfinished import Stored, Unfinished


@dataclass(frozen=True)
class EmerResult:
    """What became of the data set. `taken` is of this call, `already` was in the database before.

    `labels`: how many samples of this call have which class, by (instrument, class). `eye_rows`, `eye_rows_blank`,
    `eye_rows_zero`: the tracker's rows taken, those without any gaze, and those whose gaze is exactly 0, 0.
    """

    study: str
    taken: int
    already: int
    participants: int
    left_out: tuple[Problem, ...]
    labels: dict[tuple[str, str], int]
    eye_rows: int
    eye_rows_blank: int
    eye_rows_zero: int
    remarks: tuple[str, ...]


def take_in(
    database: Database,
    media: MediaStore,
    checked: Checked,
    unfinished: Unfinished,
    progress: Progress | None = None,
    *,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> EmerResult:
    """Write the media of all samples that were checked, then all rows. `progress` counts samples.

    Raises MediaNotWrittenError, and NotWholeError where pictures cannot be read and broken samples may not be left out;
    what was written before stays in the store for the next call, and `unfinished` knows it.
    """
    stored, broken = _store(media, checked, unfinished, progress)
    if broken and not checked.choices.leave_out_broken:
        raise NotWholeError([told for _, told in broken], f"{ADVICE}. What is done is not done again")
    samples = [sample for sample in checked.samples if sample.name in stored]
    if samples:
        _write(database, checked, samples, stored, now())
    unfinished.delete()
    facts = [stored[sample.name].facts for sample in samples]
    lost = {name for name, _ in broken}
    return EmerResult(
        checked.choices.study,
        taken=len(samples),
        already=checked.already,
        participants=len({person for name, person in checked.people.items() if name not in lost}),
        left_out=(*checked.left_out, *broken),
        labels=dict(
            Counter(
                (instrument.value, answer.seven.value)
                for sample in samples
                for instrument, answer in sample.labelled.answers.items()
            )
        ),
        eye_rows=sum(one.samples for one in facts),
        eye_rows_blank=sum(one.gaze_blank for one in facts),
        eye_rows_zero=sum(one.gaze_zero for one in facts),
        remarks=checked.remarks,
    )


def forget_unfinished(database: Database, media: MediaStore, unfinished: Unfinished) -> int:
    """Delete what an import that was never finished has left in the store; how many media.

    Faces that no row names would outlive every wish that they be deleted.
    """
    removed = 0
    for digest in sorted(unfinished.digests()):
        with database.transaction() as session:
            columns = (Trial.face_sha256, Trial.gaze_sha256, Trial.eye_events_sha256)
            named = session.scalar(select(Trial.id).where(or_(*(column == digest for column in columns))).limit(1))
            removed += named is None and media.remove(digest)
    unfinished.delete()
    return removed


def _store(
    media: MediaStore, checked: Checked, unfinished: Unfinished, progress: Progress | None
) -> tuple[dict[str, Stored], list[Problem]]:
    """Put media into the store, each sample's noted when all of them lie there."""
    stored, broken = dict(checked.stored), []
    with tempfile.TemporaryDirectory(prefix="duchenne-import-") as scratch:
        for done, sample in enumerate(checked.samples, 1):
            if sample.name not in stored:
                try:
                    one = _store_sample(media, checked, sample, Path(scratch) / "face.mp4")
                    unfinished.add(one)
                    stored[sample.name] = one
                except PictureUnreadableError as error:
                    broken.append((sample.name, str(error)))
                except OSError as error:
                    raise MediaNotWrittenError(
                        f"sample '{sample.name}': its media cannot be written to {media.name} ({error.strerror}). Make "
                        "room there, or see to its rights, and import again: what is done is not done again"
                    ) from error
            if progress is not None:
                progress(done, len(checked.samples))
    return stored, broken


def _store_sample(media: MediaStore, checked: Checked, sample: Sample, target: Path) -> Stored:
    eye = checked.eyes[sample.name]
    video = write_face_video(sample.pictures, eye.facts.duration_ms, target)
    return Stored(
        sample=sample.name,
        fingerprint=checked.fingerprints[sample.name],
        face_sha256=media.put_file(target),
        gaze_sha256=media.put_bytes(eye.gaze),
        eye_events_sha256=None if eye.events is None else media.put_bytes(eye.events),
        frames=video.frames,
        facts=eye.facts,
    )


def _write(
    database: Database, checked: Checked, samples: list[Sample], stored: dict[str, Stored], now: datetime
) -> None:
    with database.transaction() as session:
        write_rows(session, checked.choices, samples, stored, checked.digests, now)
        note(
            session,
            "data_set.imported",
            checked.choices.study,
            now,
            actor_id=None,
            data_set="EMER",
            trials=len(samples),
            left_out=len(checked.left_out),
            split=checked.remarks[0][:200],
        )
