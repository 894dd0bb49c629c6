"""Making a task the rater's own: under its lock, in a free place, with what is drawn by chance."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, insert, select, update
from sqlalchemy.orm import Session

from annotate.assignment import Arm, Chance, Hold, RatingRules, draw_arm, free_place, is_gold_drawn
from server.db.ratings import Claim, RatingTask
from server.db.trials import Recording, Trial
from server.rating.place import Place
from server.rating.queue import Candidate
from server.rating.standing import Standing
from server.rating.training import StudyRules, gold_trials

#: Training and gold trials have a place for everybody: this and the rater's number.
PLACE_FOR_ALL = 1_000_000

_CLAIM: Any = Claim.__table__


@dataclass(frozen=True)
class Taking:
    """One rater taking one place, in one transaction. What changes of the standing is left for the caller to save."""

    session: Session
    standing: Standing
    studies: dict[str, StudyRules]
    rules: RatingRules
    now: datetime
    chance: Chance

    def first_of(self, candidates: Iterable[Candidate], *, in_queue: bool = False) -> Place | None:
        """The first that can still be had. `in_queue`: the walk goes on from it, and gold may come in its stead."""
        busy: list[Candidate] = []
        for candidate in candidates:
            task = self._lock(candidate, wait=False)
            if task is None:
                busy.append(candidate)
            elif (place := self._take(candidate, task, in_queue=in_queue)) is not None:
                return place
        # A task that somebody was being given just then may still have a place: this time we wait to see.
        for candidate in busy:
            task = self._lock(candidate, wait=True)
            if task is not None and (place := self._take(candidate, task, in_queue=in_queue)) is not None:
                return place
        return None

    def _lock(self, candidate: Candidate, *, wait: bool) -> Row[Any] | None:
        query = select(RatingTask.places, RatingTask.purpose, RatingTask.state).where(
            RatingTask.id == candidate.task_id
        )
        return self.session.execute(query.with_for_update(skip_locked=not wait)).one_or_none()

    def _take(self, candidate: Candidate, task: Row[Any], *, in_queue: bool) -> Place | None:
        if task.state == "withdrawn" or (task.purpose == "study" and task.state != "open"):
            return None
        claims = self.session.execute(
            select(Claim.id, Claim.slot, Claim.rater_id, Claim.state, Claim.expires_utc, Claim.arm).where(
                Claim.task_id == candidate.task_id
            )
        ).all()
        slot = self._slot(task, claims)
        if slot is None:
            return None
        study = self._study_of(candidate)
        if in_queue:
            if is_gold_drawn(study.gold_share, self.chance) and (gold := self._gold(study)) is not None:
                return gold
            self.standing.change(order_key=candidate.order_key)
        before = next((claim for claim in claims if claim.slot == slot), None)
        return self._write(candidate, slot, before, self._arm(task, study, before))

    def _slot(self, task: Row[Any], claims: Iterable[Row[Any]]) -> int | None:
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

    def _arm(self, task: Row[Any], study: StudyRules, before: Row[Any] | None) -> Arm:
        if task.purpose == "training":
            return Arm.BLIND
        if before is not None and before.rater_id == self.standing.rater_id:
            return Arm(before.arm)  # giving a place back is no second draw
        return draw_arm(study.prelabel_share, self.chance)

    def _gold(self, study: StudyRules) -> Place | None:
        standing = self.standing
        return self.first_of(gold_trials(self.session, standing.rater_id, standing.instrument, study.id, self.now))

    def _study_of(self, candidate: Candidate) -> StudyRules:
        if len(self.studies) == 1:
            return next(iter(self.studies.values()))
        query = select(Recording.study_id).join(Trial, Trial.recording_id == Recording.id)
        return self.studies[self.session.scalars(query.where(Trial.id == candidate.trial_id)).one()]

    def _write(self, candidate: Candidate, slot: int, before: Row[Any] | None, arm: Arm) -> Place:
        position, expires = self.standing.given + 1, self.now + self.rules.lease
        self.standing.change(given=position)
        values = {
            "rater_id": self.standing.rater_id,
            "state": "leased",
            "claimed_utc": self.now,
            "expires_utc": expires,
            "arm": arm.value,
            "position": position,
        }
        if before is None:
            values |= {"task_id": candidate.task_id, "slot": slot}
            claim = self.session.scalars(insert(_CLAIM).values(values).returning(_CLAIM.c.id)).one()
        else:
            claim = before.id
            self.session.execute(update(_CLAIM).where(_CLAIM.c.id == claim).values(values))
        return Place(claim, candidate.task_id, position, expires)
