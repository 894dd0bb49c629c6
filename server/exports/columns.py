"""What is exported, column by column: the data dictionary, from which every format takes its names and types."""

from dataclasses import dataclass
from enum import StrEnum

from annotate.scales import EMOTIONS, POLARITIES


class Kind(StrEnum):
    """What a column holds. A missing value is an empty cell in CSV and null elsewhere."""

    TEXT = "text"
    INTEGER = "integer"
    NUMBER = "number"
    YES_NO = "true or false"
    TIME = "time (UTC, ISO 8601)"


@dataclass(frozen=True)
class Column:
    """One column: its name, what it holds, in which unit or range, and what that says."""

    name: str
    kind: Kind
    unit: str
    says: str


class Table(StrEnum):
    """What can be exported."""

    LABELS = "labels"
    ANSWERS = "answers"
    TRIALS = "trials"
    SELF_REPORTS = "self_reports"
    EXPOSURES = "exposures"


def _text(name: str, says: str, unit: str = "") -> Column:
    return Column(name, Kind.TEXT, unit, says)


def _number(name: str, unit: str, says: str) -> Column:
    return Column(name, Kind.NUMBER, unit, says)


def _count(name: str, says: str, unit: str = "count") -> Column:
    return Column(name, Kind.INTEGER, unit, says)


def _yes_no(name: str, says: str) -> Column:
    return Column(name, Kind.YES_NO, "", says)


def _time(name: str, says: str) -> Column:
    return Column(name, Kind.TIME, "", says)


_EMOTIONS = ", ".join(EMOTIONS)
_POLARITIES = ", ".join(POLARITIES)
_SEVEN = _text("seven", "the class", _EMOTIONS)
_THREE = _text("three", "the class of three, given and not derived", _POLARITIES)
_VALENCE = _number("valence", "-1 unpleasant to 1 pleasant", "how pleasant")
_AROUSAL = _number("arousal", "-1 calm to 1 excited", "how excited")
_INTENSITY = _number("intensity", "0 none to 3 strongest", "how strong the expression is; FER only")
_INSTRUMENT = _text("instrument", "what was asked: ER what the person feels, FER what the face shows", "ER, FER")

#: How every row begins: which trial it is about.
TRIAL = (
    _text("trial", "the trial's public id; the same in every table, snapshot and prediction file", "32 hex digits"),
    _text("study", "the study's id"),
    _text("participant", "the participant's pseudonym within the study"),
    _text("session", "the recording's id", "32 hex digits"),
    _count("position", "the trial's place in its session", "from 1"),
    _text("origin", "where the recording comes from", "real, imported, simulated"),
    _text("clip", "the clip's name in its manifest"),
    _text("clip_emotion", "what the clip is meant to elicit", _EMOTIONS),
)

COLUMNS: dict[Table, tuple[Column, ...]] = {
    Table.LABELS: (
        *TRIAL,
        _INSTRUMENT,
        _text("policy", "how votes became the label, by name and version"),
        _count("raters", "people whose answer says something of emotion", "people"),
        _number("agreement", "0 to 1", "the share of raters on the class"),
        _count("prelabel_seen", "answers that were given after a model's label was shown"),
        _text("seven", "the class; empty where raters tie", _EMOTIONS),
        *(_number(f"seven_{one}", "0 to 1", f"the soft label of {one}; all seven sum to 1") for one in EMOTIONS),
        _text("three", "the class of three; empty where raters tie", _POLARITIES),
        *(_number(f"three_{one}", "0 to 1", f"the soft label of {one}; all three sum to 1") for one in POLARITIES),
        _VALENCE,
        _AROUSAL,
        _INTENSITY,
    ),
    Table.ANSWERS: (
        *TRIAL,
        _INSTRUMENT,
        _text("rater", "the rater's pseudonym"),
        _count("answer", "the answer's number", "number"),
        _count("corrects", "the number of the own answer that this one replaces", "number"),
        _yes_no("stands", "false: a later answer of the same rater replaces it (only in exports with history)"),
        _text("purpose", "gold: its solution is known, the rater was not told; study: any other", "study, gold"),
        _SEVEN,
        _THREE,
        _VALENCE,
        _AROUSAL,
        _INTENSITY,
        _text("flags", "what is said of the recording, joined by commas", "no face, occluded, unusable, unsure"),
        _yes_no("prelabel_seen", "the rater had seen a model's label of this trial"),
        _count("place", "the trial's place in the rater's own sequence under this instrument", "from 1; 0: not known"),
        _count("looked_ms", "how long the trial was on the rater's screen before the answer", "ms"),
        _time("answered_utc", "when the answer was saved"),
    ),
    Table.TRIALS: (
        *TRIAL,
        _count("session_number", "the how-manieth session of the participant", "from 1"),
        _text("recorded_utc", "when the session began, as the lab PC wrote it", "ISO 8601"),
        _text("state", "aborted: the session was never finished", "sealed, aborted"),
        _yes_no("valid", "whether the trial was recorded as planned"),
        _text("invalid_reason", "why not"),
        _text("verdict", "of the quality report", "good, usable, bad, not known"),
        _number("duration_ms", "ms", "how long the clip was on the screen"),
        _yes_no("has_face", "a face video was recorded"),
        _yes_no("has_gaze", "gaze was recorded"),
        _text("tracker", "kind of the eye tracker"),
        _number("tracker_rate_hz", "Hz", "samples a second"),
        _text("pupil_unit", "in which the tracker gives the pupil"),
        _count("screen_width_px", "the screen", "px"),
        _count("screen_height_px", "the screen", "px"),
        _count("frames_in_clip", "frames that the clip has"),
        _count("frames_shown", "frames of it that were shown"),
        _count("frames_late", "frames of it that were shown late"),
        _count("samples", "gaze samples while the clip was shown"),
        _count("fixations", "fixations, both eyes together"),
        _count("saccades", "saccades, both eyes together"),
        _count("blinks", "blinks, both eyes together"),
        _yes_no("consent_rating", "people may look at it"),
        _yes_no("consent_publication", "pictures, video and gaze of it may be shown outside the lab"),
    ),
    Table.SELF_REPORTS: (
        *TRIAL,
        _text("seven", "what the participant said they felt", _EMOTIONS),
        _THREE,
        _VALENCE,
        _AROUSAL,
        _count("valence_step", "valence as it was asked", "1 to 9"),
        _count("arousal_step", "arousal as it was asked", "1 to 9"),
        _count("familiarity_step", "how familiar the clip was", "1 to 9"),
        _count("liking_step", "how much the clip was liked", "1 to 9"),
    ),
    Table.EXPOSURES: (
        *TRIAL,
        _text("rater", "who has seen it, by pseudonym"),
        _text(
            "seen",
            "what was seen of the trial beside the face",
            "stimulus, self_report, context, prelabel, other_label",
        ),
        _time("since_utc", "when it was first seen"),
        _text("detail", "the model whose label it was, or the page; empty: while rating"),
    ),
}

#: What each table is, in a sentence.
SAYS: dict[Table, str] = {
    Table.LABELS: "One label a trial and instrument, made of the raters' answers by a named policy.",
    Table.ANSWERS: "One row an answer of a rater. Answers to training trials are not in it, nor are notes: these are "
    "in a rater's own words and may name somebody.",
    Table.TRIALS: "One row a trial: what was recorded, and how well.",
    Table.SELF_REPORTS: "One row a trial of which the participant said how they felt. Never pooled with raters.",
    Table.EXPOSURES: "One row for each thing that somebody has seen of a trial which would bias a later answer.",
}
