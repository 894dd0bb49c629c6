"""Every model that the database or the models' folder knows, with what it can do and what it has seen."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from annotate.scales import Instrument
from annotate.snapshot.store import SnapshotDamagedError, read_redaction
from server.db.predictions import PredictionRun
from server.db.studies import Participant, Withdrawal
from server.models.reports import Estimate, Report, model_ids, read_report


@dataclass(frozen=True)
class ScoreLine:
    """One recipe under one instrument. `war`: share of trials right; `uar`: mean over the classes; 0 to 1."""

    instrument: str
    recipe: str
    ours: bool
    war: Estimate | None
    uar: Estimate | None
    trials: int
    participants: int


@dataclass(frozen=True)
class ModelRow:
    """One model. `predicted_on`: snapshots whose trials it has spoken of; empty: nothing of it was imported.

    `exposed_to`: pseudonyms of people who have withdrawn since and from whom it had learnt. `snapshot_redacted`: what
    it was trained on has been redacted since, or before. `here`: its folder is on this server.
    """

    id: str
    recipe: str
    trained_on: str
    created_utc: str
    simulated: bool
    predicted_on: list[str]
    imported_utc: datetime | None
    exposed_to: list[str]
    snapshot_redacted: bool
    here: bool
    warnings: list[str]
    scores: list[ScoreLine]


def list_models(session: Session, models_root: Path | None, snapshots_root: Path) -> list[ModelRow]:
    """The newest first."""
    runs: dict[str, list[PredictionRun]] = defaultdict(list)
    for run in session.scalars(select(PredictionRun).order_by(PredictionRun.id)):
        runs[run.model].append(run)
    here = model_ids(models_root)
    exposed = _exposed(session)
    rows = []
    for model in sorted({*runs, *here}):
        report = read_report(models_root, model) if models_root and model in here else None
        if model in runs or report is not None:
            rows.append(_row(model, runs[model], report, exposed[model], snapshots_root, here=model in here))
    return sorted(rows, key=lambda row: (row.created_utc, row.id), reverse=True)


def is_redacted(snapshots_root: Path, snapshot: str) -> bool:
    """Whether a withdrawal has taken rows out of the snapshot."""
    try:
        return read_redaction(snapshots_root / snapshot) is not None
    except SnapshotDamagedError:
        return True


def _exposed(session: Session) -> dict[str, list[str]]:
    exposed: dict[str, list[str]] = defaultdict(list)
    tombstones = select(Withdrawal, Participant).join(Participant, Participant.id == Withdrawal.participant_id)
    for row in session.execute(tombstones.order_by(Participant.study_id, Participant.pseudonym)):
        for model in row.Withdrawal.models:
            exposed[model].append(f"{row.Participant.pseudonym} ({row.Participant.study_id})")
    return exposed


def _row(
    model: str,
    runs: list[PredictionRun],
    report: Report | None,
    exposed_to: list[str],
    snapshots_root: Path,
    *,
    here: bool,
) -> ModelRow:
    trained_on = runs[0].trained_on if runs else report.run.snapshot if report else ""
    return ModelRow(
        id=model,
        recipe=runs[0].recipe if runs else report.run.recipe.name if report else "",
        trained_on=trained_on,
        created_utc=report.run.created_utc if report else runs[0].created_utc,
        simulated=runs[0].simulated if runs else report.run.simulated if report else False,
        predicted_on=[run.snapshot_id for run in runs],
        imported_utc=runs[-1].imported_utc if runs else None,
        exposed_to=exposed_to,
        snapshot_redacted=is_redacted(snapshots_root, trained_on),
        here=here,
        warnings=list(report.run.warnings) if report else [],
        scores=_scores(report) if report else [],
    )


def _scores(report: Report) -> list[ScoreLine]:
    lines = []
    for instrument in Instrument:
        for name, scores in report.scores.get(instrument.value, {}).get("all", {}).items():
            lines.append(
                ScoreLine(
                    instrument=instrument.value,
                    recipe=name,
                    ours=name == report.run.recipe.name,
                    war=scores.measures.get("seven_war"),
                    uar=scores.measures.get("seven_uar"),
                    trials=scores.trials,
                    participants=scores.participants,
                )
            )
    return lines
