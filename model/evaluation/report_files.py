"""The two files of a report: report.html for people, and the same figures for programs in report.json."""

import json
import math
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from model.errors import ModelError
from model.training.run_record import REPORT_FILE, SCORES_FILE


def write_both(folder: Path, told: dict[str, object], page: str) -> Path:
    """The path of the page. `told` has neither NaN nor infinity: see with_nulls."""
    scores = json.dumps(told, indent=1, allow_nan=False)
    (folder / SCORES_FILE).write_text(scores + "\n", encoding="utf-8")
    path = folder / REPORT_FILE
    path.write_text(page, encoding="utf-8")
    return path


def with_nulls(value: object) -> object:
    """JSON knows neither NaN nor infinity."""
    if isinstance(value, dict):
        return {str(name): with_nulls(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [with_nulls(each) for each in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


@contextmanager
def whole_report(folder: Path, kind: str, error: type[ModelError]) -> Iterator[Any]:
    """What report.json tells in the folder of a benchmark or replay (`kind`) that was made before.

    Raises `error` where it tells of another one, where there is no page, and where what is read of it is not there.
    """
    try:
        told = json.loads((folder / SCORES_FILE).read_text(encoding="utf-8"))
        if told[kind]["id"] != folder.name or not (folder / REPORT_FILE).stat().st_size:
            raise ValueError("another one's figures, or an empty page")
        yield told
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as torn:
        raise error(
            f"{folder}: bears the name of this {kind}, but {SCORES_FILE} and {REPORT_FILE} in it are not its whole "
            f"report. Move the folder away, then run the {kind} again."
        ) from torn
