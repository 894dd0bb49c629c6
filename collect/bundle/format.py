"""The bundle: one recorded session on disk, version 1.

A bundle is a folder. Everything in it is written append-only while the session runs, so that it stays
readable up to the last flushed line or video cluster after a power cut. `seal.json` is written last; without
it the session counts as aborted.

    bundle.json            BundleHeader: who, what, when, with which devices
    study.yaml             the study as it was run, byte for byte
    stimuli/manifest.yaml  the stimulus manifest as it was run, byte for byte
    stimuli/<file>         every planned clip that has a file in the manifest, and its luminance time line
    journal.jsonl          one JournalEvent a line, in the order of their happening
    camera/face.mkv        the face video (Matroska survives the death of its writer)
    camera/frames.csv      CAMERA_FRAME_COLUMNS, one line a frame of face.mkv
    gaze/samples.csv       GAZE_SAMPLE_COLUMNS, one line a sample
    gaze/events.csv        GAZE_EVENT_COLUMNS, one line an eye event
    gaze/messages.csv      GAZE_MESSAGE_COLUMNS, one line a message in the tracker's own record
    gaze/clock.csv         GAZE_CLOCK_COLUMNS, one line a reading of the tracker's clock against the host's
    gaze/original.*        the tracker's own file, where there is one (.asc, .edf)
    screen/flips.csv       FLIP_COLUMNS, one line a clip frame that was truly shown
    simulation.json        SimulationTruth, only in simulated bundles: what was planted
    seal.json              Seal: SHA-256 of every other file

A participant who withdraws leaves a folder with `tombstone.json` (Tombstone) and nothing else.

Times named `*_ns` are nanoseconds of the host's monotonic clock; `device_*` times are the device's own.
CSV files are UTF-8 with '\\n' line ends; their first line names the columns (see collect.bundle.rows, which writes the
lines). An empty field means 'missing'; a text never holds a line break.
"""

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

FORMAT = "duchenne-bundle"
VERSION = 1

HEADER_FILE = "bundle.json"
JOURNAL_FILE = "journal.jsonl"
SEAL_FILE = "seal.json"
STUDY_FILE = "study.yaml"
MANIFEST_FILE = "stimuli/manifest.yaml"
SIMULATION_FILE = "simulation.json"
FACE_VIDEO_FILE = "camera/face.mkv"
CAMERA_FRAMES_FILE = "camera/frames.csv"
GAZE_SAMPLES_FILE = "gaze/samples.csv"
GAZE_EVENTS_FILE = "gaze/events.csv"
GAZE_MESSAGES_FILE = "gaze/messages.csv"
GAZE_CLOCK_FILE = "gaze/clock.csv"
FLIPS_FILE = "screen/flips.csv"
TOMBSTONE_FILE = "tombstone.json"

#: `frame` counts from 0 in face.mkv; `pts_ms` is the frame's time stamp in face.mkv.
CAMERA_FRAME_COLUMNS = ("frame", "pts_ms", "device_ns", "host_ns")
#: Gaze in screen pixels from the top left corner; pupil in the tracker's own unit (see TrackerInfo.pupil_unit).
GAZE_SAMPLE_COLUMNS = (
    "host_ns",
    "device_ms",
    "left_x",
    "left_y",
    "left_pupil",
    "right_x",
    "right_y",
    "right_pupil",
)
#: `kind` is fixation, saccade or blink; `eye` is L or R; `source` is 'tracker' or the name of the algorithm.
#: Fixations fill x, y (mean) and pupil (mean); saccades x, y (start) and end_x, end_y; blinks none of them.
GAZE_EVENT_COLUMNS = (
    "kind",
    "eye",
    "start_host_ns",
    "end_host_ns",
    "start_device_ms",
    "end_device_ms",
    "x",
    "y",
    "end_x",
    "end_y",
    "pupil",
    "source",
)
GAZE_MESSAGE_COLUMNS = ("host_ns", "device_ms", "text")
#: At `host_ns`, give or take `uncertainty_ns`, the tracker's clock stood at `device_ms`.
GAZE_CLOCK_COLUMNS = ("host_ns", "device_ms", "uncertainty_ns")
#: `clip_pts_ms` is the shown frame's presentation time in the clip; `flip_ns` is when the flip returned.
FLIP_COLUMNS = ("trial", "frame", "clip_pts_ms", "flip_ns")

Origin = Literal["real", "imported", "simulated"]
ConsentScope = Literal["recording", "rating", "training", "publication"]
#: What a presentation is there for. Only a 'trial' is ever rated or trained on.
PresentationRole = Literal["trial", "practice", "baseline", "washout", "repair"]
SelfReportItem = Literal["seven", "three", "valence", "arousal", "familiarity", "liking", "text"]
Emotion = Literal["happiness", "sadness", "fear", "surprise", "disgust", "anger", "neutral"]
Polarity = Literal["positive", "negative", "neutral"]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
#: A participant's pseudonym; never a name.
Pseudonym = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,31}$")]
Identifier = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$")]
Nanoseconds = Annotated[int, Field(ge=0)]
UnitScale = Annotated[float, Field(ge=-1.0, le=1.0)]
Step = Annotated[int, Field(ge=1, le=9)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ScreenInfo(_Strict):
    width_px: Annotated[int, Field(gt=0)]
    height_px: Annotated[int, Field(gt=0)]
    refresh_hz: Annotated[float, Field(gt=0)] | None = None
    width_cm: Annotated[float, Field(gt=0)] | None = None
    distance_cm: Annotated[float, Field(gt=0)] | None = None
    #: False where flips were paced in software (no vertical blank, as under Xvfb).
    vsync: bool = False


class TrackerInfo(_Strict):
    kind: Annotated[str, Field(description="eyelink, lsl, mouse, simulated, or the reader that an import used")]
    model: str
    rate_hz: Annotated[float, Field(gt=0)]
    eyes: Literal["L", "R", "LR"]
    pupil_unit: Literal["arbitrary area", "arbitrary diameter", "mm"]
    simulated: bool


class CameraInfo(_Strict):
    kind: Annotated[str, Field(description="opencv, simulated or imported")]
    model: str
    width_px: Annotated[int, Field(gt=0)]
    height_px: Annotated[int, Field(gt=0)]
    nominal_fps: Annotated[float, Field(gt=0)]
    codec: str
    simulated: bool


class Consent(_Strict):
    """What the participant agreed to. `text_sha256` is the digest of the text that was shown (UTF-8)."""

    scopes: tuple[ConsentScope, ...]
    text_sha256: Sha256
    given_utc: str


class PlannedPresentation(_Strict):
    """One clip of the session's plan. `break_before`: the participant rests before it."""

    clip: Identifier
    role: PresentationRole = "trial"
    #: Name of the block that the clip belongs to; empty in a study without blocks.
    block: str = ""
    break_before: bool = False


class BundleHeader(_Strict):
    """bundle.json. Written first and never changed."""

    format: Literal["duchenne-bundle"] = "duchenne-bundle"
    version: Literal[1] = 1
    bundle_id: Annotated[str, Field(pattern=r"^[0-9a-f]{32}$", description="random UUID4, hex")]
    origin: Origin
    study_id: Identifier
    study_sha256: Sha256
    participant: Pseudonym
    session: Annotated[int, Field(ge=1, description="this participant's n-th session of the study")]
    created_utc: Annotated[str, Field(description="ISO 8601, UTC; for people, never for computing")]
    created_ns: Nanoseconds
    screen: ScreenInfo
    tracker: TrackerInfo
    camera: CameraInfo
    consent: Consent
    planned_clips: Annotated[tuple[Identifier, ...], Field(description="clip ids in the order of the trials")]
    plan: Annotated[
        tuple[PlannedPresentation, ...], Field(description="the same clips with their roles; empty: all are trials")
    ] = ()
    software: Annotated[dict[str, str], Field(description="package name to version")]

    @model_validator(mode="after")
    def _plans_agree(self) -> Self:
        if self.plan and tuple(planned.clip for planned in self.plan) != self.planned_clips:
            raise ValueError("'plan' and 'planned_clips' name other clips")
        return self

    @property
    def presentations(self) -> tuple[PlannedPresentation, ...]:
        """What is shown, in its order; presentation number n of the journal is the n-th, counted from 1."""
        return self.plan or tuple(PlannedPresentation(clip=clip) for clip in self.planned_clips)


class _Event(_Strict):
    t_ns: Nanoseconds


class SessionStarted(_Event):
    event: Literal["session_started"] = "session_started"


class SessionResumed(_Event):
    """A session that had died goes on. Host times after a reboot start anew; `reboot` tells.

    `lines` is filled in by the writer: how many lines of data each CSV file held when the session was resumed, so that
    times from before and after a reboot are never mixed.
    """

    event: Literal["session_resumed"] = "session_resumed"
    reboot: bool
    lines: dict[str, Annotated[int, Field(ge=0)]] = {}


class SetupChecked(_Event):
    """What the experimenter saw before the session began. `sound`: can this machine play any?"""

    event: Literal["setup_checked"] = "setup_checked"
    sound: bool
    camera_fps: Annotated[float, Field(ge=0)]
    encoder: str
    #: Advice that still stood when the experimenter went on.
    advice: tuple[str, ...] = ()


class ValidationPoint(_Strict):
    """Where a target was and where the tracker saw the eye look, in screen pixels; None where it saw no eye."""

    eye: Literal["L", "R"]
    target_x: float
    target_y: float
    x: float | None
    y: float | None
    error_deg: Annotated[float, Field(ge=0)] | None


class Calibrated(_Event):
    """`points` is empty where the tracker tells only the summary."""

    event: Literal["calibrated"] = "calibrated"
    eye: Literal["L", "R", "LR"]
    mean_error_deg: Annotated[float, Field(ge=0)]
    max_error_deg: Annotated[float, Field(ge=0)]
    accepted: bool
    points: tuple[ValidationPoint, ...] = ()


class DriftChecked(_Event):
    """Before a trial: how far the gaze was from the cross. None where the tracker does not tell."""

    event: Literal["drift_checked"] = "drift_checked"
    before_trial: Annotated[int, Field(ge=1)]
    error_deg: Annotated[float, Field(ge=0)] | None
    accepted: bool


class Paused(_Event):
    event: Literal["paused"] = "paused"
    by: Literal["participant", "experimenter", "study"]


class Continued(_Event):
    event: Literal["continued"] = "continued"


class TrialStarted(_Event):
    event: Literal["trial_started"] = "trial_started"
    trial: Annotated[int, Field(ge=1)]
    clip: Identifier
    role: PresentationRole = "trial"
    block: str = ""


class ClipStarted(_Event):
    """The first frame of the clip was flipped at t_ns. `sound_ns`: when its sound began; None without sound."""

    event: Literal["clip_started"] = "clip_started"
    trial: int
    sound_ns: Nanoseconds | None = None


class ClipEnded(_Event):
    event: Literal["clip_ended"] = "clip_ended"
    trial: int
    frames_in_clip: Annotated[int, Field(ge=0)]
    frames_shown: Annotated[int, Field(ge=0)]
    #: Shown more than one refresh after they were due.
    frames_late: Annotated[int, Field(ge=0)]


class SelfReportShown(_Event):
    event: Literal["self_report_shown"] = "self_report_shown"
    trial: int
    item: SelfReportItem


class SelfReport(_Event):
    """What the participant says of what they felt. Steps are 1 to 9; values are (step - 5) / 4.

    `text` is in the participant's own words and may name people: it is never for raters.
    """

    event: Literal["self_report"] = "self_report"
    trial: int
    seven: Emotion | None = None
    three: Polarity | None = None
    valence: UnitScale | None = None
    arousal: UnitScale | None = None
    valence_step: Step | None = None
    arousal_step: Step | None = None
    familiarity_step: Step | None = None
    liking_step: Step | None = None
    text: Annotated[str, Field(max_length=2000)] | None = None


class TrialEnded(_Event):
    """`devices` are those that stamped this trial; a trial that one of them did not stamp is not valid."""

    event: Literal["trial_ended"] = "trial_ended"
    trial: int
    valid: bool
    devices: tuple[str, ...]
    reason: str = ""


class Warned(_Event):
    event: Literal["warned"] = "warned"
    text: str


class EyeEventsFound(_Event):
    """After the session: its tracker told no eye events, so they were found in its samples. The last one counts."""

    event: Literal["eye_events_found"] = "eye_events_found"
    #: As column `source` of gaze/events.csv.
    source: str
    #: How many lines of gaze/events.csv belong to each part of the session, which each resume parts.
    lines: tuple[Annotated[int, Field(ge=0)], ...]


class SessionEnded(_Event):
    event: Literal["session_ended"] = "session_ended"
    outcome: Literal["completed", "stopped by participant", "stopped by experimenter"]


JournalEvent = Annotated[
    SessionStarted
    | SessionResumed
    | SetupChecked
    | Calibrated
    | DriftChecked
    | Paused
    | Continued
    | TrialStarted
    | ClipStarted
    | ClipEnded
    | SelfReportShown
    | SelfReport
    | TrialEnded
    | Warned
    | SessionEnded
    | EyeEventsFound,
    Field(discriminator="event"),
]


class PlantedTrial(_Strict):
    trial: int
    felt: Emotion
    shown: Emotion
    #: How strongly the face shows it, 0 to 3.
    intensity: Annotated[float, Field(ge=0, le=3)]


class SimulationTruth(_Strict):
    """simulation.json: what the simulator planted, so that nobody can take it for a person."""

    note: Literal["simulated: no person was recorded", "simulated: the mouse stood in for the eyes"] = (
        "simulated: no person was recorded"
    )
    seed: int
    gap_share: Annotated[float, Field(ge=0, le=1, description="share of trials planned with felt != shown")]
    trials: tuple[PlantedTrial, ...]


class Tombstone(_Strict):
    """tombstone.json: the participant withdrew, and everything else was deleted."""

    format: Literal["duchenne-tombstone"] = "duchenne-tombstone"
    version: Literal[1] = 1
    bundle_id: Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
    origin: Origin
    study_id: Identifier
    participant: Pseudonym
    session: Annotated[int, Field(ge=1)]
    withdrawn_utc: str


class Seal(_Strict):
    """seal.json: path in the bundle (with /) to SHA-256 of the file."""

    format: Literal["duchenne-bundle-seal"] = "duchenne-bundle-seal"
    version: Literal[1] = 1
    files: dict[str, Sha256]
    sealed_utc: str
