"""Quality reports beside bundles, as the lab PC makes them."""

from datetime import UTC, datetime
from pathlib import Path

from collect.bundle.reader import read_bundle
from collect.pupil.corrected import session_pupil
from collect.quality.judging import session_quality


def report_beside(bundle_folder: Path, made: datetime = datetime(2026, 1, 2, 4, tzinfo=UTC)) -> Path:
    """The report as JSON, without its page, which takes longer to draw."""
    bundle = read_bundle(bundle_folder)
    quality = session_quality(bundle, session_pupil(bundle), now=lambda: made)
    path = bundle_folder.with_name(bundle_folder.name + ".report.json")
    path.write_text(quality.model_dump_json(indent=1), encoding="utf-8")
    return path
