"""The trials of a session, told from its journal."""

from dataclasses import dataclass, replace
from pathlib import Path

from collect.bundle.errors import broken
from collect.bundle.format import JOURNAL_FILE, Emotion, JournalEvent, PresentationRole, SelfReport
from collect.bundle.manifest import StimulusManifest


@dataclass(frozen=True)
class Trial:
    """One presentation of a clip. A time is None where the recording stopped before it; such a trial is not valid."""

    number: int
    clip: str
    #: None where the manifest of an import does not know.
    emotion: Emotion | None
    #: None for a clip whose file is not in the bundle.
    clip_path: Path | None
    started_ns: int
    #: The first flip of the clip: zero of the clip's clock.
    clip_started_ns: int | None = None
    sound_ns: int | None = None
    clip_ended_ns: int | None = None
    ended_ns: int | None = None
    frames_in_clip: int | None = None
    frames_shown: int | None = None
    frames_late: int | None = None
    self_report: SelfReport | None = None
    devices: tuple[str, ...] = ()
    valid: bool = False
    reason: str = "the recording stops within this trial"
    #: 0 before the session was first resumed, 1 after, …: host times of different parts may not be compared.
    part: int = 0
    #: Only a 'trial' is ever rated; the others prepare or rest the participant.
    role: PresentationRole = "trial"
    block: str = ""


def trials_of(folder: Path, journal: tuple[JournalEvent, ...], manifest: StimulusManifest) -> tuple[Trial, ...]:
    """All trials in the order of their numbers. Raises BundleBrokenError for a journal that tells no such story."""
    trials: dict[int, Trial] = {}
    part = 0
    for line, event in enumerate(journal, start=1):
        if event.event == "session_resumed":
            part += 1
        elif event.event == "trial_started":
            clip = manifest.clip(event.clip)
            if clip is None:
                raise broken(folder, f"{JOURNAL_FILE}, line {line}", f"the manifest has no clip '{event.clip}'")
            path = folder / "stimuli" / clip.file if clip.file is not None else None
            path = path if path is not None and path.is_file() else None
            trials[event.trial] = Trial(
                event.trial, clip.id, clip.emotion, path, event.t_ns, part=part, role=event.role, block=event.block
            )  # fmt: skip
        elif (number := getattr(event, "trial", None)) is not None:
            # Only the end of a trial may be told after a resume: that it was broken off.
            if number not in trials or (trials[number].part != part and event.event != "trial_ended"):
                raise broken(folder, f"{JOURNAL_FILE}, line {line}", f"trial {number} has not been started")
            trials[number] = _told(trials[number], event)
    return tuple(trials[number] for number in sorted(trials))


def _told(trial: Trial, event: JournalEvent) -> Trial:
    """The trial with what one more event says of it."""
    match event.event:
        case "clip_started":
            return replace(trial, clip_started_ns=event.t_ns, sound_ns=event.sound_ns)
        case "clip_ended":
            return replace(
                trial,
                clip_ended_ns=event.t_ns,
                frames_in_clip=event.frames_in_clip,
                frames_shown=event.frames_shown,
                frames_late=event.frames_late,
            )
        case "self_report":
            return replace(trial, self_report=event)
        case "trial_ended":
            return replace(trial, ended_ns=event.t_ns, valid=event.valid, reason=event.reason, devices=event.devices)
        case _:
            return trial
