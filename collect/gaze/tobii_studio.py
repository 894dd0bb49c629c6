"""The exports of Tobii Studio before version 3: some lines about the recording, then a table.

It wrote a table each for gaze, fixations and events. Its fixations can be read, and its events as messages; neither
holds samples, so no session can be made of them.
"""

from pathlib import Path

import numpy as np

from collect.gaze.errors import GazeFileError, cannot_open
from collect.gaze.recognise import encoding_of
from collect.gaze.recording import (
    BLINK,
    FIXATION,
    SACCADE,
    GazeHeader,
    GazeRecording,
    Message,
    ReadUpTo,
    no_samples,
)

_NO_SAMPLES = "Export 'All data' (Studio 3: 'Data export') to get the samples."


def read_tobii_studio(path: Path) -> GazeRecording:
    """Read a table of fixations or of events. Raises GazeFileError, which names the line."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise cannot_open(path, error) from None
    whole = data[: data.rfind(b"\n") + 1]
    lines = whole.decode(encoding_of(data) or "cp1252", "replace").splitlines()
    head = next((number for number, line in enumerate(lines) if line.startswith(("FixationIndex", "Timestamp"))), None)
    if head is None:
        raise GazeFileError(
            f"{path}: no table of Tobii Studio in {len(lines)} lines (FixationIndex, Timestamp). {_NO_SAMPLES}"
        )
    facts = {name.strip(): value.strip() for name, _, value in (line.partition(":") for line in lines[:head])}
    why = None
    if len(whole) < len(data):
        why = f"From line {len(lines) + 1} on the file breaks off: this line has no line end, and was left out."
    return _recording(path, facts, lines, head, ReadUpTo(len(lines), len(whole), len(data), why))


def _recording(path: Path, facts: dict[str, str], lines: list[str], head: int, read: ReadUpTo) -> GazeRecording:
    names = lines[head].rstrip().split("\t")
    fixations: list[tuple[str | float, ...]] = []
    messages: list[Message] = []
    for number, line in enumerate(lines[head + 1 :], start=head + 2):
        fields = line.rstrip("\r\n").split("\t")
        if len(fields) < 2:
            continue
        try:
            row = dict(zip(names, fields, strict=False))
            time = float(row["Timestamp"])
            if "FixationIndex" in row:
                x, y = float(row["MappedFixationPointX"]), float(row["MappedFixationPointY"])
                fixations.append(("L", time, time + float(row["FixationDuration"]), x, y, float("nan")))
            else:
                rest = [fields[index] for index in range(1, len(fields)) if names[index : index + 1] != ["EventKey"]]
                messages.append(Message(time, " ".join(word for word in rest if word.strip())))
        except (KeyError, ValueError) as error:
            raise GazeFileError(f"{path}, line {number}: cannot be read: '{line.strip()[:80]}' ({error}).") from None
    told = [f"Tobii Studio wrote no samples into this file. {_NO_SAMPLES}"]
    if fixations:
        told.append("Fixations are of the average of both eyes; they are called the left eye's here.")
    told += [read.why_not_further] if read.why_not_further else []
    size = facts.get("Screen resolution") or facts.get("Recording resolution") or ""
    width, _, height = size.replace(" ", "").partition("x")
    screen = (0.0, 0.0, float(width) - 1, float(height) - 1) if width.isdigit() and height.isdigit() else None
    source = f"Tobii: {facts.get('Fixation filter', 'fixation filter not named')}" if fixations else None
    header = GazeHeader(None, "L", screen, None, "GAZE", False, "Tobii", facts.get("Recording date", ""))
    return GazeRecording(
        "tobii-studio", header, no_samples(), np.array(fixations, FIXATION), np.empty(0, SACCADE), np.empty(0, BLINK),
        source, tuple(messages), (), read, tuple(told),
    )  # fmt: skip
