"""What is said when a session has ended."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collect.session.run import SessionResult


def tell_session(result: SessionResult) -> None:
    from duchenne.console import tell, tell_next, tell_note

    if result.outcome == "withdrawn":
        tell(f"{result.bundle}: the participant withdrew; everything was deleted but a tombstone")
        return
    for trial in result.trials:
        if not trial.valid:
            tell_note(f"trial {trial.trial} is not valid: {trial.reason}")
    for note in result.notes:
        tell_note(note)
    valid = sum(trial.valid for trial in result.trials)
    tell(f"{result.bundle}: {result.outcome}, {valid} of {len(result.trials)} clips valid")
    tell_next(
        f"duchenne collect report {result.bundle}   (before the participant leaves)", f"duchenne ingest {result.bundle}"
    )
