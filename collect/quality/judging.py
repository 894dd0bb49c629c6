"""The quality of a whole session, told from its bundle."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

import numpy as np

from collect.bundle.reader import Bundle
from collect.bundle.trials import Trial
from collect.installed import installed_versions
from collect.pupil.corrected import SessionPupil
from collect.pupil.response import MODEL
from collect.quality import session_story as story
from collect.quality.camera_quality import camera_quality
from collect.quality.clock_quality import SessionClocks
from collect.quality.face_quality import (
    Look,
    face_moment,
    face_quality,
    pictures_at,
    pictures_per_second,
    sampled_times,
)
from collect.quality.format import FaceMoment, FaceQuality, PresentationQuality, PupilResponse, SessionQuality
from collect.quality.gaze_quality import gaze_quality
from collect.quality.headline import advice, headline, tally
from collect.quality.playback_quality import playback_quality
from collect.quality.session_time import SessionTime
from collect.quality.verdict import reasons_against, verdict_of

Progress = Callable[[int, int], None]
_SOFTWARE = ("duchenne", "numpy", "av", "opencv-python-headless")


def session_quality(
    bundle: Bundle,
    pupil: SessionPupil,
    *,
    look: Look | None = None,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
    progress: Progress | None = None,
) -> SessionQuality:
    """Judge every presentation of a session against its study's limits.

    pupil: as session_pupil gives it. look: what sees faces in a picture; collect.framing's advice, if not said.
    progress: (presentations done, all).
    """
    time = SessionTime(bundle)
    clocks = SessionClocks(bundle, time)
    per_second = pictures_per_second([_duration_s(trial) for trial in bundle.trials])
    presentations = []
    for done, trial in enumerate(bundle.trials):
        face = face_quality(_moments(bundle, trial, per_second, look))
        presentations.append(_presentation(bundle, trial, time, clocks, face))
        if progress is not None:
            progress(done + 1, len(bundle.trials))
    header, planned, cut = bundle.header, bundle.header.presentations, story.cut_of(bundle)
    calibrations, drifts = story.calibrations(bundle, time), story.drift_checks(bundle, time)
    trials = tally(planned, presentations, trials=True)
    return SessionQuality(
        bundle_id=header.bundle_id,
        origin=header.origin,
        study_id=header.study_id,
        study_title=bundle.study.title,
        participant=header.participant,
        session=header.session,
        simulated=None if bundle.simulation is None else bundle.simulation.note.removeprefix("simulated: "),
        recorded_utc=header.created_utc,
        made_utc=now().isoformat(timespec="seconds"),
        software=installed_versions(_SOFTWARE),
        state=bundle.state,
        outcome=bundle.outcome,
        cut=cut,
        resumes=time.parts - 1,
        limits=bundle.study.limits,
        screen=header.screen,
        tracker=header.tracker,
        camera_model=header.camera.model,
        camera_nominal_fps=header.camera.nominal_fps,
        headline=headline(trials, presentations, cut),
        # Whoever sat there has long gone.
        advice=()
        if header.origin == "imported"
        else advice(presentations, calibrations, drifts, trials, cut, str(bundle.folder)),
        trials=trials,
        others=tally(planned, presentations, trials=False),
        presentations=tuple(presentations),
        clocks=clocks.quality(),
        calibrations=calibrations,
        drift_checks=drifts,
        eye_events=story.eye_events(bundle),
        pauses=story.pauses(bundle, time),
        setup_advice=story.setup_advice(bundle),
        warnings=story.warnings(bundle, time),
        pupil=_pupil_response(pupil),
        pupil_note=pupil.note,
    )


def _presentation(
    bundle: Bundle, trial: Trial, time: SessionTime, clocks: SessionClocks, face: FaceQuality | None
) -> PresentationQuality:
    begun, ended = trial.clip_started_ns, trial.clip_ended_ns
    gaze = playback = camera = None
    if begun is not None and ended is not None:
        header = bundle.header
        if "tracker" in trial.devices or not trial.devices:
            samples, events = bundle.samples_of(trial), bundle.eye_events_of(trial)
            gaze = gaze_quality(samples, events, begun, ended, header.tracker, header.screen)
        playback = playback_quality(trial, bundle.flips_of(trial), header.screen.refresh_hz)
        frames = bundle.camera_frames_of(trial)
        # An import whose face video ends early, or is not there, says so by naming no camera.
        if header.origin != "imported":
            camera = camera_quality(frames, begun, ended, header.camera.nominal_fps)
    residual_ms = clocks.tracker_residual_ms(trial)
    answers = story.self_report_quality(bundle, trial)
    reasons = reasons_against(
        trial, bundle.study.limits.trial, gaze=gaze, playback=playback, camera=camera, face=face,
        clock_residual_ms=residual_ms, self_report=answers,
    )  # fmt: skip
    judged = any(one is not None for one in (gaze, playback, camera, face))
    return PresentationQuality(
        number=trial.number,
        clip=trial.clip,
        role=trial.role,
        block=trial.block,
        emotion=trial.emotion,
        begins_s=None if begun is None else time.seconds(trial.part, begun),
        duration_s=None if begun is None or ended is None else round((ended - begun) / 1e9, 3),
        verdict=verdict_of(reasons, judged=judged),
        reasons=reasons,
        gaze=gaze,
        playback=playback,
        camera=camera,
        face=face,
        clock_residual_ms=residual_ms,
        drift_check_deg=_drift_before(bundle, trial),
        self_report=answers,
    )


def _duration_s(trial: Trial) -> float:
    if trial.clip_started_ns is None or trial.clip_ended_ns is None:
        return 0.0
    return (trial.clip_ended_ns - trial.clip_started_ns) / 1e9


def _moments(bundle: Bundle, trial: Trial, per_second: float, look: Look | None) -> Sequence[FaceMoment]:
    video, frames = bundle.face_video, bundle.camera_frames_of(trial)
    if video is None or len(frames) == 0 or trial.clip_started_ns is None:
        return ()
    since_s = (frames["host_ns"] - trial.clip_started_ns) / 1e9
    by_pts = dict(zip(frames["pts_ms"].tolist(), since_s.tolist(), strict=True))
    how = () if look is None else (look,)
    chosen = sampled_times(frames, per_second)
    return [face_moment(picture, by_pts[pts], *how) for pts, picture in pictures_at(video, chosen)]


def _drift_before(bundle: Bundle, trial: Trial) -> float | None:
    found = [event for event in bundle.journal if event.event == "drift_checked" and event.before_trial == trial.number]
    return found[-1].error_deg if found else None


def _pupil_response(pupil: SessionPupil) -> PupilResponse | None:
    response = pupil.response
    if response is None:
        return None
    left, right = (None if np.isnan(slope) else round(slope, 4) for slope in response.slopes)
    return PupilResponse(
        model=MODEL, latency_s=response.latency_s, time_constant_s=response.time_constant_s, left=left, right=right,
        r2=round(response.r2, 4), clips=response.clips, seconds=round(response.seconds, 1),
    )  # fmt: skip
