"""All words on the participant's screen, in one language: declared here, written in the YAML files beside this one.

A text with fields in braces must use exactly those that stand here, so that a translation can neither drop a number nor
ask for one that there is not. Pages are paragraphs parted by blank lines: the first, '# …', is the heading, and the
last says which key to press. The keys are the same in all languages.
"""

from functools import cache
from pathlib import Path
from string import Formatter
from typing import Annotated, Any, Literal, get_args

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from collect.bundle.format import ConsentScope, Emotion, Polarity
from collect.bundle.yaml_document import parse_document
from collect.language.errors import UnknownLanguageError

FOLDER = Path(__file__).parent

#: What the setup page advises; 'all_well' where there is nothing to advise. Left and right are the participant's own.
AdviceKey = Literal[
    "all_well", "no_picture", "no_face", "several_faces", "too_dark", "too_bright", "too_far", "too_near",
    "move_left", "move_right", "move_up", "move_down", "blurred", "slow_camera", "no_sound", "no_tracker", "disk_short",
]  # fmt: skip
#: What the setup page looks at.
CheckKey = Literal["camera", "face", "light", "sharpness", "sound", "tracker", "disk"]


def _has_fields(*names: str) -> AfterValidator:
    def check(text: str) -> str:
        found = {name for _, name, _, _ in Formatter().parse(text) if name is not None}
        if found != set(names):
            wanted = ", ".join(f"{{{name}}}" for name in names) or "none"
            raise ValueError(f"fields in braces must be {wanted}, and are {', '.join(sorted(found)) or 'none'}")
        return text

    return AfterValidator(check)


def _names_all(names: Any) -> AfterValidator:
    """For a mapping whose keys are a Literal: each of them stands in it."""

    def check(named: dict[str, Any]) -> dict[str, Any]:
        missing = [name for name in get_args(names) if name not in named]
        if missing:
            raise ValueError(f"missing: {', '.join(missing)}")
        return named

    return AfterValidator(check)


def _is_page(text: str) -> str:
    paragraphs = [part for part in text.strip().split("\n\n") if part.strip()]
    if len(paragraphs) < 2 or not paragraphs[0].startswith("# "):
        raise ValueError("a page begins with a heading ('# …') and ends with a paragraph that says what to press")
    return text.strip()


_NotEmpty = Field(min_length=1)
Line = Annotated[str, _NotEmpty, _has_fields()]
Page = Annotated[str, AfterValidator(_is_page), _has_fields()]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ScopeWords(_Strict):
    title: Line
    text: Line


class ConsentWords(_Strict):
    """Y agrees, N declines."""

    #: Around the study's own consent text.
    page: Annotated[str, AfterValidator(_is_page), _has_fields("text")]
    #: One thing that may be declined without ending the session.
    scope: Annotated[str, AfterValidator(_is_page), _has_fields("title", "text")]
    scopes: Annotated[dict[ConsentScope, ScopeWords], _names_all(ConsentScope)]
    declined: Page


class PageWords(_Strict):
    """Space goes on, unless another key is named."""

    #: `clips` is one of the two lines below; `asked` is the third where something is asked after each clip, else ''.
    instruction: Annotated[str, AfterValidator(_is_page), _has_fields("clips", "asked")]
    instruction_one_clip: Line
    instruction_clips: Annotated[str, _NotEmpty, _has_fields("count")]
    instruction_asked: Line
    practice_begins: Page
    practice_over: Page
    #: Between clips; the participant rests until they go on. `left` clips are still to come.
    rest_break: Annotated[str, AfterValidator(_is_page), _has_fields("left")]
    paused: Page
    #: Before the last attempt: the calibration is repeated. Degrees of visual angle.
    calibration_repeat: Annotated[str, AfterValidator(_is_page), _has_fields("mean", "greatest")]
    #: R repeats, C goes on anyway, S stops the session.
    calibration_poor: Annotated[str, AfterValidator(_is_page), _has_fields("mean", "greatest")]
    #: R calibrates anew, C goes on anyway.
    drift_poor: Annotated[str, AfterValidator(_is_page), _has_fields("error")]
    #: The same where the tracker does not tell how far off the gaze was.
    drift_poor_untold: Page
    #: After the participant stopped. K keeps, W withdraws.
    stop_choice: Page
    #: Y deletes everything, N goes back.
    withdraw_confirm: Page
    withdrawn: Page
    #: After the last clip, while the recording is put in order; no key is waited for.
    completing: Page
    technical_problem: Page
    #: The study needs sound, and this machine has none: the session ends before it began.
    sound_needed: Page
    #: W withdraws.
    thanks: Page
    stopped: Page


class ChoiceWords(_Strict):
    question: Line
    advice: Line


class ScaleWords(ChoiceWords):
    """`low`, `middle` and `high` stand under steps 1, 5 and 9."""

    low: Line
    middle: Line
    high: Line


class QuestionWords(_Strict):
    seven: ChoiceWords
    three: ChoiceWords
    valence: ScaleWords
    arousal: ScaleWords
    familiarity: ScaleWords
    liking: ScaleWords
    text: ChoiceWords


class FootWords(_Strict):
    """What stands at the foot of a question."""

    choose: Annotated[str, _NotEmpty, _has_fields("count")]
    confirm: Line
    #: While the free text is empty.
    leave_empty: Line
    #: Shown when few are left.
    characters_left: Annotated[str, _NotEmpty, _has_fields("left")]


class SetupWords(_Strict):
    """The page that the experimenter looks at before the participant is asked anything."""

    title: Line
    #: Space goes on.
    go_on: Line
    checks: Annotated[dict[CheckKey, Line], _names_all(CheckKey)]
    advice: Annotated[dict[AdviceKey, Line], _names_all(AdviceKey)]
    #: Said where a check is well.
    camera_fps: Annotated[str, _NotEmpty, _has_fields("fps")]
    sound_ready: Line
    tracker_ready: Line
    disk_free: Annotated[str, _NotEmpty, _has_fields("gigabytes")]


class Words(_Strict):
    format: Literal["duchenne-words"] = "duchenne-words"
    version: Literal[1] = 1
    #: The language's own name.
    name: Line
    emotions: Annotated[dict[Emotion, Line], _names_all(Emotion)]
    polarities: Annotated[dict[Polarity, Line], _names_all(Polarity)]
    consent: ConsentWords
    pages: PageWords
    questions: QuestionWords
    foot: FootWords
    setup: SetupWords


def languages() -> list[str]:
    """The languages that there are words in, as a study names them."""
    return sorted(path.stem for path in FOLDER.glob("*.yaml"))


@cache
def words_for(language: str) -> Words:
    """The words in a study's language, such as 'en'; 'de-AT' falls back to 'de'.

    Raises UnknownLanguageError where there are none, DocumentError where a translation has a mistake.
    """
    parts = language.split("-")
    for count in range(len(parts), 0, -1):
        path = FOLDER / f"{'-'.join(parts[:count])}.yaml"
        if path.is_file():
            return parse_document(path.read_bytes(), str(path), Words)
    raise UnknownLanguageError(
        f"The study's language is '{language}', and there are words in {', '.join(languages())} only. Name one of "
        f"these in the study; or copy {FOLDER / 'en.yaml'} to {parts[0]}.yaml beside it and translate it."
    )
