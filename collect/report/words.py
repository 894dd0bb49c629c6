"""The report's figures in words."""

from typing import NamedTuple

import numpy as np

from collect.bundle.limits import TrialLimits
from collect.quality.format import SessionQuality

NOT_KNOWN = "not known"


class Tile(NamedTuple):
    value: str
    name: str


class AccuracyRow(NamedTuple):
    at: str
    what: str
    mean: str
    most: str
    accepted: bool


def percent(share: float) -> str:
    """Never rounded up to a whole that it is not."""
    value = 100 * share
    return f"{min(value, 99.9):.1f} %" if 99 < value < 100 else f"{value:.0f} %"


def minutes(seconds: float) -> str:
    """Minutes and seconds of the session, such as 3:07."""
    whole = max(0, int(seconds))
    return f"{whole // 60}:{whole % 60:02d}"


def tiles(quality: SessionQuality) -> list[Tile]:
    """The session at one glance, over its trials."""
    main = [one for one in quality.presentations if one.role == "trial"]
    gaze = [one.gaze.valid for one in main if one.gaze]
    shown = [one.playback for one in main if one.playback]
    camera = [one.camera for one in main if one.camera]
    face = [one.face for one in main if one.face]
    tracker = [clock for clock in quality.clocks if clock.device == "tracker"]
    last = quality.calibrations[-1] if quality.calibrations else None
    sampled = sum(one.sampled for one in face)
    return [
        Tile(f"{quality.trials.good} of {quality.trials.planned}", "trials good"),
        Tile(percent(float(np.mean(gaze))) if gaze else NOT_KNOWN, "gaze valid, mean"),
        Tile(
            percent(sum(p.frames_shown for p in shown) / sum(p.frames_in_clip for p in shown)) if shown else NOT_KNOWN,
            "of the clips' frames shown",
        ),
        Tile(
            f"{sum(one.lost for one in camera)} of {sum(one.expected for one in camera)}" if camera else NOT_KNOWN,
            "camera frames lost",
        ),
        Tile(
            percent(sum(one.one_face * one.sampled for one in face) / sampled) if sampled else NOT_KNOWN,
            "of pictures with one face",
        ),
        Tile(f"{last.mean_error_deg:.2f}°" if last else NOT_KNOWN, "error of the last calibration, mean"),
        Tile(
            f"{max(clock.residual_ms_p95 for clock in tracker):.2f} ms" if tracker else NOT_KNOWN,
            "tracker clock residual, p95",
        ),
    ]


def accuracy_rows(quality: SessionQuality) -> list[AccuracyRow]:
    """Calibrations and drift checks, in the order of their happening."""
    rows = [
        (
            one.at_s,
            AccuracyRow(
                minutes(one.at_s), f"calibration, {_eyes(one.eye)}", f"{one.mean_error_deg:.2f}°",
                f"{one.max_error_deg:.2f}°", one.accepted,
            ),
        )
        for one in quality.calibrations
    ] + [
        (
            one.at_s,
            AccuracyRow(
                minutes(one.at_s), f"drift check before trial {one.before_trial}",
                NOT_KNOWN if one.error_deg is None else f"{one.error_deg:.2f}°", "", one.accepted,
            ),
        )
        for one in quality.drift_checks
    ]  # fmt: skip
    return [row for _, row in sorted(rows, key=lambda pair: pair[0])]


def eye_event_words(quality: SessionQuality) -> str:
    """Who found the fixations, saccades and blinks."""
    told = [
        f"{count} told by the tracker" if source == "tracker" else f"{count} found in the samples by {source}"
        for source, count in quality.eye_events.items()
    ]
    return f"Fixations, saccades and blinks: {' and '.join(told) or 'none'}."


def playback_words(quality: SessionQuality) -> str:
    shown = [one.playback for one in quality.presentations if one.playback]
    if not shown:
        return NOT_KNOWN
    worst = max((one.late_ms_max or 0.0 for one in shown), default=0.0)
    p95 = max((one.late_ms_p95 or 0.0 for one in shown), default=0.0)
    return (
        f"{sum(one.frames_shown for one in shown)} of {sum(one.frames_in_clip for one in shown)} shown, "
        f"{sum(one.frames_skipped for one in shown)} skipped, {sum(one.frames_late for one in shown)} more than one "
        f"refresh late. Lateness against the clip's time stamps: p95 at most {p95:.1f} ms in a clip, greatest "
        f"{worst:.1f} ms."
    )


def camera_words(quality: SessionQuality) -> str:
    filmed = [one.camera for one in quality.presentations if one.camera]
    rates = [one.fps for one in filmed if one.fps]
    if not filmed:
        return NOT_KNOWN
    rate = f"{np.median(rates):.2f} frames a second, " if rates else ""
    return (
        f"{rate}{sum(one.lost for one in filmed)} of {sum(one.expected for one in filmed)} lost, "
        f"{sum(one.late for one in filmed)} late (after 1.5 times the usual interval)."
    )


def clock_words(quality: SessionQuality) -> list[str]:
    words = []
    for clock in quality.clocks:
        which = clock.device.capitalize() + (f", part {clock.part + 1}" if quality.resumes else "")
        words.append(
            f"{which}: {clock.readings} readings, median {clock.residual_ms_median:.3f} ms, p95 "
            f"{clock.residual_ms_p95:.3f} ms, drift {clock.drift_ppm + 0.0:+.1f} ppm."
        )
    return words


def face_words(quality: SessionQuality) -> str:
    face = [one.face for one in quality.presentations if one.face]
    sampled = sum(one.sampled for one in face)
    return f"{sampled} pictures were looked at." if sampled else ""


def slope_words(quality: SessionQuality) -> str:
    """Such as 'the left pupil 5 % and the right 6 % narrower'."""
    if quality.pupil is None:
        return ""
    eyes = [(word, slope) for word, slope in (("left", quality.pupil.left), ("right", quality.pupil.right)) if slope]
    told = [f"the {word} pupil {abs(slope):.1%} {'narrower' if slope < 0 else 'wider'}" for word, slope in eyes]
    return " and ".join(told).replace("%", " %")


def happened(quality: SessionQuality) -> list[tuple[str, str]]:
    """Warnings, pauses and what stood at setup, in the order of their happening."""
    rows = [(0.0, f"At setup: {text.replace('_', ' ')}") for text in quality.setup_advice]
    rows += [(one.at_s, one.text) for one in quality.warnings]
    for pause in quality.pauses:
        until = "and never went on" if pause.to_s is None else f"for {pause.to_s - pause.from_s:.0f} s"
        rows.append((pause.from_s, f"Paused by the {pause.by}, {until}"))
    return [(minutes(at_s), text) for at_s, text in sorted(rows, key=lambda row: row[0])]


def limit_rows(limits: TrialLimits) -> list[tuple[str, str]]:
    def shares(pair: tuple[float, float], word: str) -> str:
        return f"{word} {100 * pair[0]:g} %, usable {word} {100 * pair[1]:g} %"

    return [
        ("gaze valid", shares(limits.gaze_valid, "at least")),
        ("frames shown", shares(limits.frames_shown, "at least")),
        ("one face", shares(limits.one_face, "at least")),
        ("camera frames lost", shares(limits.camera_lost, "at most")),
        (
            "clock residual, p95",
            f"at most {limits.clock_residual_ms[0]:g} ms, usable at most {limits.clock_residual_ms[1]:g} ms",
        ),
        ("brightness", f"{limits.brightness[0]:g} to {limits.brightness[1]:g} of 255, else at best usable"),
    ]


def _eyes(eye: str) -> str:
    return {"L": "left eye", "R": "right eye", "LR": "both eyes"}[eye]
