"""The newest replay among the runs of a lab, for whoever wants to show it."""

import json
from dataclasses import dataclass
from pathlib import Path

from model.replay.report import FORMAT
from model.training.run_record import REPORT_FILE, SCORES_FILE


@dataclass(frozen=True)
class NewestReplay:
    """`verdicts`: by instrument, in a few words."""

    report: Path
    snapshot: str
    created_utc: str
    simulated: bool
    verdicts: dict[str, str]


def newest_replay(runs_root: Path) -> NewestReplay | None:
    """By the time it says it was made at; None where there is none. What cannot be read is passed over."""
    found = [told for folder in sorted(runs_root.glob("replay-*")) if (told := _read(folder))]
    return max(found, key=lambda told: told.created_utc, default=None)


def _read(folder: Path) -> NewestReplay | None:
    try:
        told = json.loads((folder / SCORES_FILE).read_text(encoding="utf-8"))
        about = told["replay"]
        if told["format"] != FORMAT or about["id"] != folder.name or not (folder / REPORT_FILE).is_file():
            return None
        verdicts = {str(name): str(each["short"]) for name, each in told["verdicts"].items()}
        return NewestReplay(
            folder / REPORT_FILE, str(about["snapshot"]), str(about["created_utc"]), bool(about["simulated"]), verdicts
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
