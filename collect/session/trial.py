"""One trial: fixation cross, clip, self-report, with every device stamped and every event journalled."""

import contextlib
from collections.abc import Callable
from typing import Literal

from collect.bundle.errors import BundleWriteError
from collect.bundle.format import (
    ClipEnded,
    ClipStarted,
    SelfReport,
    SelfReportItem,
    SelfReportShown,
    TrialEnded,
    TrialStarted,
)
from collect.bundle.writer import BundleWriter
from collect.devices.protocols import Answer, Flip, Playback, StopRequested
from collect.session.desk import Desk, SkipRequested
from collect.session.devices import Devices
from collect.session.interrupts import uninterrupted
from collect.session.presentations import Presentation
from collect.session.states import TrialProgress, TrialState
from collect.session.trial_messages import ClipPlace, clip_area, clip_place, frame_shown, trial_variables

#: Well under the 100 ms after which a tracker's link buffer or an online display would feel it.
POLL_EVERY_NS = 40_000_000
#: A participant who saw less than this share of the clip's frames did not see the clip.
LEAST_SHOWN = 0.95
SKIPPED = "skipped by the experimenter"


class TrialRun:
    """Runs one trial and leaves a `trial_ended` in the journal, whatever happens in between."""

    def __init__(
        self, devices: Devices, writer: BundleWriter, progress: TrialProgress, presentation: Presentation, desk: Desk
    ) -> None:
        self._devices = devices
        self._writer = writer
        self._progress = progress
        self._presentation = presentation
        self._desk = desk
        self._last_poll_ns = 0
        self._first_flip_ns: int | None = None
        self._place: ClipPlace | None = None

    def run(self, fixation_s: float, items: tuple[SelfReportItem, ...]) -> tuple[TrialEnded, Playback | None]:
        """Returns what was journalled at the end, and how the clip was played; None where it was skipped.

        Lets through what the devices raise, StopRequested among it, after the journal was told that the trial broke.
        """
        try:
            playback = self._present(fixation_s)
            self._self_report(items)
            self._progress.go(TrialState.DONE)
        except SkipRequested:
            return self._broken_off(SKIPPED), None
        except StopRequested as stop:
            self._broken_off(f"stopped by the {stop.by}")
            raise
        except KeyboardInterrupt:
            self._broken_off("stopped by the experimenter")
            raise StopRequested("experimenter") from None
        except Exception as failure:
            with contextlib.suppress(BundleWriteError):  # a full disk must not hide what happened first
                self._broken_off(f"{type(failure).__name__}: {failure}")
            raise
        fault = self._progress.fault() or _playback_fault(playback) or self._devices.camera.status().failure or ""
        return self._ended(fault), playback

    # --- the steps ---

    def _present(self, fixation_s: float) -> Playback:
        devices, number, shown = self._devices, self._progress.number, self._presentation
        self._writer.journal(
            TrialStarted(t_ns=devices.clock.now_ns(), trial=number, clip=shown.clip, role=shown.role, block=shown.block)
        )
        self._message(f"TRIALID {number}")
        devices.tracker.start(number, shown.clip)
        devices.camera.start(number)
        self._progress.go(TrialState.RECORDING)
        self._place = clip_place(shown.file, devices.screen.info)
        if self._place is not None:
            self._message(clip_area(self._place))
        devices.screen.fixation_cross(fixation_s, self._poll)
        self._poll_now()
        self._progress.go(TrialState.PLAYING)
        frames_before = devices.camera.status().frames
        playback = devices.screen.play(shown.file, self._flipped, self._poll)
        ended_ns = devices.clock.now_ns()
        self._poll_now()
        if devices.camera.status().frames > frames_before:
            self._progress.stamp("camera")
        self._tell_clip_started(playback.sound_ns)
        self._writer.journal(
            ClipEnded(
                t_ns=ended_ns, trial=number, frames_in_clip=playback.frames_in_clip,
                frames_shown=playback.frames_shown, frames_late=playback.frames_late,
            )
        )  # fmt: skip
        self._stop_devices("0")
        return playback

    def _self_report(self, items: tuple[SelfReportItem, ...]) -> None:
        self._progress.go(TrialState.SELF_REPORT)
        answers = {item: self._ask(item) for item in items}
        if answers:
            self._writer.journal(_self_report(self._devices.clock.now_ns(), self._progress.number, answers))

    def _ask(self, item: SelfReportItem) -> Answer:
        shown = False

        def poll() -> None:
            # The screen polls for the first time when the page is there: only then may the journal say so.
            nonlocal shown
            if not shown:
                shown = True
                now_ns = self._devices.clock.now_ns()
                self._writer.journal(SelfReportShown(t_ns=now_ns, trial=self._progress.number, item=item))
            self._desk.poll()

        return self._devices.screen.ask(item, poll)

    # --- what happens while the clip plays ---

    def _flipped(self, flip: Flip) -> None:
        if self._first_flip_ns is None:
            self._first_flip_ns = flip.flip_ns
            self._progress.stamp("screen")
            self._desk.clip_began(flip.flip_ns)
        self._writer.flip(self._progress.number, flip)
        # The tracker's own record says which frame was on the screen since how many ms.
        since_ms = max(0, self._devices.clock.now_ns() - flip.flip_ns) // 1_000_000
        self._message(frame_shown(since_ms, flip.frame, self._place, self._presentation.file))

    def _poll(self) -> None:
        if self._devices.clock.now_ns() - self._last_poll_ns >= POLL_EVERY_NS:
            self._poll_now()
            self._desk.poll()

    def _poll_now(self) -> None:
        self._last_poll_ns = self._devices.clock.now_ns()
        if self._write_gaze() and self._progress.state is TrialState.PLAYING:
            self._progress.stamp("tracker")

    def _write_gaze(self) -> bool:
        """Did the tracker give any samples?"""
        batch = self._devices.tracker.poll()
        self._writer.gaze(batch.samples, batch.events)
        if batch.clock:
            self._writer.clock_readings(batch.clock)
        self._desk.gaze(batch)
        return bool(batch.samples)

    def _message(self, text: str) -> None:
        device_ms = self._devices.tracker.message(text)
        self._writer.gaze_message(self._devices.clock.now_ns(), device_ms, text)

    # --- the end ---

    def _tell_clip_started(self, sound_ns: int | None) -> None:
        """Told after the clip: only then it is known when its sound began."""
        if self._first_flip_ns is not None:
            number = self._progress.number
            self._writer.journal(ClipStarted(t_ns=self._first_flip_ns, trial=number, sound_ns=sound_ns))

    def _stop_devices(self, result: Literal["0", "1"]) -> None:
        """result, as SR Research's tools understand it: 0 for a trial that was completed."""
        self._devices.tracker.stop()
        self._write_gaze()
        self._devices.camera.stop()
        for text in trial_variables(self._presentation):
            self._message(text)
        self._message(f"TRIAL_RESULT {result}")

    def _broken_off(self, reason: str) -> TrialEnded:
        """Keep what can be kept. A device that fails now must not hide why the trial broke off."""
        with uninterrupted():
            was = self._progress.state
            if was is not TrialState.DONE:
                self._progress.go(TrialState.DONE)
            steps: list[Callable[[], None]] = []
            if was is TrialState.PLAYING:
                steps.append(lambda: self._tell_clip_started(None))
            if was in (TrialState.RECORDING, TrialState.PLAYING):
                steps.append(lambda: self._stop_devices("1"))
            for step in steps:
                try:
                    step()
                except Exception as failure:
                    reason = f"{reason}; and then {type(failure).__name__}: {failure}"
            return self._ended(reason)

    def _ended(self, fault: str) -> TrialEnded:
        event = TrialEnded(
            t_ns=self._devices.clock.now_ns(), trial=self._progress.number, valid=not fault,
            devices=self._progress.stamped, reason=fault,
        )  # fmt: skip
        self._writer.journal(event)
        return event


def _playback_fault(playback: Playback) -> str:
    if playback.frames_shown >= LEAST_SHOWN * playback.frames_in_clip:
        return ""
    return (
        f"only {playback.frames_shown} of the clip's {playback.frames_in_clip} frames were shown: "
        "the machine was too slow or too busy"
    )


def _self_report(t_ns: int, trial: int, answers: dict[SelfReportItem, Answer]) -> SelfReport:
    values: dict[str, object] = {}
    for item, answer in answers.items():
        if item in ("seven", "three"):
            values[item] = answer.choice
        elif item == "text":
            values[item] = answer.text or None
        elif answer.step is not None:
            values[f"{item}_step"] = answer.step
            if item in ("valence", "arousal"):
                values[item] = (answer.step - 5) / 4
    return SelfReport.model_validate({"t_ns": t_ns, "trial": trial, **values})
