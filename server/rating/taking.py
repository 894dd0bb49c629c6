"""Making a task the rater's own: under its lock, in a free place, with what is drawn by chance."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select, update

from annotate.assignment import Arm, Chance, Hold, RatingRules, draw_arm, free_place, is_gold_drawn
from server.db.prepared import Prepared
from server.db.ratings import Claim, RatingTask
from server.db.trials import Recording, Trial
from server.rating.place import Place
from server.rating.queue import Candidate
from server.rating.standing import Standing
from server.rating.training import StudyRules, gold_trials

#: Training and gold trials have a place for everybody: this and the rater's number.
PLACE_FOR_ALL = 1_000_000

_CLAIM: Any = Claim.__table__
_TASK: Any = RatingTask.__table__
_RECORDING: Any = Recording.__table__
_TRIAL: Any = Trial.__table__

_TASK_NOW = select(_TASK.c.places, _TASK.c.purpose, _TASK.c.state).where(_TASK.c.id == bindparam("task"))
_LOCK = Prepared(_TASK_NOW.with_for_update(skip_locked=True))
_LOCK_WAITING = Prepared(_TASK_NOW.with_for_update())
_CLAIMS = Prepared(
    select(_CLAIM.c.id, _CLAIM.c.slot, _CLAIM.c.rater_id, _CLAIM.c.state, _CLAIM.c.expires_utc, _CLAIM.c.arm).where(
        _CLAIM.c.task_id == bindparam("task")
    )
)
_STUDY = Prepared(
    select(_RECORDING.c.study_id)
    .join(_TRIAL, _TRIAL.c.recording_id == _RECORDING.c.id)
    .where(_TRIAL.c.id == bindparam("trial"))
)
_OF_CLAIM: dict[str, Any] = {
    name: bindparam(f"new_{name}") for name in ("rater_id", "state", "claimed_utc", "expires_utc", "arm", "position")
}
_NEW = Prepared(
    insert(_CLAIM).values(_OF_CLAIM | {"task_id": bindparam("task"), "slot": bindparam("slot")}).returning(_CLAIM.c.id)
)
_TAKE_OVER = Prepared(update(_CLAIM).where(_CLAIM.c.id == bindparam("claim")).values(_OF_CLAIM))


@dataclass(frozen=True)
class Taking:
    """One rater taking one place, in one transaction. What changes of the standing is left for the caller to save."""

    connection: Connection
    standing: Standing
    studies: dict[str, StudyRules]
    rules: RatingRules
    now: datetime
    chance: Chance

    def first_of(self, candidates: Iterable[Candidate], *, in_queue: bool = False) -> Place | None:
        """The first that can still be had. `in_queue`: the walk goes on from it, and gold may come in its stead."""
        busy: list[Candidate] = []
        for candidate in candidates:
            now_so = self._lock(candidate, wait=False)
            if now_so is None:
                busy.append(candidate)
            elif (place := self._take(now_so, in_queue=in_queue)) is not None:
                return place
        # A task that somebody was being given just then may still have a place: this time we wait to see.
        for candidate in busy:
            now_so = self._lock(candidate, wait=True)
            if now_so is not None and (place := self._take(now_so, in_queue=in_queue)) is not None:
                return place
        return None

    def _lock(self, candidate: Candidate, *, wait: bool) -> Candidate | None:
        """The candidate as it is now that nobody else can change it, None where somebody is just doing that."""
        if self.connection.dialect.name != "postgresql":
            return candidate  # a writing transaction of SQLite is alone
        row = (_LOCK_WAITING if wait else _LOCK).first(self.connection, {"task": candidate.task_id})
        if row is None:
            return None
        left = row.state == "withdrawn" or (row.purpose == "study" and row.state != "open")
        return replace(candidate, purpose=row.purpose, places=0 if left else row.places)

    def _take(self, task: Candidate, *, in_queue: bool) -> Place | None:
        claims = _CLAIMS.all(self.connection, {"task": task.task_id})
        slot = self._slot(task, claims) if task.places else None
        if slot is None:
            return None
        study = self._study_of(task)
        if in_queue:
            if is_gold_drawn(study.gold_share, self.chance) and (gold := self._gold(study)) is not None:
                return gold
            self.standing.order_key = task.order_key
        before = next((claim for claim in claims if claim.slot == slot), None)
        return self._write(task, slot, before, self._arm(task, study, before))

    def _slot(self, task: Candidate, claims: Iterable[Any]) -> int | None:
        rater = self.standing.rater_id
        shared = task.purpose != "study"
        holds = {
            claim.slot: Hold(claim.rater_id, None if claim.state == "done" else claim.expires_utc)
            for claim in claims
            if claim.rater_id == rater or not shared
        }
        slot = free_place(holds, task.places, rater, self.now)
        if slot is None or not shared or slot in holds:
            return slot
        return PLACE_FOR_ALL + rater

    def _arm(self, task: Candidate, study: StudyRules, before: Any) -> Arm:
        if task.purpose == "training":
            return Arm.BLIND
        if before is not None and before.rater_id == self.standing.rater_id:
            return Arm(before.arm)  # giving a place back is no second draw
        return draw_arm(study.prelabel_share, self.chance)

    def _gold(self, study: StudyRules) -> Place | None:
        standing = self.standing
        return self.first_of(gold_trials(self.connection, standing.rater_id, standing.instrument, study.id, self.now))

    def _study_of(self, candidate: Candidate) -> StudyRules:
        if len(self.studies) == 1:
            return next(iter(self.studies.values()))
        return self.studies[_STUDY.value(self.connection, {"trial": candidate.trial_id})]

    def _write(self, candidate: Candidate, slot: int, before: Any, arm: Arm) -> Place:
        position, expires = self.standing.given + 1, self.now + self.rules.lease
        self.standing.given = position
        values = {
            "new_rater_id": self.standing.rater_id,
            "new_state": "leased",
            "new_claimed_utc": self.now,
            "new_expires_utc": expires,
            "new_arm": arm.value,
            "new_position": position,
        }
        if before is None:
            claim = _NEW.value(self.connection, values | {"task": candidate.task_id, "slot": slot})
        else:
            claim = before.id
            _TAKE_OVER.run(self.connection, values | {"claim": claim})
        return Place(claim, candidate.task_id, position, expires)
