"""What the lab PC's quality report says of a session: read beside the bundle, put into its rows."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from sqlalchemy import select
from sqlalchemy.orm import Session

from collect.quality.format import SessionQuality, Tally, Verdict
from server.db.trials import Recording, Trial

REPORT_ENDING = ".report.json"
_LARGEST_BYTES = 32 << 20


@dataclass(frozen=True)
class TrialVerdict:
    """Of one trial: the verdict and why it is not good, one sentence a line."""

    verdict: Verdict
    reasons: str


@dataclass(frozen=True)
class Quality:
    """A report. `document` is all of it as JSON values; `trials` by trial number."""

    verdict: Verdict
    made_utc: str
    document: dict[str, Any]
    trials: dict[int, TrialVerdict]


def read_quality(folder: Path, bundle_id: str) -> tuple[Quality | None, tuple[str, ...]]:
    """The report beside the bundle at `folder`, and notes: a recording is not refused for a bad report."""
    folder = folder.absolute()  # '.' has no name, and so nothing beside it
    path = folder.with_name(folder.name + REPORT_ENDING)
    try:
        if path.stat().st_size > _LARGEST_BYTES:
            return None, (f"{path.name}: larger than any quality report, so it was passed over",)
        report = SessionQuality.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        return None, ()
    except OSError as error:
        return None, (f"{path.name}: cannot be read ({error.strerror}), so no verdict came along",)
    except ValidationError as error:
        first = error.errors(include_input=False)[0]
        field = ".".join(map(str, first["loc"])) or "the file"
        return None, (
            f"{path.name}, {field}: {first['msg']}; no quality report of version 1, so no verdict came along. Make it "
            "anew with `duchenne collect report` and send the bundle again",
        )
    if report.bundle_id != bundle_id:
        return None, (f"{path.name}: is of another bundle ({report.bundle_id[:8]}…), so it was passed over",)
    return _quality(report), ()


def _quality(report: SessionQuality) -> Quality:
    return Quality(
        verdict=session_verdict(report.trials),
        made_utc=report.made_utc,
        document=json.loads(report.model_dump_json()),  # so that what is no number becomes null, as JSON wants it
        trials={
            one.number: TrialVerdict(one.verdict, "\n".join(" ".join(reason.text.split()) for reason in one.reasons))
            for one in report.presentations
            if one.role == "trial"
        },
    )


def session_verdict(trials: Tally) -> Verdict:
    """Of a whole session, from its trials: good if every planned one is; bad if fewer than half are good or usable.

    'not known' where no trial could be judged, as in most imported recordings; else usable.
    """
    if trials.good + trials.usable + trials.bad == 0:
        return "not known"
    if trials.good >= trials.planned:
        return "good"
    return "bad" if 2 * (trials.good + trials.usable) < trials.planned else "usable"


def apply_quality(recording: Recording, trials: Iterable[Trial], quality: Quality) -> None:
    """Put the verdicts into the rows of a recording and its trials."""
    recording.verdict, recording.quality = quality.verdict, quality.document
    for trial in trials:
        said = quality.trials.get(trial.position)
        if said is not None:
            trial.verdict, trial.verdict_reasons = said.verdict, said.reasons


def add_later_quality(session: Session, recording_id: str, quality: Quality) -> bool:
    """Put a report into the rows of a recording that is in; False where the one that is there is as new."""
    recording = session.get_one(Recording, recording_id, with_for_update=True)
    if recording.quality is not None and _made(recording.quality["made_utc"]) >= _made(quality.made_utc):
        return False
    trials = session.scalars(select(Trial).where(Trial.recording_id == recording_id)).all()
    apply_quality(recording, trials, quality)
    session.flush()
    return True


def _made(utc: str) -> datetime:
    return datetime.fromisoformat(utc)
