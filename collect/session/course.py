"""The way through the plan: rests, calibrations, drift checks, and one presentation after the other."""

import contextlib
from collections.abc import Callable
from typing import Literal

from collect.bundle.format import Continued, Paused, TrialEnded
from collect.bundle.writer import BundleWriter
from collect.devices.errors import CameraUnavailableError
from collect.devices.protocols import Playback
from collect.language.words import Words
from collect.session import pages
from collect.session.calibration import CalibrationRule
from collect.session.desk import Desk
from collect.session.devices import Devices
from collect.session.presentations import PlannedTrials, Presentation
from collect.session.states import SessionProgress, SessionState
from collect.session.trial import TrialRun

Progress = Callable[[int, int], None]
MUTE = "The clips have sound, but this machine has no sound output: they were played mute."


class _GoOn(Exception):  # noqa: N818 -- the experimenter's way out of a pause, no error
    pass


class Course:
    """Goes through `plan` once. `ended`: how each presentation ended, also where `run` raises."""

    def __init__(
        self, plan: PlannedTrials, devices: Devices, writer: BundleWriter, states: SessionProgress, desk: Desk,
        words: Words,
    ) -> None:  # fmt: skip
        self._plan, self._devices, self._writer = plan, devices, writer
        self._states, self._desk, self._words = states, desk, words
        self._calibration = CalibrationRule(devices, writer, desk, states, words, plan.study.limits.calibration)
        self._trials_begun = self._told_mute = 0
        self.ended: list[TrialEnded] = []

    def run(self, progress: Progress | None) -> None:
        """Lets StopRequested through, and what the devices raise."""
        presentations, study = self._plan.presentations, self._plan.study
        items = study.self_report
        self._desk.planned(presentations, self._plan.total, len(items), study.fixation_s + study.rest_s)
        self._show(pages.instruction_page(self._words, self._plan.trials or len(presentations), items))
        self._calibration.calibrate()
        for done, presentation in enumerate(presentations):
            if progress is not None:
                progress(done, len(presentations))
            self._rest_before(presentation)
            self._announce(presentation, presentations[done - 1] if done else None)
            self._aim_before(presentation)
            self._present(presentation)
            if study.rest_s and done + 1 < len(presentations):
                self._devices.screen.rest(study.rest_s, self._desk.poll)
        if progress is not None:
            progress(len(presentations), len(presentations))

    # --- before a presentation ---

    def _rest_before(self, presentation: Presentation) -> None:
        if presentation.break_before:
            left = sum(
                ahead.number >= presentation.number and ahead.role == "trial" for ahead in self._plan.presentations
            )
            self._pause("study", self._words.pages.rest_break.format(left=left))
        self._desk.look()  # here the experimenter's wishes are met
        if self._desk.take("pause"):
            self._pause("experimenter", self._words.pages.paused)

    def _pause(self, by: Literal["study", "experimenter"], page: str) -> None:
        """Until the participant goes on, or the experimenter for them."""
        self._states.go(SessionState.PAUSE)
        self._desk.now(SessionState.PAUSE)
        self._writer.journal(Paused(t_ns=self._devices.clock.now_ns(), by=by))

        def poll() -> None:
            self._desk.poll()
            if self._desk.take("pause"):
                raise _GoOn

        with contextlib.suppress(_GoOn):
            self._devices.screen.show_text(page, (pages.ON,), poll)
        self._writer.journal(Continued(t_ns=self._devices.clock.now_ns()))

    def _announce(self, presentation: Presentation, before: Presentation | None) -> None:
        """What is for practice is said before it, and when it is over."""
        was_practice = before is not None and before.role == "practice"
        if presentation.role == "practice" and not was_practice:
            self._show(self._words.pages.practice_begins)
        elif was_practice and presentation.role != "practice":
            self._show(self._words.pages.practice_over)

    def _aim_before(self, presentation: Presentation) -> None:
        """A calibration where the experimenter wants one, or else the drift check that the study asks for."""
        every = self._plan.study.drift_check_every
        due = presentation.role == "trial" and every > 0 and self._trials_begun % every == 0
        self._trials_begun += presentation.role == "trial"
        if self._desk.take("calibrate"):
            self._calibration.calibrate()
        elif due:
            self._calibration.drift_check(presentation.number)

    # --- the presentation ---

    def _present(self, presentation: Presentation) -> None:
        study = self._plan.study
        run = TrialRun(self._devices, self._writer, self._states.begin_trial(), presentation, self._desk)
        self._desk.trial_begins(presentation)
        try:
            end, playback = run.run(study.fixation_s, study.self_report if presentation.is_asked_about else ())
        finally:
            self._desk.trial_ended()
        self.ended.append(end)
        self._tell_faults(presentation, end, playback)
        failure = self._devices.camera.status().failure
        if failure is not None:
            raise CameraUnavailableError(f"Trial {end.trial}: {failure}")

    def _tell_faults(self, presentation: Presentation, end: TrialEnded, playback: Playback | None) -> None:
        if playback is not None and playback.sound_ns is None and not self._told_mute and _has_sound(presentation):
            self._told_mute = True
            self._desk.warn(MUTE)
        if not end.valid:
            self._desk.warn(f"Trial {end.trial} is not valid: {end.reason}")

    def _show(self, page: str) -> None:
        self._devices.screen.show_text(page, (pages.ON,), self._desk.poll)


def _has_sound(presentation: Presentation) -> bool:
    from collect.devices.screen.clip_frames import has_sound

    return has_sound(presentation.file)
