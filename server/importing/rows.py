"""The rows of an imported data set: one recording a participant, one trial a sample, published labels as answers.

The answers are those of one rater, who is no person.
"""

import hashlib
import secrets
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from statistics import median

from sqlalchemy import select
from sqlalchemy.orm import Session

from annotate.scales import Instrument
from annotate.scales import Vote as Answer
from server.db.accounts import Account, Role
from server.db.audit import note
from server.db.ratings import CIRCLE, Claim, RatingTask, Vote
from server.db.studies import Participant, Stimulus, Study
from server.db.trials import Recording, Trial
from server.importing.checking import Choices, screen_of
from server.importing.known import TRACKER_KIND, known_of
from server.importing.samples import Sample
from server.importing.unfinished import Stored

#: Whose answers the published labels are. Nobody can log in as it: it is closed, and no password has this hash.
RATER_NAME, RATER_PSEUDONYM, _NO_PASSWORD = "emer-published-labels", "emer-published", "!"
TITLE = "EMER as published (imported)"
_UNKNOWN = "time not known"


def write_rows(
    session: Session,
    choices: Choices,
    samples: Sequence[Sample],
    stored: Mapping[str, Stored],
    digests: Mapping[str, str],
    now: datetime,
) -> None:
    """Everything, within the caller's transaction. Whom somebody else has imported meanwhile is passed."""
    known = known_of(session, choices.study)
    of_person: dict[str, list[Sample]] = defaultdict(list)
    for sample in samples:
        if sample.participant not in known.digests and sample.participant not in known.withdrawn:
            of_person[sample.participant].append(sample)
    if session.get(Study, choices.study) is None:
        session.add(Study(id=choices.study, title=TITLE, raters_per_instrument=1))
        session.flush()
    rater = _rater(session, now)
    clips = _clips(session, choices.study, (sample.clip for own in of_person.values() for sample in own))
    for person, own in of_person.items():
        recording = _recording(session, choices, person, [stored[sample.name] for sample in own], digests[person], now)
        trials = [
            _trial(
                recording, position, clips[sample.clip[0]], stored[sample.name], trial_id(choices.study, sample.name)
            )
            for position, sample in enumerate(own, 1)
        ]
        session.add_all(trials)
        session.flush()
        _answer(session, rater, choices.study, trials, own, now)


def trial_id(study: str, sample: str) -> str:
    """A trial's public id (32 hex): the same wherever and whenever the data set is imported under this study."""
    return _id("trial", study, sample)


def _rater(session: Session, now: datetime) -> Account:
    account = session.scalar(select(Account).where(Account.pseudonym == RATER_PSEUDONYM))
    if account is None:
        account = Account(
            name=RATER_NAME,
            pseudonym=RATER_PSEUDONYM,
            role=Role.RATER.value,
            password_hash=_NO_PASSWORD,
            active=False,
            created_utc=now,
        )
        session.add(account)
        session.flush()
        note(session, "account.added", RATER_PSEUDONYM, now, actor_id=None, role=Role.RATER.value, closed=True)
    return account


def _clips(session: Session, study: str, clips: Iterable[tuple[str, str | None]]) -> dict[str, Stimulus]:
    rows = {}
    for clip, emotion in sorted(set(clips)):
        row = session.scalar(select(Stimulus).filter_by(study_id=study, clip=clip, media_sha256=None))
        if row is None:
            session.add(row := Stimulus(study_id=study, clip=clip, emotion=emotion and str(emotion)))
        rows[clip] = row
    session.flush()
    return rows


def _recording(
    session: Session, choices: Choices, person: str, stored: Sequence[Stored], digest: str, now: datetime
) -> Recording:
    who = {"study_id": choices.study, "pseudonym": person}
    participant = session.scalar(select(Participant).filter_by(**who).with_for_update())
    if participant is None:
        session.add(participant := Participant(**who))
        session.flush()
    facts = [one.facts for one in stored]
    width, height = screen_of(facts[0], choices)
    said = f"Stated at import: the data set may be used for {', '.join(choices.consent) or 'nothing'}."
    recording = Recording(
        id=_id("recording", choices.study, person),
        digest_sha256=digest,
        study_id=choices.study,
        study_sha256=hashlib.sha256(TITLE.encode()).hexdigest(),
        participant_id=participant.id,
        session=1,
        origin="imported",
        state="sealed",
        outcome="",
        recorded_utc=_UNKNOWN,
        ingested_utc=now,
        consent_rating="rating" in choices.consent,
        consent_training="training" in choices.consent,
        consent_publication="publication" in choices.consent,
        consent_text_sha256=hashlib.sha256(said.encode()).hexdigest(),
        tracker_kind=TRACKER_KIND,
        tracker_model=facts[0].model,
        tracker_rate_hz=median(one.rate_hz for one in facts),
        tracker_eyes=max((one.eyes for one in facts), key=len),
        tracker_pupil_unit="mm",
        tracker_simulated=False,
        camera_kind="imported",
        camera_model="aligned face pictures",
        camera_simulated=False,
        screen_width_px=width,
        screen_height_px=height,
        screen_vsync=False,
        samples=sum(one.samples for one in facts),
        fixations=sum(one.fixations for one in facts),
        saccades=sum(one.saccades for one in facts),
    )
    session.add(recording)
    session.flush()
    return recording


def _trial(recording: Recording, position: int, clip: Stimulus, stored: Stored, public_id: str) -> Trial:
    return Trial(
        id=public_id,
        recording_id=recording.id,
        position=position,
        stimulus_id=clip.id,
        duration_ms=stored.facts.duration_ms,
        valid=True,
        face_sha256=stored.face_sha256,
        face_offset_ms=0.0,
        gaze_sha256=stored.gaze_sha256,
        eye_events_sha256=stored.eye_events_sha256,
        samples=stored.facts.samples,
        fixations=stored.facts.fixations,
        saccades=stored.facts.saccades,
    )


def _answer(
    session: Session, rater: Account, study: str, trials: Sequence[Trial], samples: Sequence[Sample], now: datetime
) -> None:
    """One place a question, taken and answered: whoever wants more opinions gives the study more raters."""
    asked = []
    for trial, sample in zip(trials, samples, strict=True):
        for instrument, answer in sample.labelled.answers.items():
            task = RatingTask(
                trial_id=trial.id,
                instrument=instrument.value,
                media_id=secrets.token_hex(16),
                places=1,
                state="done",
                priority_reason="its label was published",
                order_key=secrets.randbelow(CIRCLE),
                created_utc=now,
            )
            asked.append((task, answer, _id("answer", study, f"{sample.name} {instrument}")))
    session.add_all(task for task, _, _ in asked)
    session.flush()
    session.add_all(
        Claim(task_id=task.id, rater_id=rater.id, slot=1, state="done", claimed_utc=now, expires_utc=now)
        for task, _, _ in asked
    )
    session.add_all(_vote(task, rater, answer, key, now) for task, answer, key in asked)
    session.flush()


def _vote(task: RatingTask, rater: Account, answer: Answer, key: str, now: datetime) -> Vote:
    assert (answer.instrument is Instrument.FER) == (answer.intensity is not None)
    return Vote(
        task_id=task.id,
        instrument=answer.instrument.value,
        rater_id=rater.id,
        seven=answer.seven.value,
        three=answer.three.value,
        valence=answer.valence,
        arousal=answer.arousal,
        intensity=answer.intensity,
        idempotency_key=key,
        created_utc=now,
    )


def _id(what: str, study: str, name: str) -> str:
    return hashlib.sha256(f"emer/{what}/{study}/{name}".encode()).hexdigest()[:32]
