"""What happened around the trials: calibrations, drift checks, pauses, warnings, and where a recording broke off."""

from collections import Counter

from collect.bundle.format import Calibrated, Continued, DriftChecked, Paused, SelfReportItem, SetupChecked, Warned
from collect.bundle.reader import Bundle
from collect.bundle.trials import Trial
from collect.quality.format import CalibrationQuality, DriftCheckQuality, Pause, SelfReportQuality, SessionWarning
from collect.quality.session_time import SessionTime

#: Nothing is asked after these.
_NOT_ASKED = ("baseline", "washout", "repair")


def calibrations(bundle: Bundle, time: SessionTime) -> tuple[CalibrationQuality, ...]:
    return tuple(
        CalibrationQuality(
            at_s=at_s, eye=event.eye, mean_error_deg=event.mean_error_deg, max_error_deg=event.max_error_deg,
            accepted=event.accepted, points=event.points,
        )
        for at_s, event in time.told(bundle.journal)
        if isinstance(event, Calibrated)
    )  # fmt: skip


def drift_checks(bundle: Bundle, time: SessionTime) -> tuple[DriftCheckQuality, ...]:
    return tuple(
        DriftCheckQuality(
            at_s=at_s, before_trial=event.before_trial, error_deg=event.error_deg, accepted=event.accepted
        )
        for at_s, event in time.told(bundle.journal)
        if isinstance(event, DriftChecked)
    )


def eye_events(bundle: Bundle) -> dict[str, int]:
    """Who found how many."""
    return dict(sorted(Counter(bundle.eye_events()["source"].tolist()).items()))


def pauses(bundle: Bundle, time: SessionTime) -> tuple[Pause, ...]:
    found: list[Pause] = []
    for at_s, event in time.told(bundle.journal):
        if isinstance(event, Paused):
            found.append(Pause(from_s=at_s, to_s=None, by=event.by))
        elif isinstance(event, Continued) and found and found[-1].to_s is None:
            found[-1] = found[-1].model_copy(update={"to_s": at_s})
    return tuple(found)


def warnings(bundle: Bundle, time: SessionTime) -> tuple[SessionWarning, ...]:
    return tuple(
        SessionWarning(at_s=at_s, text=event.text)
        for at_s, event in time.told(bundle.journal)
        if isinstance(event, Warned)
    )


def setup_advice(bundle: Bundle) -> tuple[str, ...]:
    """What still stood when the experimenter went on from setup."""
    return tuple(text for event in bundle.journal if isinstance(event, SetupChecked) for text in event.advice)


def cut_of(bundle: Bundle) -> str | None:
    """Where an unsealed recording breaks off, in words; None for a sealed one."""
    if bundle.state == "sealed":
        return None
    planned = len(bundle.header.presentations)
    if bundle.outcome is not None:
        lost = "its last files may not be complete"
        return f"The session ended ({bundle.outcome}), but the bundle was not sealed: {lost}."
    if not bundle.trials:
        return f"The recording breaks off before the first of {planned} clips."
    last = bundle.trials[-1]
    begun = f"{len(bundle.trials)} of {planned} clips were begun."
    if last.ended_ns is not None:
        return f"The recording breaks off after trial {last.number} ({last.clip}). {begun}"
    return f"The recording breaks off in trial {last.number} ({last.clip}), {_place(bundle, last)}. {begun}"


def self_report_quality(bundle: Bundle, trial: Trial) -> SelfReportQuality | None:
    """None where nothing was to be asked, or nobody knows what was asked (imports)."""
    asked = bundle.study.self_report
    if bundle.header.origin == "imported" or trial.role in _NOT_ASKED or not asked or trial.clip_ended_ns is None:
        return None
    # Free text may be left empty by who has nothing to say.
    missing = tuple(item for item in asked if item != "text" and not _answered(trial, item))
    return SelfReportQuality(asked=asked, missing=missing)


def _answered(trial: Trial, item: SelfReportItem) -> bool:
    field = f"{item}_step" if item in ("familiarity", "liking") else item
    return trial.self_report is not None and getattr(trial.self_report, field) is not None


def _place(bundle: Bundle, trial: Trial) -> str:
    if trial.clip_ended_ns is not None:
        return "after its clip"
    flips = bundle.flips_of(trial)
    if len(flips):
        shown_s = float(flips["flip_ns"][-1] - flips["flip_ns"][0]) / 1e9
        return f"{shown_s:.1f} s after its clip began"
    return "before its clip began"
