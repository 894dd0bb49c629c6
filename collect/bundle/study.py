"""The study file: what a session consists of and with which devices. Version 1."""

import hashlib
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from collect.bundle.format import ConsentScope, Identifier
from collect.bundle.yaml_document import parse_document

Text = Annotated[str, Field(min_length=1)]
SelfReportItem = Literal["seven", "three", "valence", "arousal"]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class StudyConsent(_Strict):
    """`required`: without these there is no session. `offered`: asked one by one, and may be declined."""

    text: Text
    required: tuple[ConsentScope, ...] = ("recording",)
    offered: tuple[ConsentScope, ...] = ("rating", "training", "publication")

    @property
    def text_sha256(self) -> str:
        return hashlib.sha256(self.text.encode("utf-8")).hexdigest()

    @model_validator(mode="after")
    def _asks_each_once(self) -> Self:
        if "recording" not in self.required:
            raise ValueError("'required' must name 'recording': a session records the participant")
        asked = self.required + self.offered
        if len(set(asked)) != len(asked):
            raise ValueError("a scope stands twice in 'required' and 'offered' together")
        return self


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


class Study(_Strict):
    format: Literal["duchenne-study"] = "duchenne-study"
    version: Literal[1] = 1
    id: Identifier
    title: Text
    language: Annotated[str, Field(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]+)*$", description="such as en or de-AT")] = "en"
    #: The stimulus manifest, relative to the study file.
    stimuli: Text
    #: random: another order for each participant, the same one each time for the same participant.
    order: Literal["fixed", "random"] = "random"
    #: The clips to use, in this order where `order` is fixed; left out: all of the manifest.
    clips: Annotated[tuple[Identifier, ...], Field(min_length=1)] | None = None
    self_report: tuple[SelfReportItem, ...] = ("seven", "three", "valence", "arousal")
    consent: StudyConsent
    fixation_s: Annotated[float, Field(ge=0, le=60)] = 1.0
    screen: StudyScreen
    tracker: Annotated[EyeLinkTracker | SimulatedTracker | ImportedTracker, Field(discriminator="kind")]
    camera: Annotated[OpenCVCamera | SimulatedCamera | ImportedCamera, Field(discriminator="kind")]
    #: False: on a machine that cannot play sound, clips are played mute, and the journal says so.
    needs_sound: bool = True
    #: May a rater of ER see what the participant said?
    er_shows_self_report: bool = False
    #: Does a rater of FER hear the clip's sound?
    fer_sound: bool = False

    @model_validator(mode="after")
    def _names_each_once(self) -> Self:
        for field, names in (("clips", self.clips or ()), ("self_report", self.self_report)):
            doubled = next((name for name in names if names.count(name) > 1), None)
            if doubled is not None:
                raise ValueError(f"'{field}' names '{doubled}' twice")
        return self


def parse_study(raw: bytes, name: str) -> Study:
    """Read a study's text; `name` is what the messages call the file. Raises DocumentError."""
    return parse_document(raw, name, Study)
