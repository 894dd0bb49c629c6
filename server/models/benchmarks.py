"""The benchmarks whose reports lie beside the models: several recipes, compared on people they never saw."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from server.models.listing import is_redacted
from server.models.reports import BENCHMARK, Estimate, Lenient, Recipe, Scores


class _Trained(Lenient):
    recipe: Recipe


class _Record(Lenient):
    snapshot: str
    simulated: bool
    shuffled: int | None
    folds: tuple[int, ...]
    seeds: tuple[int, ...]
    recipes: tuple[_Trained, ...]
    created_utc: str


class _Report(Lenient):
    """report.json: `scores` by instrument, part of the trials and recipe, as a model's has them."""

    benchmark: _Record
    scores: dict[str, dict[str, dict[str, Scores]]]


@dataclass(frozen=True)
class BenchmarkRow:
    """One benchmark. `recipes`: the first is the one that the others are compared with, and `uar` is its mean recall of
    the seven classes, 0 to 1, by instrument. `shuffled`: labels were, by this seed, so whatever is found leaks; null:
    they are as rated.
    """

    id: str
    created_utc: str
    snapshot: str
    snapshot_redacted: bool
    simulated: bool
    shuffled: int | None
    folds: int
    seeds: int
    recipes: list[str]
    uar: Mapping[str, Estimate | None]


def list_benchmarks(root: Path | None, snapshots_root: Path) -> list[BenchmarkRow]:
    """The newest first. What bears the name of a benchmark and has no report that can be read is left out."""
    found = sorted(root.glob("benchmark-*")) if root and root.is_dir() else ()
    rows = [_row(folder, snapshots_root) for folder in found if re.match(BENCHMARK, folder.name)]
    return sorted((row for row in rows if row), key=lambda row: (row.created_utc, row.id), reverse=True)


def _row(folder: Path, snapshots_root: Path) -> BenchmarkRow | None:
    try:
        report = _Report.model_validate_json((folder / "report.json").read_bytes())
    except (OSError, ValidationError):
        return None
    record = report.benchmark
    recipes = [each.recipe.name for each in record.recipes]
    first = {instrument: parts.get("all", {}).get(recipes[0]) for instrument, parts in report.scores.items() if recipes}
    return BenchmarkRow(
        id=folder.name,
        created_utc=record.created_utc,
        snapshot=record.snapshot,
        snapshot_redacted=is_redacted(snapshots_root, record.snapshot),
        simulated=record.simulated,
        shuffled=record.shuffled,
        folds=len(record.folds),
        seeds=len(record.seeds),
        recipes=recipes,
        uar={instrument: scores.measures.get("seven_uar") if scores else None for instrument, scores in first.items()},
    )
