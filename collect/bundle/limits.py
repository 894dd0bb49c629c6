"""What a study accepts: limits that are judged before, during and after a session. Every default can be changed."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Share = Annotated[float, Field(ge=0, le=1)]
Degrees = Annotated[float, Field(gt=0, le=30)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class CalibrationLimits(_Strict):
    """In degrees of visual angle. `attempts`: after so many poor calibrations the session asks what to do."""

    mean_deg: Degrees = 1.0
    max_deg: Degrees = 2.0
    attempts: Annotated[int, Field(ge=1, le=20)] = 3
    #: A drift check that finds more than this asks for a new calibration.
    drift_deg: Degrees = 2.0


class StimulusLimits(_Strict):
    """What `duchenne collect check` accepts of a clip. None: not judged."""

    loudness_lufs: tuple[float, float] | None = (-33.0, -13.0)
    #: Integrated loudness may differ by so much between the study's clips, in LU.
    loudness_spread_lu: Annotated[float, Field(ge=0)] | None = 6.0
    #: Mean relative luminance, 0 to 1.
    luminance: tuple[Share, Share] | None = (0.005, 0.8)
    codecs: tuple[str, ...] = ("h264", "hevc", "mpeg4", "vp8", "vp9", "av1")
    max_fps: Annotated[float, Field(gt=0)] = 60.0


class TrialLimits(_Strict):
    """A trial is 'good' above (or below) the first number of a pair, 'usable' above the second, else 'bad'."""

    gaze_valid: tuple[Share, Share] = (0.8, 0.5)
    frames_shown: tuple[Share, Share] = (0.995, 0.95)
    #: Camera frames with exactly one face.
    one_face: tuple[Share, Share] = (0.9, 0.6)
    #: Camera frames lost, as a share of those there should be.
    camera_lost: tuple[Share, Share] = (0.005, 0.05)
    #: 95th percentile of the clock mapping's residual, in ms.
    clock_residual_ms: tuple[Annotated[float, Field(gt=0)], Annotated[float, Field(gt=0)]] = (4.0, 20.0)
    #: Mean brightness of the face pictures, 0 to 255: outside of it a trial is at best usable.
    brightness: tuple[float, float] = (40.0, 220.0)


class StudyLimits(_Strict):
    calibration: CalibrationLimits = CalibrationLimits()
    stimuli: StimulusLimits = StimulusLimits()
    trial: TrialLimits = TrialLimits()
