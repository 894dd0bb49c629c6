"""The study file: what a session consists of and with which devices. Version 1."""

import hashlib
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from collect.bundle.errors import FieldError
from collect.bundle.format import GAZE_SAMPLE_COLUMNS, ConsentScope, Identifier, SelfReportItem
from collect.bundle.limits import StudyLimits
from collect.bundle.study_rules import hold_to_rules
from collect.bundle.tracker_faults import TrackerFaults
from collect.bundle.yaml_document import parse_document

__all__ = ["SelfReportItem", "Study", "StudyLimits", "parse_study"]

Text = Annotated[str, Field(min_length=1)]
Order = Literal["fixed", "random", "latin_square"]
_SAMPLE_FIELDS = GAZE_SAMPLE_COLUMNS[2:]  # behind the two times


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
            raise FieldError(("required",), "'required' must name 'recording': a session records the participant")
        places = [(field, index) for field in ("required", "offered") for index in range(len(getattr(self, field)))]
        asked = self.required + self.offered
        for number, scope in enumerate(asked):
            if scope in asked[:number]:
                raise FieldError(places[number], "a scope stands twice in 'required' and 'offered' together")
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


class Block(_Strict):
    """Clips that belong together. `order` is within the block; None: the study's."""

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$")]
    clips: Annotated[tuple[Identifier, ...], Field(min_length=1)]
    order: Order | None = None
    #: The participant rests before this block, until they go on.
    break_before: bool = False


class Study(_Strict):
    format: Literal["duchenne-study"] = "duchenne-study"
    version: Literal[1] = 1
    id: Identifier
    title: Text
    language: Annotated[str, Field(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]+)*$", description="such as en or de-AT")] = "en"
    #: The stimulus manifest, relative to the study file.
    stimuli: Text
    #: random: another order for each participant, the same one each time for the same participant. latin_square: a row
    #: of a balanced Latin square, chosen by the number in the participant's pseudonym.
    order: Order = "random"
    #: Never two clips of one emotion in a row, as far as the clips allow it.
    no_emotion_twice: bool = True
    #: The clips to use, in this order where `order` is fixed; left out: all of the manifest.
    clips: Annotated[tuple[Identifier, ...], Field(min_length=1)] | None = None
    #: In the place of `clips`: several groups of them, each in an order of its own.
    blocks: tuple[Block, ...] = ()
    block_order: Order = "fixed"
    #: Shown first, with all questions, and never rated.
    practice: tuple[Identifier, ...] = ()
    #: A neutral clip before the first trial; nothing is asked after it.
    baseline: Identifier | None = None
    #: A calming clip after every trial but the last.
    washout: Identifier | None = None
    #: A pleasant clip at the end, so that nobody leaves sad.
    mood_repair: Identifier | None = None
    #: A rest after so many trials.
    break_every: Annotated[int, Field(ge=1)] | None = None
    #: Seconds of a plain screen after each trial.
    rest_s: Annotated[float, Field(ge=0, le=600)] = 0.0
    #: A drift check before every n-th trial; 0: never.
    drift_check_every: Annotated[int, Field(ge=0)] = 1
    #: Where the experimenter follows the session: in this terminal, in a second window, or nowhere.
    operator: Literal["terminal", "window", "none"] = "terminal"
    limits: StudyLimits = StudyLimits()
    self_report: tuple[SelfReportItem, ...] = ("seven", "three", "valence", "arousal")
    consent: StudyConsent
    fixation_s: Annotated[float, Field(ge=0, le=60)] = 1.0
    screen: StudyScreen
    tracker: Annotated[
        EyeLinkTracker | LSLTracker | MouseTracker | SimulatedTracker | ImportedTracker, Field(discriminator="kind")
    ]
    camera: Annotated[OpenCVCamera | SimulatedCamera | ImportedCamera, Field(discriminator="kind")]
    #: False: on a machine that cannot play sound, clips are played mute, and the journal says so.
    needs_sound: bool = True
    #: May a rater of ER see what the participant said?
    er_shows_self_report: bool = False
    #: Does a rater of FER hear the clip's sound?
    fer_sound: bool = False

    @model_validator(mode="after")
    def _holds_to_rules(self) -> Self:
        hold_to_rules(self)
        return self


def parse_study(raw: bytes, name: str) -> Study:
    """Read a study's text; `name` is what the messages call the file. Raises DocumentError."""
    return parse_document(raw, name, Study)
