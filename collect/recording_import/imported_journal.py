"""What happened in an imported session, as far as its files can tell."""

from collections.abc import Sequence

from collect.bundle.format import (
    ClipEnded,
    ClipStarted,
    JournalEvent,
    SelfReport,
    SessionEnded,
    SessionStarted,
    TrialEnded,
    TrialStarted,
    Warned,
)
from collect.gaze.recording import GazeRecording
from collect.recording_import.gaze_rows import calibrations, host_ns
from collect.recording_import.trial_table import ImportTrial


def span_ns(recording: GazeRecording) -> tuple[int, int]:
    """The first and the last thing that the file tells."""
    times = [message.time_ms for message in recording.messages]
    times += [float(recording.samples.time_ms.min()), float(recording.samples.time_ms.max())]
    return host_ns(min(times)), host_ns(max(times))


def journal_of(
    recording: GazeRecording,
    table: tuple[ImportTrial, ...],
    covered: dict[int, float],
    notes: Sequence[str] = (),
) -> list[JournalEvent]:
    """What happened, as far as an import can tell, and `notes` beside it.

    How many clip frames were shown is not known: 0.
    """
    first_ns, last_ns = span_ns(recording)
    last_ns = max(last_ns, host_ns(table[-1].end_ms))
    events: list[JournalEvent] = [SessionStarted(t_ns=first_ns)]
    events += [Warned(t_ns=first_ns, text=warning) for warning in (*recording.warnings, *notes)]
    events += calibrations(recording)
    for trial in table:
        events += _trial_events(trial, covered.get(trial.trial, 0.0))
    events.append(SessionEnded(t_ns=last_ns, outcome="completed"))
    return sorted(events, key=lambda event: event.t_ns)


def _trial_events(trial: ImportTrial, covered_s: float) -> list[JournalEvent]:
    number, start_ns, end_ns = trial.trial, host_ns(trial.start_ms), host_ns(trial.end_ms)
    events: list[JournalEvent] = [
        TrialStarted(t_ns=start_ns, trial=number, clip=trial.clip),
        ClipStarted(t_ns=start_ns, trial=number),
    ]
    if trial.face_start_s is not None and covered_s < trial.duration_s - 0.1:
        text = f"Trial {number}: the face video covers {covered_s:.2f} of {trial.duration_s:.2f} s."
        events.append(Warned(t_ns=start_ns, text=text))
    events.append(ClipEnded(t_ns=end_ns, trial=number, frames_in_clip=0, frames_shown=0, frames_late=0))
    if trial.has_self_report:
        answers = trial.model_dump(include={"trial", "seven", "three", "valence", "arousal"})
        events.append(SelfReport(t_ns=end_ns, **answers))
    devices = ("tracker", "camera") if covered_s > 0 else ("tracker",)
    events.append(TrialEnded(t_ns=end_ns, trial=number, valid=True, devices=devices))
    return events
