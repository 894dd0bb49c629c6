"""Good, usable or bad: one presentation against the study's limits, with the reasons in words."""

import math
from collections.abc import Iterator

from collect.bundle.limits import TrialLimits
from collect.bundle.trials import Trial
from collect.quality.format import (
    CameraQuality,
    FaceQuality,
    GazeQuality,
    Measure,
    PlaybackQuality,
    Reason,
    SelfReportQuality,
    Verdict,
)


def reasons_against(
    trial: Trial,
    limits: TrialLimits,
    *,
    gaze: GazeQuality | None,
    playback: PlaybackQuality | None,
    camera: CameraQuality | None,
    face: FaceQuality | None,
    clock_residual_ms: float | None,
    self_report: SelfReportQuality | None,
) -> tuple[Reason, ...]:
    """Everything that keeps a presentation from being good, the worst first. What is None is not held against it."""
    found: list[Reason] = []
    if not trial.valid:
        said = trial.reason or "the session calls it not valid"
        found.append(Reason(measure="trial", verdict="bad", text=said[:1].upper() + said[1:]))
    if gaze is not None:
        found += _gaze(gaze, limits)
    if playback is not None:
        found += _playback(playback, limits)
    if camera is not None:
        found += _camera(camera, limits)
    if face is not None:
        found += _face(face, limits)
    if clock_residual_ms is not None:
        found += _at_most(
            "clock_residual_ms", clock_residual_ms, limits.clock_residual_ms,
            f"The tracker's clock is mapped with a residual (p95) of {clock_residual_ms:.1f} ms", "{:.0f} ms",
        )  # fmt: skip
    if self_report is not None and self_report.missing:
        names = ", ".join(self_report.missing)
        found.append(Reason(measure="self_report", verdict="usable", text=f"Not answered: {names}"))
    return tuple(sorted(found, key=lambda reason: reason.verdict == "usable"))


def verdict_of(reasons: tuple[Reason, ...], *, judged: bool) -> Verdict:
    """`judged`: was there anything to judge? Without, nobody knows how good it is."""
    if any(reason.verdict == "bad" for reason in reasons):
        return "bad"
    if reasons:
        return "usable"
    return "good" if judged else "not known"


def _gaze(gaze: GazeQuality, limits: TrialLimits) -> Iterator[Reason]:
    said = f"Gaze was measured in {_percent(gaze.valid)} of the clip"
    longest = max(gaze.gaps, key=lambda gap: gap.to_s - gap.from_s, default=None)
    if longest is not None:
        said += f", lost longest from {longest.from_s:.1f} to {longest.to_s:.1f} s"
    yield from _at_least("gaze_valid", gaze.valid, limits.gaze_valid, said)


def _playback(playback: PlaybackQuality, limits: TrialLimits) -> Iterator[Reason]:
    said = f"{playback.frames_shown} of {playback.frames_in_clip} frames of the clip were shown"
    yield from _at_least("frames_shown", playback.shown, limits.frames_shown, said)


def _camera(camera: CameraQuality, limits: TrialLimits) -> Iterator[Reason]:
    said = f"The camera lost {camera.lost} of {camera.expected} frames"
    if camera.fps is not None and camera.lost_share > 0.25:
        said += f" (it gave {camera.fps:.1f} a second)"
    yield from _at_most("camera_lost", camera.lost_share, limits.camera_lost, said)


def _face(face: FaceQuality, limits: TrialLimits) -> Iterator[Reason]:
    said = f"Exactly one face was seen in {_percent(face.one_face)} of the looked-at pictures"
    yield from _at_least("one_face", face.one_face, limits.one_face, said)
    dark, bright = limits.brightness
    if not dark <= face.brightness <= bright:
        word, limit = ("dark", dark) if face.brightness < dark else ("bright", bright)
        yield Reason(
            measure="brightness", verdict="usable", value=face.brightness, limit=limit,
            text=f"The face is too {word}: {face.brightness:.0f} of 255, the study wants {dark:.0f} to {bright:.0f}",
        )  # fmt: skip


def _at_least(measure: Measure, value: float, pair: tuple[float, float], said: str) -> Iterator[Reason]:
    good, usable = pair
    if value < usable:
        text = f"{said}; below {_percent(usable)} is bad"
        yield Reason(measure=measure, verdict="bad", value=value, limit=usable, text=text)
    elif value < good:
        text = f"{said}; good is {_percent(good)} and more"
        yield Reason(measure=measure, verdict="usable", value=value, limit=good, text=text)


def _at_most(
    measure: Measure, value: float, pair: tuple[float, float], said: str, form: str | None = None
) -> Iterator[Reason]:
    good, usable = pair
    write = form.format if form is not None else _percent
    if value > usable:
        text = f"{said}; above {write(usable)} is bad"
        yield Reason(measure=measure, verdict="bad", value=value, limit=usable, text=text)
    elif value > good:
        text = f"{said}; good is at most {write(good)}"
        yield Reason(measure=measure, verdict="usable", value=value, limit=good, text=text)


def _percent(share: float) -> str:
    """To a tenth, and never rounded up: 79.96 % is not the 80 % that a study asks for."""
    return f"{math.floor(1000 * share + 1e-6) / 10:g} %"
