"""Writes the report of a bundle: a page and the same figures as JSON, beside the bundle and never in it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from collect.bundle.disk import write_whole
from collect.bundle.reader import read_bundle
from collect.pupil.corrected import session_pupil, write_pupil_table
from collect.quality.format import SessionQuality
from collect.quality.judging import session_quality
from collect.report.errors import ReportNotWrittenError
from collect.report.page import report_page

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Report:
    """`tables`: the corrected pupil, where it was asked for."""

    page: Path
    json: Path
    quality: SessionQuality
    tables: tuple[Path, ...] = ()


def write_report(
    bundle_folder: Path,
    destination: Path | None = None,
    *,
    tables: Path | None = None,
    faces: bool = False,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
    progress: Progress | None = None,
) -> Report:
    """Judge a session, sealed or not, and write `<bundle>.report.html` and `.json`.

    destination: a folder; beside the bundle, if not said. tables: a folder for `<bundle>.pupil.csv`. faces: put
    pictures of the face into the page. An older report is replaced. Raises ReportNotWrittenError before anything is
    computed, and what read_bundle raises.
    """
    # Resolved, for a bundle given as '.' has no name.
    folder = bundle_folder.resolve()
    targets = [folder.parent if destination is None else destination.resolve()]
    targets += [] if tables is None else [tables.resolve()]
    for target in targets:
        _prepare(target, folder)
    bundle = read_bundle(bundle_folder)
    steps = _Steps(progress, len(bundle.trials), 3 if tables is None else 4)
    pupil = session_pupil(bundle, steps.next())
    quality = session_quality(bundle, pupil, now=now, progress=steps.next())
    html = report_page(bundle, quality, pupil, faces=faces, progress=steps.next())
    page, figures = (targets[0] / f"{folder.name}.report.{ending}" for ending in ("html", "json"))
    written = []
    try:
        if tables is not None:
            written.append(write_pupil_table(bundle, targets[1] / f"{folder.name}.pupil.csv", pupil, steps.next()))
        write_whole(figures, (quality.model_dump_json(indent=1) + "\n").encode())
        write_whole(page, html.encode())
    except OSError as error:
        raise ReportNotWrittenError(f"{page}: the disk did not take the report ({error.strerror}).") from error
    return Report(page, figures, quality, tuple(written))


class _Steps:
    """Several passes over the trials as one count for the bar."""

    def __init__(self, progress: Progress | None, trials: int, passes: int) -> None:
        self._progress, self._trials, self._total, self._passed = progress, trials, trials * passes, 0

    def next(self) -> Progress | None:
        report, before = self._progress, self._passed
        self._passed += self._trials
        if report is None:
            return None
        return lambda done, of: report(before + round(done / max(1, of) * self._trials), self._total)


def _prepare(target: Path, bundle: Path) -> None:
    if target == bundle or bundle in target.parents:
        raise ReportNotWrittenError(
            f"{target}: this is within the bundle, which is sealed against every new file. Choose a folder beside it."
        )
    try:
        target.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ReportNotWrittenError(
            f"{target}: this cannot be made a folder ({error.strerror}). Choose another with --out."
        ) from None
