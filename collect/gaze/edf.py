"""EyeLink EDF files, through the library of SR Research that `eyelinkio` brings.

That library is closed, prints on the standard output, and dies on some broken files: it is loaded in a process of its
own (collect.gaze.edf_process), which writes what it found to a file.
"""

import json
import subprocess
import sys
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from collect.gaze.errors import GazeFileError, GazeReaderMissingError, cannot_open
from collect.gaze.recording import (
    BLINK,
    FIXATION,
    SACCADE,
    GazeHeader,
    GazeRecording,
    Message,
    ReadUpTo,
    RecordingBlock,
    Samples,
)

_TODO = "Fetch it again from the tracker's Host PC, or convert it there with edf2asc and give the .asc file."


def read_edf(path: Path, progress: Callable[[int, int], None] | None = None) -> GazeRecording:
    """Read a whole EDF file. Times are the tracker's, as edf2asc would write them. `progress` is told once, at the end.

    Raises GazeReaderMissingError where `eyelinkio` is not installed, GazeFileError for a file that SR Research's
    library refuses: of an EDF file that breaks off it reads nothing.
    """
    try:
        with path.open("rb") as file:
            file.read(1)
    except OSError as error:
        raise cannot_open(path, error) from None
    if find_spec("eyelinkio") is None:
        raise GazeReaderMissingError(
            f"{path}: EyeLink's binary EDF files are read by the library eyelinkio, which is not installed. "
            "Install it with: pip install 'duchenne[edf]'. It brings SR Research's EDF library, which is not open "
            "source. Or convert the file with edf2asc, and give the .asc file."
        )
    with TemporaryDirectory(prefix="duchenne-edf-") as folder:
        found = Path(folder) / "found.npz"
        done = subprocess.run(
            [sys.executable, "-m", "collect.gaze.edf_process", str(path.absolute()), str(found)],
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
        )
        if done.returncode != 0 or not found.is_file():
            raise _refused(path, done)
        if progress is not None:
            progress(path.stat().st_size, path.stat().st_size)
        with np.load(found, allow_pickle=False) as arrays:
            return _recording(path, {name: arrays[name] for name in arrays.files})


def _refused(path: Path, done: subprocess.CompletedProcess[str]) -> GazeFileError:
    size = path.stat().st_size
    said = [line.strip() for line in (done.stdout + done.stderr).splitlines() if line.strip()]
    why = f"it says '{said[-1][:120]}'" if said else "it gives no reason"
    if done.returncode < 0:
        why = f"it dies of signal {-done.returncode}"
    return GazeFileError(
        f"{path}: SR Research's library refuses this EDF file of {size:,} bytes, as it does with one that breaks off "
        f"or is damaged ({why}). Nothing of it could be read. {_TODO}"
    )


def _recording(path: Path, arrays: dict[str, Any]) -> GazeRecording:
    facts = json.loads(str(arrays["facts"]))
    blocks = tuple(RecordingBlock(*block) for block in facts["blocks"])
    if not blocks:
        raise GazeFileError(f"{path}: there is no recording in this EDF file. {_TODO}")
    warnings = [
        f"The recording that starts at {block.start_ms:.10g} ms has no END." for block in blocks if block.end_ms is None
    ]
    if facts["lost"]:
        warnings.append(f"The tracker reports lost data in {facts['lost']} places.")
    eyes = "".join(eye for eye in "LR" if any(eye in block.eyes for block in blocks))
    size = path.stat().st_size
    header = GazeHeader(
        rate_hz=blocks[0].rate_hz,
        eyes=eyes,  # type: ignore[arg-type]  # L, R or LR, as those of the blocks are
        screen=tuple(facts["screen"]) if facts["screen"] else None,
        pupil=facts["pupil"],
        coordinates="GAZE",
        remote=facts["remote"],
        model=facts["model"],
        date=facts["date"],
    )
    fixations, saccades, blinks = (
        arrays[name].astype(kind) for name, kind in (("fixations", FIXATION), ("saccades", SACCADE), ("blinks", BLINK))
    )
    return GazeRecording(
        "eyelink-edf",
        header,
        Samples(*arrays["samples"]),
        fixations,
        saccades,
        blinks,
        "tracker" if len(fixations) or len(saccades) or len(blinks) else None,
        tuple(Message(time, text) for time, text in facts["messages"]),
        blocks,
        ReadUpTo(0, size, size),
        tuple(warnings),
    )
