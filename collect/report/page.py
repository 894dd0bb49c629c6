"""The report as one page that anybody can open: no script, no address, nothing outside of it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from importlib.resources import files
from typing import Any

import numpy as np

from collect.bundle.reader import Bundle
from collect.bundle.trials import Trial
from collect.pupil.corrected import SessionPupil, corrected_pupil
from collect.quality.format import PresentationQuality, SessionQuality
from collect.quality.intervals import summed
from collect.report import plots
from collect.report.gaze_picture import GazePicture, gaze_picture, jpeg_uri, trial_middle_s
from collect.report.sparkline import sparkline
from collect.report.words import (
    NOT_KNOWN,
    accuracy_rows,
    camera_words,
    clock_words,
    eye_event_words,
    face_words,
    happened,
    limit_rows,
    minutes,
    percent,
    playback_words,
    slope_words,
    tiles,
)

Progress = Callable[[int, int], None]
#: More points than this within a trial's plot are not seen.
_PUPIL_POINTS = 700


@dataclass(frozen=True)
class TrialDetails:
    """What one trial's part of the page shows; elements are safe to be put into the page as they are."""

    number: int
    clip: str
    verdict: str
    facts: str
    picture: GazePicture | None
    pupil: str | None
    face: str | None


def report_page(
    bundle: Bundle,
    quality: SessionQuality,
    pupil: SessionPupil,
    *,
    faces: bool = False,
    progress: Progress | None = None,
) -> str:
    """The whole page. faces: show a picture of the face for each trial, which makes the page personal data.

    progress: (trials drawn, all).
    """
    from jinja2 import Environment
    from markupsafe import Markup

    details = []
    for done, one in enumerate(quality.presentations):
        details.append(_details(bundle, one, pupil, faces=faces))
        if progress is not None:
            progress(done + 1, len(quality.presentations))
    folder = files("collect.report")
    environment = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True)
    template = environment.from_string((folder / "report.html").read_text(encoding="utf-8"))
    trials = [one for one in quality.presentations if one.role == "trial"]
    others = [one for one in quality.presentations if one.role != "trial"]
    drawn = {name: Markup(svg) if svg else None for name, svg in _plots(quality).items()}  # noqa: S704 -- our own SVG
    return template.render(
        q=quality,
        css=Markup((folder / "report.css").read_text(encoding="utf-8")),  # noqa: S704 -- our own style sheet
        tone=_tone(quality),
        recorded=_day(quality.recorded_utc),
        made=_day(quality.made_utc),
        tiles=tiles(quality),
        trials=[_row(one) for one in trials],
        others=[_row(one) for one in others],
        accuracy=accuracy_rows(quality),
        playback_words=playback_words(quality),
        camera_words=camera_words(quality),
        eye_event_words=eye_event_words(quality),
        clock_words=clock_words(quality),
        face_words=face_words(quality),
        slopes=slope_words(quality),
        details=[_marked(one) for one in details],
        happened=happened(quality),
        limits=limit_rows(quality.limits.trial),
        with_faces=faces,
        **drawn,
    )


def _plots(quality: SessionQuality) -> dict[str, str | None]:
    shown = [one.playback for one in quality.presentations if one.playback is not None]
    filmed = [one.camera for one in quality.presentations if one.camera is not None]
    told = [one for one in quality.calibrations if one.points]
    accepted = [one for one in told if one.accepted] or told
    return {
        "calibration": plots.calibration_plot(accepted[-1], quality.screen) if accepted else None,
        "gaze_plot": plots.gaze_over_time(quality),
        "frames_plot": plots.interval_plot(
            "clip frame", summed([one.intervals for one in shown if one.intervals]), "flips", None
        ),
        "camera_plot": plots.interval_plot(
            "camera frame",
            summed([one.intervals for one in filmed if one.intervals]),
            "frames",
            1000 / quality.camera_nominal_fps,
        ),
        "clock_plot": plots.clock_plot(quality),
        "face_plot": plots.face_over_time(quality),
    }


def _tone(quality: SessionQuality) -> str:
    tally = quality.trials
    if tally.bad or quality.cut:
        return "bad"
    return "usable" if tally.usable or tally.not_shown or not tally.good else "good"


def _row(one: PresentationQuality) -> dict[str, Any]:
    from markupsafe import Markup

    playback, camera, face, gaze = one.playback, one.camera, one.face, one.gaze
    about = [one.role if one.role != "trial" else "", one.block, one.emotion or ""]
    return {
        "number": one.number,
        "clip": one.clip,
        "about": " · ".join(word for word in about if word),
        "verdict": one.verdict,
        "reasons": one.reasons,
        "has_details": True,
        "gaze": NOT_KNOWN if gaze is None else percent(gaze.valid),
        "spark": Markup(sparkline([second.any for second in gaze.seconds])) if gaze else "",  # noqa: S704 -- numbers
        "frames": NOT_KNOWN if playback is None else f"{playback.frames_shown} of {playback.frames_in_clip}",
        "late": NOT_KNOWN if playback is None or playback.late_ms_p95 is None else f"{playback.late_ms_p95:.1f} ms",
        "lost": NOT_KNOWN if camera is None else f"{camera.lost} of {camera.expected}",
        "one_face": NOT_KNOWN if face is None else percent(face.one_face),
        "brightness": NOT_KNOWN if face is None else f"{face.brightness:.0f}",
        "blinks": NOT_KNOWN if gaze is None else f"{gaze.blinks}",
    }


def _details(bundle: Bundle, one: PresentationQuality, pupil: SessionPupil, *, faces: bool) -> TrialDetails:
    trial = next(trial for trial in bundle.trials if trial.number == one.number)
    facts = [one.emotion or "", f"{one.duration_s:.1f} s" if one.duration_s is not None else "no whole clip"]
    if one.begins_s is not None:
        facts.append(f"from {minutes(one.begins_s)}")
    if one.drift_check_deg is not None:
        facts.append(f"drift check {one.drift_check_deg:.2f}°")
    if one.playback is not None and one.playback.sound_offset_ms is not None:
        facts.append(f"sound {one.playback.sound_offset_ms:+.1f} ms from the first frame")
    return TrialDetails(
        number=one.number,
        clip=one.clip,
        verdict=one.verdict,
        facts=" · ".join(fact for fact in facts if fact),
        picture=gaze_picture(bundle, trial),
        pupil=_pupil(bundle, trial, pupil),
        face=_face(bundle, trial) if faces else None,
    )


def _pupil(bundle: Bundle, trial: Trial, session: SessionPupil) -> str | None:
    table = corrected_pupil(bundle, trial, session)
    if len(table) == 0 or trial.clip_started_ns is None:
        return None
    at_s = (table["host_ns"] - trial.clip_started_ns) / 1e9
    kept = slice(None, None, max(1, len(table) // _PUPIL_POINTS))
    line = session.lines.get(trial.clip)
    light = None
    if line is not None:
        times = np.array([point.pts_ms for point in line]) / 1000
        light = times - times[0], np.array([point.luminance for point in line])
    return plots.pupil_plot(
        trial.number,
        at_s[kept],
        _both(table["left"], table["right"])[kept],
        _both(table["left_corrected"], table["right_corrected"])[kept],
        light,
        bundle.header.tracker.pupil_unit,
    )


def _both(left: Any, right: Any) -> Any:
    """The mean of both eyes where both were measured, in the plot only."""
    counts = np.isfinite(left).astype(int) + np.isfinite(right)
    with np.errstate(invalid="ignore"):
        mean = (np.nan_to_num(left) + np.nan_to_num(right)) / counts
    # One eye alone would make the line jump where eyes differ in size.
    return np.where(counts == max(1, counts.max()), mean, np.nan)


def _face(bundle: Bundle, trial: Trial) -> str | None:
    from collect.quality.face_quality import pictures_at

    frames = bundle.camera_frames_of(trial)
    if bundle.face_video is None or len(frames) == 0 or trial_middle_s(trial) == 0:
        return None
    middle = float(frames["pts_ms"][len(frames) // 2])
    for _, picture in pictures_at(bundle.face_video, [middle]):
        return jpeg_uri(
            np.ascontiguousarray(picture[:: max(1, picture.shape[0] // 240), :: max(1, picture.shape[0] // 240)])
        )
    return None


def _marked(one: TrialDetails) -> dict[str, Any]:
    from markupsafe import Markup

    picture = one.picture and {
        "scan_path": Markup(one.picture.scan_path),  # noqa: S704 -- our own SVG
        "fixation_map": Markup(one.picture.fixation_map),  # noqa: S704 -- our own element
        "caption": one.picture.caption,
    }
    return {
        "number": one.number, "clip": one.clip, "verdict": one.verdict, "facts": one.facts, "picture": picture,
        "pupil": Markup(one.pupil) if one.pupil else None,  # noqa: S704 -- our own SVG
        "face": one.face,
    }  # fmt: skip


def _day(utc: str) -> str:
    """For people: without seconds and offset."""
    try:
        return datetime.fromisoformat(utc).strftime("%Y-%m-%d %H:%M UTC")
    except ValueError:
        return utc
