"""Runs alone, as `python -m collect.gaze.edf_process FILE.edf FOUND.npz`: reads an EDF file element by element.

It takes eyelinkio's binding of SR Research's library, not its read_edf: that one counts samples instead of keeping
their times (so the pauses between trials are lost), drops letters that are not ASCII, and has no pupil sizes of
fixations. Samples of an eye not recorded, and missing positions, become NaN.
"""

import ctypes
import json
import sys
from array import array
from pathlib import Path
from typing import Any

import numpy as np

from collect.gaze.recording import BLINK, FIXATION, SACCADE

_EYES = {1: "L", 2: "R", 3: "LR"}
_SAMPLE, _END_BLINK, _END_SACCADE, _END_FIXATION, _MESSAGE, _RECORDING, _LOST, _NOTHING_MORE = (
    200, 4, 6, 8, 24, 30, 0x3F, 0,
)  # fmt: skip
_MISSING = 1e8 - 1


class _Found:
    def __init__(self) -> None:
        self.samples = array("d")
        self.tables: dict[str, list[tuple[Any, ...]]] = {"fixations": [], "saccades": [], "blinks": []}
        self.messages: list[tuple[float, str]] = []
        self.blocks: list[list[Any]] = []
        self.screen: list[float] | None = None
        self.pupil = "AREA"
        self.remote = False
        self.lost = 0

    def recording(self, info: Any) -> None:
        if info.state == 0:
            if self.blocks:
                self.blocks[-1][1] = float(info.time)
            return
        self.blocks.append([float(info.time), None, _EYES[info.eye], float(info.sample_rate)])
        self.pupil = "DIAMETER" if info.pupil_type else "AREA"

    def sample(self, sample: Any, half_millisecond: int) -> None:
        """`half_millisecond` is the flag of the second sample of a millisecond, at 2000 Hz."""
        eyes = self.blocks[-1][2] if self.blocks else "LR"
        self.samples.append(sample.time + (0.5 if sample.flags & half_millisecond else 0.0))
        for index, eye in enumerate("LR"):
            if eye in eyes:
                self.samples.extend((sample.gx[index], sample.gy[index], sample.pa[index]))
            else:
                self.samples.extend((_MISSING + 1, _MISSING + 1, _MISSING + 1))

    def event(self, kind: int, event: Any) -> None:
        eye = "LR"[event.eye]
        start, end = float(event.sttime), float(event.entime)
        if kind == _END_FIXATION:
            self.tables["fixations"].append((eye, start, end, event.gavx, event.gavy, event.ava))
        elif kind == _END_BLINK:
            self.tables["blinks"].append((eye, start, end))
        else:
            across, down = (event.supd_x + event.eupd_x) / 2, (event.supd_y + event.eupd_y) / 2
            amplitude = np.nan
            if across > 0 and down > 0:
                amplitude = np.hypot((event.genx - event.gstx) / across, (event.geny - event.gsty) / down)
            places = (event.gstx, event.gsty, event.genx, event.geny)
            self.tables["saccades"].append((eye, start, end, *places, amplitude, event.pvel))

    def message(self, event: Any) -> None:
        raw = ctypes.string_at(ctypes.addressof(event.message.contents) + 2, event.message.contents.len)
        raw = raw.split(b"\0")[0]
        try:
            text = raw.decode("utf-8")
        except UnicodeDecodeError:
            text = raw.decode("cp1252", "replace")
        text = text.strip()
        self.messages.append((float(event.sttime), text))
        if text.startswith("ELCLCFG"):  # the camera's mount and mode, such as MTABLER; RTABLER and ARTABLER are remote
            self.remote = text.split()[1:2] != [] and text.split()[1].startswith(("R", "AR"))
        if text.startswith(("GAZE_COORDS", "DISPLAY_COORDS")) and (
            self.screen is None or text.startswith("GAZE_COORDS")
        ):
            self.screen = [float(word) for word in text.replace("=", " ").replace(",", " ").split()[1:5]]


def main(path: str, out: str) -> None:
    from eyelinkio.edf import _defines as defines
    from eyelinkio.edf import _edf2py as binding

    failed = ctypes.c_int(1)
    file = binding.edf_open_file(str(path).encode(), 2, 1, 1, ctypes.byref(failed))
    if not file or failed.value != 0:
        sys.exit(1)
    length = binding.edf_get_preamble_text_length(file)
    preamble = ctypes.create_string_buffer(length + 1)
    binding.edf_get_preamble_text(file, preamble, length + 1)
    found = _Found()
    while (kind := binding.edf_get_next_data(file)) != _NOTHING_MORE:
        if kind == _SAMPLE:
            found.sample(binding.edf_get_float_data(file).contents.fs, defines.SAMPLE_ADD_OFFSET)
        elif kind in (_END_FIXATION, _END_SACCADE, _END_BLINK):
            found.event(kind, binding.edf_get_float_data(file).contents.fe)
        elif kind == _MESSAGE:
            found.message(binding.edf_get_float_data(file).contents.fe)
        elif kind == _RECORDING:
            found.recording(binding.edf_get_float_data(file).contents.rec)
        elif kind == _LOST:
            found.lost += 1
    binding.edf_close_file(file)
    _write(Path(out), found, preamble.value.decode("utf-8", "replace"))


def _write(out: Path, found: _Found, preamble: str) -> None:
    samples = np.frombuffer(found.samples, np.float64).reshape(-1, 7).T.copy()
    samples[1:][np.abs(samples[1:]) >= _MISSING] = np.nan
    samples[[1, 2, 4, 5]] = np.where(samples[[1, 2, 4, 5]] == -32768, np.nan, samples[[1, 2, 4, 5]])
    tables = {
        name: np.array(found.tables[name], kind)
        for name, kind in (("fixations", FIXATION), ("saccades", SACCADE), ("blinks", BLINK))
    }
    for table in tables.values():
        for name in table.dtype.names or ():
            if name != "eye":
                table[name][np.abs(table[name]) >= _MISSING] = np.nan
    lines = dict(line.removeprefix("** ").split(":", 1) for line in preamble.splitlines() if ":" in line)
    facts = {
        "blocks": found.blocks,
        "messages": found.messages,
        "screen": found.screen,
        "pupil": found.pupil,
        "remote": found.remote,
        "lost": found.lost,
        "model": lines.get("CAMERA", lines.get("VERSION", "EyeLink")).strip(),
        "date": lines.get("DATE", "").strip(),
    }
    with out.open("wb") as file:
        np.savez(file, samples=samples, facts=np.array(json.dumps(facts)), **tables)  # type: ignore[arg-type] # arrays only


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
