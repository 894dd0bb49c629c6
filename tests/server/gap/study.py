"""Puts a made-up study into a database, as if people had recorded and rated it."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import numpy as np
from sqlalchemy import insert
from sqlalchemy.orm import Session

from annotate.scales import Instrument
from server.db.accounts import Account
from server.db.ratings import RatingTask, Vote
from server.db.studies import Stimulus, Study
from server.db.trials import Recording, SelfReport, Trial
from tests.annotate.gap.made_up import MadeUp
from tests.server.rows import THEN, add_recording


def put_in(session: Session, made: MadeUp, study: str = "smiles", origin: str = "real", title: str = "Smiles") -> None:
    """One recording a participant, its trials in the order of their ids, one task an instrument, one vote an answer."""
    session.add(Study(id=study, title=title))
    session.flush()
    simulated = origin == "simulated"
    trials: list[dict[str, Any]] = []
    reports: list[dict[str, Any]] = []
    clips: dict[str, Stimulus] = {}
    recordings: dict[str, Recording] = {}
    positions: dict[str, int] = {}
    for trial, fact in sorted(made.facts.items()):
        if fact.participant not in recordings:
            recordings[fact.participant] = add_recording(
                session, fact.participant, study, origin=origin, tracker_simulated=simulated, camera_simulated=simulated
            )
        if fact.stimulus not in clips:
            clips[fact.stimulus] = Stimulus(
                study_id=study, clip=fact.stimulus, emotion=fact.clip_emotion, placeholder=True
            )
            session.add(clips[fact.stimulus])
            session.flush()
        positions[fact.participant] = positions.get(fact.participant, 0) + 1
        trials.append(
            {
                "id": id_of(study, trial), "recording_id": recordings[fact.participant].id,
                "position": positions[fact.participant], "stimulus_id": clips[fact.stimulus].id,
                "duration_ms": 9000.0, "valid": True,
            }
        )  # fmt: skip
        reports.append(
            {
                "trial_id": id_of(study, trial), "seven": fact.said_seven, "three": fact.said_three,
                "valence": fact.said_valence, "arousal": fact.said_arousal,
            }
        )  # fmt: skip
    session.execute(insert(Trial), trials)
    session.execute(insert(SelfReport), reports)
    _votes(session, made, study, _raters(session, made, study))


def id_of(study: str, trial: str) -> str:
    """The trial's public id: as random as a real one, the same every time."""
    return UUID(int=hash_of(f"{study}/{trial}")).hex


def hash_of(text: str) -> int:
    value = 0xCBF29CE484222325
    for byte in text.encode() * 2:
        value = ((value ^ byte) * 0x100000001B3) % 2**128
    return value


def _raters(session: Session, made: MadeUp, study: str) -> dict[int, int]:
    accounts = {
        rater: Account(
            name=f"{study}-{rater}", role="rater", pseudonym=f"r{rater:02d}{study[:8]}", password_hash="none",
            created_utc=THEN,
        )
        for rater in sorted({answer.rater for answer in made.answers})
    }  # fmt: skip
    session.add_all(accounts.values())
    session.flush()
    return {rater: account.id for rater, account in accounts.items()}


def _votes(session: Session, made: MadeUp, study: str, accounts: dict[int, int]) -> None:
    tasks = {
        (trial, instrument.value): RatingTask(
            trial_id=id_of(study, trial), instrument=instrument.value, media_id=uuid4().hex, places=3, state="done",
            created_utc=THEN,
        )
        for trial in made.facts
        for instrument in Instrument
    }  # fmt: skip
    session.add_all(tasks.values())
    session.flush()
    positions = _positions(made)
    votes = [
        {
            "task_id": tasks[answer.trial, answer.instrument].id, "instrument": answer.instrument,
            "rater_id": accounts[answer.rater], "seven": answer.seven, "three": answer.three,
            "valence": answer.valence, "arousal": answer.arousal,
            "intensity": 1.0 if answer.instrument == "FER" else None, "flags": ",".join(sorted(answer.flags)),
            "idempotency_key": f"{study}-{place}", "created_utc": THEN + timedelta(seconds=place),
            "position": positions[place],
        }
        for place, answer in enumerate(made.answers)
    ]  # fmt: skip
    session.execute(insert(Vote), votes)


def _positions(made: MadeUp) -> list[int]:
    """Where each answer lies in its rater's own, shuffled sequence, from 1."""
    rng = np.random.default_rng(0)
    of_rater: dict[int, list[int]] = {}
    for place, answer in enumerate(made.answers):
        of_rater.setdefault(answer.rater, []).append(place)
    positions = [0] * len(made.answers)
    for places in of_rater.values():
        for position, place in enumerate(rng.permutation(places).tolist(), start=1):
            positions[place] = position
    return positions
