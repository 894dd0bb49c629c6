"""The study file: what a session consists of and with which devices. Version 1."""

import hashlib
from collections.abc import Iterator
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from collect.bundle.errors import FieldError, Location
from collect.bundle.format import ConsentScope, Identifier, SelfReportItem
from collect.bundle.limits import StudyLimits
from collect.bundle.study_devices import (
    EyeLinkTracker,
    ImportedCamera,
    ImportedTracker,
    LSLTracker,
    MouseTracker,
    OpenCVCamera,
    SimulatedCamera,
    SimulatedTracker,
    StudyScreen,
    Text,
)
from collect.bundle.yaml_document import parse_document

__all__ = ["SelfReportItem", "Study", "StudyLimits", "parse_study"]

Order = Literal["fixed", "random", "latin_square"]


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


# --- what the fields must hold to among each other; pydantic judges each for itself ---


def hold_to_rules(study: Study) -> None:
    """Raises FieldError, which names the field, for the first rule that is broken."""
    for rule in (_clips_or_blocks, _blocks_have_names, _trials_once, _practice_apart, _orders_have_things, _rests_come):
        rule(study)
    for index, item in enumerate(study.self_report):
        if item in study.self_report[:index]:
            raise FieldError(("self_report", index), f"'self_report' names '{item}' twice")


def listed_trials(study: Study) -> Iterator[tuple[Location, str]]:
    """Place in the document and id of every clip that the study lists as a trial; none where it takes all there are."""
    for index, clip in enumerate(study.clips or ()):
        yield ("clips", index), clip
    for number, block in enumerate(study.blocks):
        for index, clip in enumerate(block.clips):
            yield ("blocks", number, "clips", index), clip


def _clips_or_blocks(study: Study) -> None:
    if study.clips is not None and study.blocks:
        raise FieldError(("clips",), "'clips' and 'blocks' exclude each other: name every clip in one of the two")


def _blocks_have_names(study: Study) -> None:
    names = [block.name for block in study.blocks]
    for number, name in enumerate(names):
        if name in names[:number]:
            raise FieldError(("blocks", number, "name"), f"two blocks have the name '{name}'")


def _trials_once(study: Study) -> None:
    seen: set[str] = set()
    for location, clip in listed_trials(study):
        if clip in seen:
            where = "'clips'" if location[0] == "clips" else "the study"
            raise FieldError(location, f"{where} names '{clip}' twice as a trial: the second time it would not be new")
        seen.add(clip)


def _practice_apart(study: Study) -> None:
    trials = {clip for _, clip in listed_trials(study)}
    for index, clip in enumerate(study.practice):
        if clip in study.practice[:index]:
            raise FieldError(("practice", index), f"'practice' names '{clip}' twice")
        if clip in trials:
            what = f"'{clip}' is a trial too, and would not be new to the participant; practise with another clip"
            raise FieldError(("practice", index), what)


def _orders_have_things(study: Study) -> None:
    if study.block_order != "fixed" and len(study.blocks) < 2:
        raise FieldError(("block_order",), f"'{study.block_order}' needs two blocks or more in 'blocks'")
    if study.order == "latin_square" and study.clips is not None and len(study.clips) < 2:
        raise FieldError(("order",), "a Latin square needs two clips or more in 'clips'")
    for number, block in enumerate(study.blocks):
        if block.order == "latin_square" and len(block.clips) < 2:
            raise FieldError(
                ("blocks", number, "order"), "a Latin square needs two clips or more in the block's 'clips'"
            )


def _rests_come(study: Study) -> None:
    count = len(list(listed_trials(study)))
    if study.break_every is not None and 0 < count <= study.break_every:
        what = f"a rest after {study.break_every} trials never comes, since there are {count}; leave it out or lower it"
        raise FieldError(("break_every",), what)
