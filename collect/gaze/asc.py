"""EyeLink ASC files, as SR Research's edf2asc writes them: desktop and remote, one eye or both, any rate.

One scan over the file, a batch of whole lines at a time. Sample lines, which are nearly all, are found by their first
character and converted together; every other line is looked at by its first word (EyeLink Portable Duo User Manual,
section 4.9, 'The ASC File Format').
"""

from collections.abc import Callable
from pathlib import Path

import numpy as np

from collect.gaze.asc_lines import AscLines
from collect.gaze.decimal_fields import Bytes, Positions
from collect.gaze.errors import GazeFileError, cannot_open
from collect.gaze.recording import Eyes, GazeRecording, ReadUpTo
from collect.gaze.sample_columns import BadSampleError, SampleColumns, eyes_of_line

_TODO = "Convert the tracker's EDF file again with edf2asc, or restore the file from a copy."
_LINE_END, _ZERO, _NINE, _SPACE = b"\n09 "

#: Enough lines at once to be quick, few enough to be light.
_BATCH_BYTES = 1 << 19


def read_asc(path: Path, progress: Callable[[int, int], None] | None = None) -> GazeRecording:
    """Read a whole ASC file. `progress` gets bytes read and bytes in all.

    A file that breaks off is read up to there: `read` and `warnings` say where and why. Raises GazeFileError for a
    file without any recording, and for a line that cannot be read, which it names.
    """
    scan = _Scan(path)
    try:
        with path.open("rb") as file:
            size = path.stat().st_size
            rest, why = b"", None
            while why is None and (batch := file.read(_BATCH_BYTES)):
                written, zero, _ = batch.partition(b"\0")
                if zero:
                    why = "holds zeros that were never written over, as after a power cut"
                whole, end, rest = (rest + written).rpartition(b"\n")
                scan.lines_of(whole + end)
                if progress is not None:
                    progress(file.tell(), size)
    except OSError as error:
        raise cannot_open(path, error) from None
    if why is None and rest:
        why = "breaks off: this line has no line end, and was left out"
    return scan.finish(size, why)


class _Scan:
    """What was found so far, and where in the file that was."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.lines = AscLines()
        self.columns = SampleColumns()
        self.done_lines = 0
        self.done_bytes = 0

    def lines_of(self, batch: bytes) -> None:
        """Take whole lines. Raises GazeFileError."""
        if not batch:
            return
        characters = np.frombuffer(batch, np.uint8)
        ends = np.flatnonzero(characters == _LINE_END)
        starts = np.concatenate(([0], ends[:-1] + 1))
        first = characters[starts]
        samples = np.flatnonzero((first >= _ZERO) & (first <= _NINE))
        others = np.flatnonzero((first > _NINE) | ((first > _SPACE) & (first < _ZERO)))
        taken = 0
        for index in others.tolist():
            line = batch[starts[index] : ends[index]]
            eyes = self.lines.eyes
            try:
                self.lines.line(self.done_lines + index + 1, line)
            except (ValueError, IndexError) as error:
                until = int(np.searchsorted(samples, index))
                self._samples(characters, starts, ends, samples[taken:until], eyes)
                raise self._unreadable(index, f"cannot be read: '{_shown(line)}' ({error})") from None
            if self.lines.eyes != eyes:
                until = int(np.searchsorted(samples, index))
                self._samples(characters, starts, ends, samples[taken:until], eyes)
                taken = until
        self._samples(characters, starts, ends, samples[taken:], self.lines.eyes)
        self.done_lines += len(ends)
        self.done_bytes += len(batch)

    def _samples(
        self, characters: Bytes, starts: Positions, ends: Positions, which: Positions, eyes: Eyes | None
    ) -> None:
        if not len(which):
            return
        if eyes is None:
            first = characters[starts[which[0]] : ends[which[0]]].tobytes()
            eyes = eyes_of_line(first)
            if eyes is None:
                raise self._unreadable(int(which[0]), f"this is no sample: '{_shown(first)}'")
            self.lines.guess(eyes)
        try:
            self.columns.take(characters, starts[which], ends[which], eyes)
        except BadSampleError as error:
            line, index = error.args
            self.columns.take(characters, starts[which[:index]], ends[which[:index]], eyes)
            what = f"this is no sample of the eyes recorded here: '{_shown(line)}'"
            raise self._unreadable(int(which[index]), what) from None

    def _unreadable(self, index: int, what: str) -> GazeFileError:
        last = self.columns.last_ms
        before = "Nothing" if last is None else f"{len(self.columns):,} samples, up to {last:.10g} ms,"
        return GazeFileError(
            f"{self.path}, line {self.done_lines + index + 1}: {what}. {before} could be read before it. {_TODO}"
        )

    def finish(self, size: int, why_not_further: str | None) -> GazeRecording:
        """Raises GazeFileError where nothing was recorded."""
        if not self.lines.blocks and not len(self.columns):
            raise GazeFileError(
                f"{self.path}: no recording in {self.done_lines} lines (no START line, no sample). {_TODO}"
            )
        if why_not_further is not None:
            why_not_further = f"From line {self.done_lines + 1} (byte {self.done_bytes}) on the file {why_not_further}."
        read = ReadUpTo(self.done_lines, self.done_bytes, size, why_not_further)
        return self.lines.recording(self.columns.samples(), read)


def _shown(line: bytes) -> str:
    return line.decode("utf-8", "replace").strip()[:80]
