"""What is said of a recorded session's quality, version 1: `<bundle>.report.json`.

None stands for 'not known' everywhere: an import cannot tell how many frames were shown, and nobody blames it for that.
Shares are 0 to 1; `*_s` of a presentation are seconds since its clip began, of the session seconds since it began.
"""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from collect.bundle.format import (
    Emotion,
    Origin,
    PresentationRole,
    Pseudonym,
    ScreenInfo,
    SelfReportItem,
    TrackerInfo,
    ValidationPoint,
)
from collect.bundle.limits import Share, StudyLimits

FORMAT = "duchenne-quality"
VERSION = 1

Verdict = Literal["good", "usable", "bad", "not known"]
Measure = Literal[
    "trial", "gaze_valid", "frames_shown", "one_face", "camera_lost", "clock_residual_ms", "brightness", "self_report"
]
Count = Annotated[int, Field(ge=0)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Reason(_Strict):
    """Why a presentation is not good: a sentence for people, and the number that it rests on with its limit."""

    measure: Measure
    verdict: Literal["usable", "bad"]
    text: str
    value: float | None = None
    limit: float | None = None


class Histogram(_Strict):
    """`counts[i]` values lie in [edges[i], edges[i + 1]); the last bin holds what is beyond it too."""

    unit: Literal["ms"] = "ms"
    edges: tuple[float, ...]
    counts: tuple[Count, ...]


class Gap(_Strict):
    """From when until when the tracker saw no eye, too long to be a blink."""

    from_s: float
    to_s: float


class GazeSecond(_Strict):
    """Valid shares of one second of a clip, the last of what is left; an eye that is not measured is None."""

    any: Share
    left: Share | None
    right: Share | None


class GazeQuality(_Strict):
    """A sample is valid where at least one eye's gaze is in it; samples that never came are not valid."""

    samples: Count
    expected: Count
    valid: Share
    left: Share | None
    right: Share | None
    #: Valid gaze that lies on the screen, as a share of the valid gaze.
    on_screen: Share | None
    blinks: Count
    #: tracker: its own events; gaps: estimated from gaps of a blink's length, where it has none.
    #: The tracker, an algorithm in its samples, or, where there are no eye events, gaps as long as a blink.
    blinks_from: Literal["tracker", "samples", "gaps"]
    gaps: tuple[Gap, ...]
    seconds: tuple[GazeSecond, ...]


class PlaybackQuality(_Strict):
    """Lateness is how long after its time a frame was flipped, the first frame's flip being zero."""

    frames_in_clip: Count
    frames_shown: Count
    frames_skipped: Count
    frames_late: Count
    shown: Share
    late_ms_p50: float | None
    late_ms_p95: float | None
    late_ms_max: float | None
    intervals: Histogram | None
    #: When the sound began, after the first flip; None without sound.
    sound_offset_ms: float | None


class CameraQuality(_Strict):
    """Of the frames within a clip. Lost: should have come in a gap. Late: after 1.5 times the usual interval."""

    frames: Count
    expected: Count
    lost: Count
    lost_share: Share
    late: Count
    fps: float | None
    intervals: Histogram | None


class FaceMoment(_Strict):
    """What one sampled picture shows, as collect.framing sees it: the largest face's brightness, or the picture's.

    Sharpness (see collect.framing.light) is None where there is no face.
    """

    at_s: float
    faces: Count
    brightness: float
    sharpness: float | None


class FaceQuality(_Strict):
    """Sampled pictures of one clip: shares, mean brightness, median sharpness."""

    sampled: Count
    one_face: Share
    no_face: Share
    brightness: float
    sharpness: float | None
    moments: tuple[FaceMoment, ...]


class SelfReportQuality(_Strict):
    asked: tuple[SelfReportItem, ...]
    missing: tuple[SelfReportItem, ...]


class PresentationQuality(_Strict):
    """One presentation of a clip. `begins_s`: when its clip began; None where it never did."""

    number: Annotated[int, Field(ge=1)]
    clip: str
    role: PresentationRole
    block: str
    emotion: Emotion | None
    begins_s: float | None
    duration_s: float | None
    verdict: Verdict
    reasons: tuple[Reason, ...]
    gaze: GazeQuality | None
    playback: PlaybackQuality | None
    camera: CameraQuality | None
    face: FaceQuality | None
    #: 95th percentile of the residuals of the tracker's clock during this presentation, or near it.
    clock_residual_ms: float | None
    drift_check_deg: float | None
    self_report: SelfReportQuality | None


class ClockQuality(_Strict):
    """How well one device's clock was mapped to the host's. Points are (seconds of the session, residual in ms)."""

    device: Literal["tracker", "camera"]
    part: Count
    readings: Count
    residual_ms_median: float
    residual_ms_p95: float
    drift_ppm: float
    points: tuple[tuple[float, float], ...]


class CalibrationQuality(_Strict):
    at_s: float
    eye: Literal["L", "R", "LR"]
    mean_error_deg: float
    max_error_deg: float
    accepted: bool
    points: tuple[ValidationPoint, ...]


class DriftCheckQuality(_Strict):
    at_s: float
    before_trial: int
    error_deg: float | None
    accepted: bool


class Pause(_Strict):
    """`to_s` is None where the session never went on."""

    from_s: float
    to_s: float | None
    by: str


class SessionWarning(_Strict):
    at_s: float
    text: str


class Tally(_Strict):
    """How many presentations of a kind got which verdict; `not_shown` were planned and never begun."""

    planned: Count
    good: Count
    usable: Count
    bad: Count
    not_known: Count
    not_shown: Count


class PupilResponse(_Strict):
    """How this participant's pupil followed the clips' luminance in this session.

    The pupil's diameter, relative to its session median, is modelled as a constant for each clip plus `left` (`right`)
    times the logarithm (base 10) of relative luminance, low-passed with `time_constant_s` and `latency_s` later.
    `r2`: share of the variance within clips that luminance explains, of both eyes together.
    """

    model: str
    latency_s: float
    time_constant_s: float
    left: float | None
    right: float | None
    r2: float
    clips: Count
    seconds: float


class SessionQuality(_Strict):
    format: Literal["duchenne-quality"] = "duchenne-quality"
    version: Literal[1] = 1
    bundle_id: Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
    origin: Origin
    study_id: str
    study_title: str
    participant: Pseudonym
    session: int
    #: What was simulated, in words; None for a recording of a person.
    simulated: str | None
    recorded_utc: str
    made_utc: str
    software: dict[str, str]
    state: Literal["sealed", "unsealed"]
    outcome: str | None
    #: Where the recording breaks off, in words; None for one that was ended.
    cut: str | None
    resumes: Count
    limits: StudyLimits
    screen: ScreenInfo
    tracker: TrackerInfo
    camera_model: str
    camera_nominal_fps: float
    #: What the experimenter should know while the participant is still there, and what to do about it.
    headline: str
    advice: tuple[str, ...]
    trials: Tally
    others: Tally
    presentations: tuple[PresentationQuality, ...]
    clocks: tuple[ClockQuality, ...]
    calibrations: tuple[CalibrationQuality, ...]
    drift_checks: tuple[DriftCheckQuality, ...]
    #: How many eye events who has found: 'tracker', or the name of the algorithm.
    eye_events: dict[str, Count] = {}
    pauses: tuple[Pause, ...]
    setup_advice: tuple[str, ...]
    warnings: tuple[SessionWarning, ...]
    pupil: PupilResponse | None
    #: Why there is no corrected pupil; None where there is one.
    pupil_note: str | None
