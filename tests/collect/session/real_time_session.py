"""A simulated session in real time, without a window; tells on standard output when a moment has come, and goes on.

    python -m tests.collect.session.real_time_session run|resume PLACE MOMENT

MOMENT: a state of the session, or 'cross', 'clip', 'question' or 'between' of its second trial. The process is then
killed by whoever reads that.
"""

import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from collect.devices.camera.simulated_camera import SimulatedCamera
from collect.devices.host_clock import HostClock
from collect.devices.tracker.simulated_tracker import SimulatedTracker
from collect.operator.protocol import OperatorStatus, Request
from collect.session.devices import Devices
from collect.session.resume import readable_for_resume, resume_session, trials_left
from collect.session.run import run_session
from collect.simulation.participant import SimulatedParticipant
from collect.simulation.virtual_screen import VirtualScreen
from tests.collect.session.small_study import CAMERA, load


class Teller:
    """An operator's view that says when the moment has come."""

    def __init__(self, moment: str) -> None:
        self._moment = moment

    def show(self, status: OperatorStatus) -> None:
        if self._moment in _moments(status):
            print(self._moment, flush=True)

    def requests(self) -> tuple[Request, ...]:
        return ()

    def close(self) -> None:
        """Nothing to close."""


def _moments(status: OperatorStatus) -> list[str]:
    if status.state != "trial":
        return [status.state]
    if status.trial < 2:
        return []
    if not status.role:
        return ["between"]
    return ["cross" if status.clip_left_s is None else "clip" if status.clip_left_s > 0 else "question"]


class Hasty(VirtualScreen):
    """Reads nothing."""

    def show_text(self, text: str, keys: Sequence[str], poll: Callable[[], None] | None = None) -> str:
        if poll is not None:
            poll()
        return keys[0]


def real_time_devices(person: SimulatedParticipant, first_trial: int = 1) -> Devices:
    clock = HostClock()
    return Devices(
        Hasty(person, clock, first_trial=first_trial),
        SimulatedTracker(person, clock, rate_hz=250),
        SimulatedCamera(person, CAMERA),
        clock,
    )


def main(task: str, place: str, moment: str) -> None:
    study, person = load(Path(place) / "study" / "study.yaml")
    folder = Path(place) / "small_P01_01"
    if task == "run":
        devices = real_time_devices(person)
        run_session(
            study, "P01", 1, devices, Path(place), "simulated", person.truth(), operator=Teller(moment)
        )  # fmt: skip
    else:
        first = trials_left(readable_for_resume(folder)).first
        resume_session(folder, real_time_devices(person, first), operator=Teller(moment))


if __name__ == "__main__":
    main(*sys.argv[1:4])
