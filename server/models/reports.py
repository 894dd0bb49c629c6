"""What training wrote beside the database: run records, scores, and pages. Read with care, never executed."""

import re
from datetime import datetime
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError

from server.models.errors import NoSuchReportError

MODEL = r"^m[0-9a-f]{16}$"
BENCHMARK = r"^benchmark-[0-9a-f]{16}$"
NIGHT = r"^night-[0-9A-Za-z+.-]{1,40}$"


class Lenient(BaseModel):
    """Of another room's files only what is shown is asked for; what else they hold is theirs."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class Estimate(Lenient):
    """A figure with its 95 % interval over participants."""

    value: float
    low: float
    high: float


def _none_without_figures(told: object) -> object:
    """A figure that there is not has null for its value or for an end of its interval."""
    return None if isinstance(told, dict) and None in told.values() else told


class Scores(Lenient):
    """One recipe under one instrument, on people its weights never saw. None: there is no such figure."""

    trials: int
    participants: int
    measures: dict[str, Annotated[Estimate | None, BeforeValidator(_none_without_figures)]]


class Recipe(Lenient):
    name: str


class Run(Lenient):
    """The part of run.json that a report repeats."""

    id: str
    recipe: Recipe
    snapshot: str
    simulated: bool
    created_utc: str
    warnings: tuple[str, ...] = ()


class Report(Lenient):
    """report.json: `scores` by instrument, part of the trials ('all', 'agree', 'gap') and recipe, ours first."""

    run: Run
    scores: dict[str, dict[str, dict[str, Scores]]]


def model_ids(root: Path | None) -> list[str]:
    """The models whose folders are here."""
    found = root.glob("m*") if root and root.is_dir() else ()
    return sorted(folder.name for folder in found if folder.is_dir() and re.match(MODEL, folder.name))


def read_report(root: Path, model: str) -> Report | None:
    """The scores of a model; None where there are none that can be read."""
    try:
        return Report.model_validate_json((root / model / "report.json").read_bytes())
    except (OSError, ValidationError):
        return None


def report_page(root: Path | None, model: str) -> Path:
    """The page that training wrote of a model. Raises NoSuchReportError."""
    return _page(root / model / "report.html" if root else None, f"model {model}", "duchenne train")


def benchmark_page(root: Path | None, benchmark: str) -> Path:
    """The page of one benchmark. Raises NoSuchReportError."""
    return _page(root / benchmark / "report.html" if root else None, benchmark, "duchenne benchmark")


def replay_page(root: Path | None, replay: str) -> Path:
    """The page of one replay. Raises NoSuchReportError."""
    return _page(root / replay / "report.html" if root else None, replay, "duchenne replay")


def night_page(root: Path | None, night: str) -> Path:
    """The page of one night. Raises NoSuchReportError."""
    return _page(root / f"{night}.html" if root else None, night, "duchenne nightly")


def nights(root: Path | None, most: int = 60) -> list[tuple[str, str]]:
    """(name, when) of the nightly pages, the latest first."""
    found = root.glob("night-*.html") if root and root.is_dir() else ()
    names = sorted((path.stem for path in found if re.match(NIGHT, path.stem)), reverse=True)
    return [(name, _when(name)) for name in names[:most]]


def _page(path: Path | None, what: str, command: str) -> Path:
    if path is None or path.is_symlink() or not path.is_file():
        raise NoSuchReportError(f"There is no report of {what} on this server; `{command}` writes them")
    return path


def _when(name: str) -> str:
    text = name.removeprefix("night-")
    match = re.fullmatch(r"(\d{4}-\d{2}-\d{2})T(\d{2})-(\d{2})-\d{2}Z", text)
    return f"{datetime.fromisoformat(match[1]):%Y-%m-%d} {match[2]}:{match[3]}" if match else text
