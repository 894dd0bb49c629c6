"""The screen, trackers and cameras that a study can name."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from collect.bundle.errors import FieldError
from collect.bundle.format import GAZE_SAMPLE_COLUMNS
from collect.bundle.tracker_faults import TrackerFaults

Text = Annotated[str, Field(min_length=1)]
_SAMPLE_FIELDS = GAZE_SAMPLE_COLUMNS[2:]  # behind the two times


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class StudyScreen(_Strict):
    width_px: Annotated[int, Field(gt=0)]
    height_px: Annotated[int, Field(gt=0)]
    fullscreen: bool = True
    #: Width of the visible picture and distance of the eyes from it; needed for degrees of visual angle.
    width_cm: Annotated[float, Field(gt=0)] | None = None
    distance_cm: Annotated[float, Field(gt=0)] | None = None


class EyeLinkTracker(_Strict):
    kind: Literal["eyelink"]
    #: The Host PC. There is no default: a program must not go looking for trackers on a network.
    address: Text
    rate_hz: Literal[250, 500, 1000, 2000] = 1000
    eyes: Literal["L", "R", "LR"] = "LR"


class SimulatedTracker(_Strict):
    kind: Literal["simulated"]
    rate_hz: Annotated[int, Field(ge=30, le=2000)] = 500
    eyes: Literal["L", "R", "LR"] = "LR"
    #: For rehearsing what one does when a tracker fails.
    faults: TrackerFaults = TrackerFaults()


class LSLTracker(_Strict):
    """Any tracker that streams by Lab Streaming Layer. `channels` says which channel of the stream is what."""

    kind: Literal["lsl"]
    #: Name of the stream; with `source_id` where several streams have it.
    stream: Text
    source_id: str | None = None
    rate_hz: Annotated[float, Field(gt=0)]
    eyes: Literal["L", "R", "LR"] = "LR"
    #: Sample field (left_x … right_pupil) to the channel's label or its number from 0.
    channels: dict[str, int | str] = {}
    #: Are x and y pixels of the screen, or parts of its width and height (0 to 1)?
    unit: Literal["px", "normalised"] = "px"
    pupil_unit: Literal["arbitrary area", "arbitrary diameter", "mm"] = "mm"

    @field_validator("channels")
    @classmethod
    def _fields_are_known(cls, channels: dict[str, int | str]) -> dict[str, int | str]:
        unknown = next((field for field in channels if field not in _SAMPLE_FIELDS), None)
        if unknown is not None:
            raise FieldError((unknown,), f"no sample has this field; there are {', '.join(_SAMPLE_FIELDS)}")
        return channels


class MouseTracker(_Strict):
    """The mouse in the place of the eyes, for piloting. What it records counts as simulated."""

    kind: Literal["mouse"]
    rate_hz: Annotated[int, Field(ge=10, le=250)] = 60


class ImportedTracker(_Strict):
    """In the study of an imported bundle only: nothing can be recorded with it."""

    kind: Literal["imported"]
    rate_hz: Annotated[float, Field(gt=0)]
    eyes: Literal["L", "R", "LR"]


class OpenCVCamera(_Strict):
    kind: Literal["opencv"]
    #: A number as OpenCV counts cameras, or a path such as /dev/video0.
    device: int | str = 0
    width: Annotated[int, Field(gt=0)] = 1280
    height: Annotated[int, Field(gt=0)] = 720
    fps: Annotated[float, Field(gt=0)] = 30.0


class SimulatedCamera(_Strict):
    kind: Literal["simulated"]
    width: Annotated[int, Field(gt=0)] = 640
    height: Annotated[int, Field(gt=0)] = 480
    fps: Annotated[float, Field(gt=0)] = 30.0


class ImportedCamera(_Strict):
    """In the study of an imported bundle only: nothing can be recorded with it."""

    kind: Literal["imported"]
    width: Annotated[int, Field(gt=0)]
    height: Annotated[int, Field(gt=0)]
    fps: Annotated[float, Field(gt=0)]
