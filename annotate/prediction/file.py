"""Prediction files on disk: written whole or not at all, read whole or refused."""

import hashlib
import json
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from annotate.arriving import arriving_file
from annotate.errors import AnnotateError
from annotate.prediction.format import FORMAT, VERSION, Prediction, PredictionEnd, PredictionHeader

M = TypeVar("M", bound=BaseModel)


class PredictionsUnreadableError(AnnotateError):
    """Not a prediction file, one of an unknown version, or one that was cut off."""


class PredictionsNotWrittenError(AnnotateError):
    """The disk does not take a prediction file."""


def write_predictions(path: Path, header: PredictionHeader, predictions: Iterable[Prediction]) -> int:
    """Write the file and return its number of rows. An existing file is refused: predictions are never overwritten.

    Raises AnnotateError then, and PredictionsNotWrittenError.
    """
    if path.exists():
        raise AnnotateError(
            f"{path}: is there already. Predictions are kept, not overwritten; use the file that is there"
        )
    rows, digest = 0, hashlib.sha256()
    try:
        with arriving_file(path) as file:
            for number, record in enumerate([header, *predictions]):
                line = record.model_dump_json().encode() + b"\n"
                digest.update(line)
                file.write(line)
                rows = number
            file.write(PredictionEnd(rows=rows, sha256=digest.hexdigest()).model_dump_json().encode() + b"\n")
    except OSError as error:
        raise PredictionsNotWrittenError(
            f"{path}: could not be written ({error.strerror or error}), and nothing of it is left. Make room in "
            f"{path.parent}, or set `predictions` to a folder that may be written to, then start again"
        ) from error
    return rows


def without_trials(path: Path, trials: Collection[str]) -> bool:
    """Take out of the file what it says of these trials: their participant has withdrawn. Whether it said any.

    The file is replaced whole or not at all. Raises PredictionsUnreadableError.
    """
    header, predictions = read_predictions(path)
    kept = [one for one in predictions if one.trial not in trials]
    if len(kept) == len(predictions):
        return False
    redacted = path.with_name(f".redacted-{path.name}")
    redacted.unlink(missing_ok=True)
    write_predictions(redacted, header, kept)
    redacted.replace(path)
    return True


def read_predictions(path: Path) -> tuple[PredictionHeader, list[Prediction]]:
    """Raises PredictionsUnreadableError, naming line and field."""
    try:
        lines = path.read_bytes().splitlines(keepends=True)
    except OSError as error:
        raise PredictionsUnreadableError(f"{path}: cannot be read: {error.strerror}") from error
    _refuse_foreign(path, lines)
    header = _parsed(path, 1, lines[0], PredictionHeader)
    if len(lines) < 2 or b'"end"' not in lines[-1]:
        raise PredictionsUnreadableError(
            f"{path}: has no closing line, so it was cut off after line {len(lines)}. Predict anew"
        )
    end = _parsed(path, len(lines), lines[-1], PredictionEnd)
    if end.rows != len(lines) - 2 or end.sha256 != hashlib.sha256(b"".join(lines[:-1])).hexdigest():
        raise PredictionsUnreadableError(
            f"{path}: was changed after it was written (its closing digest differs). Predict anew"
        )
    return header, [_parsed(path, number, line, Prediction) for number, line in enumerate(lines[1:-1], 2)]


def _refuse_foreign(path: Path, lines: list[bytes]) -> None:
    try:
        first = json.loads(lines[0]) if lines else None
    except ValueError:
        first = None
    if not isinstance(first, dict) or first.get("format") != FORMAT:
        raise PredictionsUnreadableError(
            f"{path}, line 1, field format: expected {FORMAT!r}. This is no prediction file"
        )
    if first.get("version") != VERSION:
        raise PredictionsUnreadableError(
            f"{path}, line 1, field version: {first.get('version')!r} is not known here (this program reads "
            f"{VERSION}). Update duchenne on this machine"
        )


def _parsed(path: Path, number: int, line: bytes, model: type[M]) -> M:
    try:
        return model.model_validate_json(line)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"]) or "the whole line"
        raise PredictionsUnreadableError(
            f"{path}, line {number}, field {field}: {first['msg']}. Predict anew"
        ) from error
