"""What happened in a run, as a BIDS events file: clips with what was said of them, crosses, questions, rests."""

from collections.abc import Iterable, Iterator
from typing import Any

from collect.bids.event_words import COLUMN_WORDS
from collect.bids.gaze_files import geometry_known
from collect.bids.runs import Run
from collect.bids.tables import Cell
from collect.bundle.format import BundleHeader, JournalEvent, ScreenInfo
from collect.bundle.manifest import StimulusManifest
from collect.bundle.study import Study
from collect.bundle.trials import Trial

COLUMNS = (
    "onset", "duration", "trial_type", "trial", "role", "block", "clip", "stim_file", "intended_emotion",
    "valid", "invalid_reason", "sound_onset", "frames_in_clip", "frames_shown", "frames_late", "item",
    "felt_seven", "felt_three", "felt_valence", "felt_arousal", "valence_step", "arousal_step",
    "familiarity_step", "liking_step", "error_deg", "accepted",
)  # fmt: skip
Event = dict[str, Cell]


def event_rows(run: Run, manifest: StimulusManifest, *, with_clips: bool) -> list[Event]:
    """The rows in the order of their onsets. `with_clips`: the clips lie in stimuli/, so `stim_file` may name them."""
    rows = [
        *_clips(run, manifest, with_clips=with_clips),
        *_questions(run),
        *_rests(run),
        *_tracker_checks(run.journal, run),
    ]
    return sorted(rows, key=lambda row: float(row["onset"] or 0))


def _clips(run: Run, manifest: StimulusManifest, *, with_clips: bool) -> Iterator[Event]:
    for trial in run.trials:
        clip = manifest.clip(trial.clip)
        known: Event = {
            "trial": trial.number,
            "role": trial.role,
            "block": trial.block,
            "clip": trial.clip,
            "intended_emotion": trial.emotion,
            "valid": trial.valid,
            "invalid_reason": None if trial.valid else trial.reason,
        }
        until = trial.clip_started_ns if trial.clip_started_ns is not None else _broken_off_ns(run, trial)
        yield _from_to(run, "fixation_cross", trial.started_ns, until) | known
        if trial.clip_started_ns is not None:
            shown = clip is not None and trial.clip_path is not None and with_clips
            yield {
                **_from_to(run, "clip", trial.clip_started_ns, trial.clip_ended_ns),
                **known,
                "stim_file": clip.file if clip is not None and shown else None,
                "sound_onset": None if trial.sound_ns is None else run.seconds(trial.sound_ns),
                "frames_in_clip": trial.frames_in_clip,
                "frames_shown": trial.frames_shown,
                "frames_late": trial.frames_late,
                **_said(trial),
            }


def _broken_off_ns(run: Run, trial: Trial) -> int | None:
    """When a trial without a clip ended; None where only a later run tells, whose clock is another."""
    ends = [event.t_ns for event in run.journal if event.event == "trial_ended" and event.trial == trial.number]
    return ends[-1] if ends else None


def _said(trial: Trial) -> Event:
    """The self-report; never its free text, in which people name people."""
    said = trial.self_report
    if said is None:
        return {}
    return {
        "felt_seven": said.seven,
        "felt_three": said.three,
        "felt_valence": said.valence,
        "felt_arousal": said.arousal,
        "valence_step": said.valence_step,
        "arousal_step": said.arousal_step,
        "familiarity_step": said.familiarity_step,
        "liking_step": said.liking_step,
    }


def _questions(run: Run) -> Iterator[Event]:
    """One row for each question, until the next one is asked or all are answered."""
    trials = {trial.number: trial for trial in run.trials}
    asked = [event for event in run.journal if event.event in ("self_report_shown", "self_report", "trial_ended")]
    for place, event in enumerate(asked):
        if event.event != "self_report_shown" or event.trial not in trials:
            continue
        if event.t_ns < trials[event.trial].started_ns:
            continue  # of a time when this trial was begun and broken off
        after = next((later.t_ns for later in asked[place + 1 :] if getattr(later, "trial", None) == event.trial), None)
        trial = trials[event.trial]
        yield {
            **_from_to(run, "self_report", event.t_ns, after),
            "trial": trial.number,
            "role": trial.role,
            "block": trial.block,
            "clip": trial.clip,
            "item": event.item,
        }


def _rests(run: Run) -> Iterator[Event]:
    for place, event in enumerate(run.journal):
        if event.event == "paused":
            end = next((later.t_ns for later in run.journal[place + 1 :] if later.event == "continued"), None)
            yield _from_to(run, "pause", event.t_ns, end)


def _tracker_checks(journal: Iterable[JournalEvent], run: Run) -> Iterator[Event]:
    """Calibrations and drift checks are stamped when they are over; how long they took was not recorded."""
    for event in journal:
        if event.event == "calibrated":
            yield {
                **_from_to(run, "calibration", event.t_ns, None),
                "error_deg": event.mean_error_deg,
                "accepted": event.accepted,
            }
        elif event.event == "drift_checked":
            yield {
                **_from_to(run, "drift_check", event.t_ns, None),
                "trial": event.before_trial,
                "error_deg": event.error_deg,
                "accepted": event.accepted,
            }


def _from_to(run: Run, kind: str, start_ns: int, end_ns: int | None) -> Event:
    return {
        "onset": run.seconds(start_ns),
        "duration": None if end_ns is None else round(max(0, end_ns - start_ns) / 1e9, 6),
        "trial_type": kind,
    }


def event_sidecar(header: BundleHeader, study: Study, institution: str | None) -> dict[str, Any]:
    """The JSON beside it: every column, and on which screen and with which software the clips were shown."""
    return {
        "TaskName": study.title,
        "TaskDescription": "The participant watches film clips and says after each what they felt",
        **({} if institution is None else {"InstitutionName": institution}),
        "StimulusPresentation": _presentation(header),
        **COLUMN_WORDS,
    }


def _presentation(header: BundleHeader) -> dict[str, Any]:
    screen = header.screen
    known: dict[str, Any] = {
        "SoftwareName": "Duchenne",
        "SoftwareVersion": header.software.get("duchenne", "n/a"),
        "SoftwareVersions": dict(header.software),
        "ScreenOrigin": ["top", "left"],
        "ScreenResolution": [screen.width_px, screen.height_px],
        "VerticalSync": screen.vsync,
    }
    if screen.refresh_hz is not None:
        known["ScreenRefreshRate"] = screen.refresh_hz
    if geometry_known(screen):
        known |= {"ScreenSize": _size_m(screen), "ScreenDistance": round((screen.distance_cm or 0) / 100, 4)}
    return known


def _size_m(screen: ScreenInfo) -> list[float]:
    """Width and height in metres; the height by the proportions, for pixels are square."""
    width = (screen.width_cm or 0) / 100
    return [round(width, 4), round(width * screen.height_px / screen.width_px, 4)]
