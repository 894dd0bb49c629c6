"""What a study accepts: limits that are judged before, during and after a session. Every default can be changed."""

from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from collect.bundle.errors import FieldError

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

    @model_validator(mode="after")
    def _mean_is_below_max(self) -> Self:
        if self.mean_deg > self.max_deg:
            raise FieldError(("mean_deg",), f"the mean error's limit is above that of the greatest, {self.max_deg:g}")
        return self


class StimulusLimits(_Strict):
    """What `duchenne collect check` accepts of a clip. None: not judged."""

    loudness_lufs: tuple[float, float] | None = (-33.0, -13.0)
    #: Integrated loudness may differ by so much between the study's clips, in LU.
    loudness_spread_lu: Annotated[float, Field(ge=0)] | None = 6.0
    #: Mean relative luminance, 0 to 1.
    luminance: tuple[Share, Share] | None = (0.005, 0.8)
    codecs: Annotated[tuple[str, ...], Field(min_length=1)] = ("h264", "hevc", "mpeg4", "vp8", "vp9", "av1")
    max_fps: Annotated[float, Field(gt=0)] = 60.0

    @field_validator("loudness_lufs", "luminance")
    @classmethod
    def _rises(cls, limits: tuple[float, float] | None) -> tuple[float, float] | None:
        return None if limits is None else _rising(limits)


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

    @field_validator("gaze_valid", "frames_shown", "one_face")
    @classmethod
    def _more_is_better(cls, limits: tuple[float, float]) -> tuple[float, float]:
        if limits[0] < limits[1]:
            raise ValueError("more is better here: first what is 'good', then the lower number that is still 'usable'")
        return limits

    @field_validator("camera_lost", "clock_residual_ms")
    @classmethod
    def _less_is_better(cls, limits: tuple[float, float]) -> tuple[float, float]:
        if limits[0] > limits[1]:
            raise ValueError("less is better here: first what is 'good', then the higher number that is still 'usable'")
        return limits

    @field_validator("brightness")
    @classmethod
    def _rises(cls, limits: tuple[float, float]) -> tuple[float, float]:
        return _rising(limits)


class StudyLimits(_Strict):
    calibration: CalibrationLimits = CalibrationLimits()
    stimuli: StimulusLimits = StimulusLimits()
    trial: TrialLimits = TrialLimits()


def _rising(limits: tuple[float, float]) -> tuple[float, float]:
    if limits[0] >= limits[1]:
        raise ValueError("the first number is the least and the second the most that is accepted")
    return limits
