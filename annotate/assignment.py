"""Who may be given which trial, and which place of it: rules without a database.

A trial is rated under each instrument by a fixed number of people. Each of them holds a place (1 … k) by a lease until
the answer is in. Whoever has seen what surrounds a face can no longer say what the face alone shows, so such a
rater is never given the FER of that trial; FER first and ER later is fine.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from annotate.scales import Instrument


class Seen(StrEnum):
    """What a rater can have seen of a trial beside the face."""

    STIMULUS = "stimulus"
    SELF_REPORT = "self_report"
    CONTEXT = "context"  # gaze, pupil, blinks and the rest of what an ER page draws
    PRELABEL = "prelabel"  # what a model proposed
    OTHER_LABEL = "other_label"  # what another person said


#: Any of these tells more than the face does. A model's label is shown only after an answer, to places drawn for it.
SPOILS_FER: frozenset[Seen] = frozenset({Seen.STIMULUS, Seen.SELF_REPORT, Seen.CONTEXT, Seen.OTHER_LABEL})
#: Whoever knows what others said cannot answer afresh, of what is felt either.
SPOILS_ER: frozenset[Seen] = frozenset({Seen.OTHER_LABEL})


#: Gives a number from 0 (included) to 1 (not included), as `random.Random.random` does.
Chance = Callable[[], float]


class Arm(StrEnum):
    """Whether a place stays blind for ever or shows the model's label after the answer."""

    BLIND = "blind"
    REVEAL = "reveal"


@dataclass(frozen=True)
class RatingRules:
    """The settings of a server's rating desk.

    `lease`: how long a place is held without a sign of life from the rater's page. `open_claims`: how many trials one
    rater may hold at once in one instrument (the one on the screen and those loaded ahead). `rater_limit`: how many
    answers one rater may give in one instrument; None: as many as there are.
    """

    lease: timedelta = timedelta(minutes=30)
    open_claims: int = 3
    rater_limit: int | None = None


@dataclass(frozen=True)
class Hold:
    """One occupied place: whose it is, and until when; `expires` None: answered, so it never becomes free."""

    rater: int
    expires: datetime | None


def is_live(hold: Hold, now: datetime) -> bool:
    """Whether the place is still taken. A lease ends at its last instant."""
    return hold.expires is None or hold.expires > now


def free_place(holds: Mapping[int, Hold], places: int, rater: int, now: datetime) -> int | None:
    """The place (1 … `places`) for `rater`, or None where there is none.

    A rater has one place of a task at most: an own lease that has ended is taken up again if it is still free; an own
    live lease or answer gives none.
    """
    for place, hold in holds.items():
        if hold.rater == rater:
            return None if is_live(hold, now) else place
    for place in range(1, places + 1):
        if place not in holds or not is_live(holds[place], now):
            return place
    return None


def is_shown(instrument: Instrument, *, has_stimulus: bool, shows_self_report: bool) -> frozenset[Seen]:
    """What a rater sees of a trial by being given it under this instrument."""
    if instrument is Instrument.FER:
        return frozenset()
    shown = {Seen.CONTEXT}
    if has_stimulus:
        shown.add(Seen.STIMULUS)
    if shows_self_report:
        shown.add(Seen.SELF_REPORT)
    return frozenset(shown)


def spoils(instrument: Instrument) -> frozenset[Seen]:
    """What one must not have seen of a trial to rate it under this instrument."""
    return SPOILS_FER if instrument is Instrument.FER else SPOILS_ER


def is_spoilt(instrument: Instrument, seen: Collection[Seen]) -> bool:
    """Whether what a rater has seen of a trial bars them from rating it under this instrument."""
    return not spoils(instrument).isdisjoint(seen)


def draw_arm(prelabel_share: float, chance: Chance) -> Arm:
    """Whether the model's label is told after the blind answer of this place. Drawn before anybody has seen the trial,
    so that the two arms differ in nothing else."""
    return Arm.REVEAL if chance() < prelabel_share else Arm.BLIND


def is_gold_drawn(gold_share: float, chance: Chance) -> bool:
    """Whether this place is a gold trial."""
    return chance() < gold_share
