"""Scripted raters: they log in, fetch what a page fetches, and answer through the same HTTP calls.

They are told what was planted, because nobody can see it in a placeholder, and they err and spread as people do.
"""

import random
import re
import threading
import uuid
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Literal

import httpx2

from collect.bundle.format import Emotion, PlantedTrial
from collect.simulation.participant import EMOTIONS, USUAL_AFFECT, USUAL_POLARITY

#: Share of answers that name another class than the planted one.
SLIPS = 0.1
#: Standard deviation of valence and arousal between raters, on scales of 2.
SPREAD = 0.12
CSRF = re.compile(r'name="csrf-token" content="([^"]+)"')

Instrument = Literal["ER", "FER"]
#: From the number of a claim to what was planted in its trial.
Truth = Callable[[int], PlantedTrial]


@dataclass(frozen=True)
class RaterLogin:
    name: str
    password: str


class ScriptedRater:
    """One rater, logged in at one server."""

    def __init__(self, url: str, login: RaterLogin, truth: Truth, seed: int) -> None:
        self._truth = truth
        self._random = random.Random(f"{seed} {login.name}")  # noqa: S311 -- reproducible, not secret
        self._http = httpx2.Client(base_url=url, timeout=30.0, follow_redirects=True)
        page = self._http.post("/login", data={"name": login.name, "password": login.password}).raise_for_status()
        token = CSRF.search(page.text)
        assert token, "every page of somebody who is logged in carries the token"
        self._http.headers["X-CSRF-Token"] = token[1]

    def close(self) -> None:
        self._http.close()

    def rate_next(self, instrument: Instrument) -> bool:
        """Claim, look, answer. False where nothing is left for this rater."""
        claimed = self._http.post(f"/api/rating/{instrument.lower()}/claim").raise_for_status()
        if claimed.status_code == httpx2.codes.NO_CONTENT:
            return False
        task = claimed.json()
        for address in task["media"].values():
            if address:
                # A page's player begins with a range like this one.
                self._http.get(address, headers={"Range": "bytes=0-65535"}).raise_for_status()
        self._http.post(
            f"/api/rating/claims/{task['claim']}/vote",
            json=self._answer(instrument, self._truth(task["claim"])),
            headers={"Idempotency-Key": uuid.uuid4().hex},
        ).raise_for_status()
        return True

    def _answer(self, instrument: Instrument, planted: PlantedTrial) -> dict[str, Any]:
        meant: Emotion = planted.felt if instrument == "ER" else planted.shown
        seen = self._random.choice(EMOTIONS) if self._random.random() < SLIPS else meant
        valence, arousal = (self._near(value, -1, 1, SPREAD, 2) for value in USUAL_AFFECT[seen])
        answer = {
            "instrument": instrument,
            "seven": seen,
            "three": USUAL_POLARITY[seen],
            "valence": valence,
            "arousal": arousal,
        }
        if instrument == "FER":
            answer["intensity"] = self._near(planted.intensity, 0, 3, 0.25, 1)
        return answer

    def _near(self, value: float, low: float, high: float, spread: float, digits: int) -> float:
        return round(min(high, max(low, self._random.gauss(value, spread))), digits)


def rate_together(
    url: str,
    logins: Sequence[RaterLogin],
    truth: Truth,
    answers: dict[Instrument, int],
    seed: int,
    progress: Callable[[int, int], None],
) -> int:
    """Let all raters work at once until so many answers were given under each instrument; returns how many were.

    FER before ER, because whoever has seen a trial's clip is never given its FER.
    """
    given, total = 0, sum(answers.values())
    left = dict(answers)
    lock = threading.Lock()

    def take(instrument: Instrument) -> bool:
        with lock:
            left[instrument] -= 1
            return left[instrument] >= 0

    def work(login: RaterLogin) -> None:
        nonlocal given
        rater = ScriptedRater(url, login, truth, seed)
        try:
            for instrument in ("FER", "ER"):
                while take(instrument) and rater.rate_next(instrument):
                    with lock:
                        given += 1
                        progress(given, total)
        finally:
            rater.close()

    with ThreadPoolExecutor(len(logins)) as pool:
        for done in [pool.submit(work, login) for login in logins]:
            done.result()
    return given
