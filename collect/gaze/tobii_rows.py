"""The rows of a Tobii export, one after the other, and the recording that they make."""

import math
from array import array
from collections.abc import Sequence

import numpy as np

from collect.gaze.errors import GazeFileError
from collect.gaze.recording import (
    BLINK,
    Column,
    Eyes,
    GazeFormat,
    GazeHeader,
    GazeRecording,
    Message,
    ReadUpTo,
    RecordingBlock,
    Samples,
)
from collect.gaze.tobii_columns import TobiiColumns
from collect.gaze.tobii_events import events_of_runs

Cell = str | float | int | None
_NAN = math.nan
#: Tobii Studio: 0 and 1 are sure (or almost) of the eye, 2 to 4 are not.
_VALID = {"valid", "0", "1", "0.0", "1.0"}
#: Steps of a time without a unit that are longer than this are microseconds: no eye tracker is that slow.
_LONGEST_STEP_MS = 500


class TobiiRows:
    """Takes rows in their order; `recording` gives everything together. `where` names the file in errors."""

    def __init__(self, where: str, columns: TobiiColumns) -> None:
        self._where = where
        self._columns = columns
        self._at = columns.at
        self._values = array("d")
        self._kinds: list[tuple[str, str]] = []
        self._messages: list[tuple[float, str]] = []
        self._recordings: dict[tuple[str, str], int] = {}
        self._facts: dict[str, str] = {}
        self._columns_read = [
            name for name in ("left_x", "left_y", "left_pupil", "right_x", "right_y", "right_pupil") if name in self._at
        ]

    @property
    def needed(self) -> int:
        """How many fields a row must have at the least: up to its time."""
        return self._at["time"] + 1

    def take(self, line: int, row: Sequence[Cell]) -> None:
        """Take one row; `line` counts from 1. Raises GazeFileError."""
        self._note_recording(line, row)
        time = self._number(line, row, "time")
        if math.isnan(time):
            raise GazeFileError(
                f"{self._where}, line {line}, column '{self._name('time')}': expected a time, found none."
            )
        event = self._text(row, "event")
        if event:
            self._messages.append((time, f"{event} {self._text(row, 'event_value')}".strip()))
        if not self._is_sample(row):
            return
        self._values.append(time)
        both = None if self._columns.per_eye else (self._number(line, row, "both_x"), self._number(line, row, "both_y"))
        for eye in ("left", "right"):
            valid = self._text(row, f"{eye}_valid").lower()
            if valid and valid not in _VALID:
                self._values.extend((_NAN, _NAN, _NAN))
            elif both is not None:
                x, y = both if eye == "left" else (_NAN, _NAN)
                self._values.extend((x, y, self._number(line, row, f"{eye}_pupil")))
            else:
                self._values.extend(self._number(line, row, f"{eye}_{what}") for what in ("x", "y", "pupil"))
        self._kinds.append((self._text(row, "kind"), self._text(row, "kind_index")))

    def recording(self, form: GazeFormat, read: ReadUpTo, warnings: Sequence[str] = ()) -> GazeRecording:
        """Raises GazeFileError where there was no sample."""
        values = np.frombuffer(self._values, np.float64).reshape(-1, 7) if self._values else np.empty((0, 7))
        if not len(values):
            raise GazeFileError(
                f"{self._where}: none of its {read.lines:,} lines is a sample of the eye tracker (column 'Sensor'). "
                "Export the recording from Tobii Pro Lab with gaze data."
            )
        told = list(warnings) + ([read.why_not_further] if read.why_not_further else [])
        columns: list[Column] = list(values.T.copy())
        in_a_ms = self._units_in_a_ms(columns[0])
        columns[0] /= in_a_ms
        samples = Samples(*columns)
        messages = tuple(Message(time / in_a_ms, text) for time, text in self._messages)
        eyes = self._eyes(told)
        step = float(np.median(np.diff(samples.time_ms))) if len(samples) > 1 else math.nan
        rate = round(1000 / step, 1) if step > 0 else None
        if len(samples) > 1 and (np.diff(samples.time_ms) < 0).any():
            told.append("The times of the samples go backwards in places.")
        block = self._block(samples, messages, eyes, rate, told)
        fixations, saccades = events_of_runs(samples, self._kinds, eyes)
        found = bool(len(fixations) or len(saccades))
        header = GazeHeader(
            rate, eyes, self._screen(), "MM", self._columns.coordinates, False,
            self._facts.get("device") or "Tobii", self._facts.get("date", ""),
        )  # fmt: skip
        source = self._facts.get("filter") or "fixation filter not named"
        return GazeRecording(
            form, header, samples, fixations, saccades, np.empty(0, BLINK),
            f"Tobii: {source}" if found else None, messages, (block,), read, tuple(told),
        )  # fmt: skip

    def _is_sample(self, row: Sequence[Cell]) -> bool:
        if "sensor" in self._at:
            return self._text(row, "sensor").lower() in ("eye tracker", "eyetracker")
        asked = ("left_valid", "right_valid") if "left_valid" in self._at else (*self._columns_read, "both_x", "kind")
        return any(self._text(row, name) for name in asked)

    def _note_recording(self, line: int, row: Sequence[Cell]) -> None:
        names = (self._text(row, "participant"), self._text(row, "recording"))
        if names not in self._recordings:
            self._recordings[names] = line
            if len(self._recordings) > 1:
                first, second = (" ".join(filter(None, names)) or "unnamed" for names in self._recordings)
                raise GazeFileError(
                    f"{self._where}, line {line}: a second recording begins here ('{second}', after '{first}'). "
                    "Export each recording into a file of its own."
                )
            for name in ("width", "height", "resolution", "date", "filter", "device"):
                self._facts[name] = self._text(row, name)
        elif not self._facts.get("filter"):
            self._facts["filter"] = self._text(row, "filter")

    def _eyes(self, told: list[str]) -> Eyes:
        if not self._columns.per_eye:
            told.append("The table has only the average of both eyes; it is called the left eye here.")
            return "L"
        return "LR" if {"left_x", "right_x"} <= self._at.keys() else "L" if "left_x" in self._at else "R"

    def _units_in_a_ms(self, times: Column) -> float:
        if self._columns.time_units_in_a_ms is not None:
            return self._columns.time_units_in_a_ms
        step = float(np.median(np.diff(times))) if len(times) > 1 else 0.0
        return 1000.0 if step > _LONGEST_STEP_MS else 1.0

    def _block(
        self, samples: Samples, messages: Sequence[Message], eyes: Eyes, rate: float | None, told: list[str]
    ) -> RecordingBlock:
        ends: float | None = float(samples.time_ms[-1])
        starts = [message.time_ms for message in messages if message.text.startswith("RecordingStart")]
        stops = [message.time_ms for message in messages if message.text.startswith("RecordingEnd")]
        if starts and not stops:
            ends = None
            told.append("There is no event 'RecordingEnd': the export stops before the recording does.")
        start = min(starts[0] if starts else math.inf, float(samples.time_ms[0]))
        return RecordingBlock(start, max(stops[-1], ends) if stops and ends else ends, eyes, rate)

    def _screen(self) -> tuple[float, float, float, float] | None:
        words = (self._facts.get("width", ""), self._facts.get("height", ""))
        if not all(words):
            wide, _, tall = self._facts.get("resolution", "").lower().replace(" ", "").partition("x")
            words = (wide, tall)
        try:
            width, height = (float(word.replace(",", ".")) for word in words)
        except ValueError:
            return None
        return 0.0, 0.0, width - 1, height - 1

    def _name(self, what: str) -> str:
        return self._columns.names[self._at[what]]

    def _text(self, row: Sequence[Cell], what: str) -> str:
        index = self._at.get(what)
        value = None if index is None or index >= len(row) else row[index]
        return "" if value is None else str(value).strip()

    def _number(self, line: int, row: Sequence[Cell], what: str) -> float:
        index = self._at.get(what)
        value = None if index is None or index >= len(row) else row[index]
        if value is None or value == "":
            return _NAN
        try:
            number = float(value.strip().replace(",", ".") or "nan") if isinstance(value, str) else float(value)
        except (ValueError, TypeError):
            raise GazeFileError(
                f"{self._where}, line {line}, column '{self._name(what)}': expected a number, found '{value}'. "
                "Export the recording from Tobii Pro Lab again."
            ) from None
        return number if math.isfinite(number) else _NAN
