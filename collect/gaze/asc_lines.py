"""The lines of an ASC file that are no samples: what each says, and what they say together."""

from dataclasses import replace
from typing import Literal

import numpy as np

from collect.gaze.recording import (
    BLINK,
    FIXATION,
    SACCADE,
    Eyes,
    GazeHeader,
    GazeRecording,
    Message,
    ReadUpTo,
    RecordingBlock,
    Samples,
)
from collect.gaze.sample_columns import number

_EYES: dict[tuple[bool, bool], Eyes] = {(True, False): "L", (False, True): "R", (True, True): "LR"}
_SILENT = {"SFIX", "SSACC", "SBLINK", "EVENTS", "PRESCALER", "VPRESCALER", "INPUT", "BUTTON"}
_COMMENT = (b">", b"#", b"/", b";")
_SCREENS = ("GAZE_COORDS", "DISPLAY_COORDS")


class AscLines:
    """Takes the lines in their order; `recording` gives everything together."""

    def __init__(self) -> None:
        #: Whose samples the next sample lines hold.
        self.eyes: Eyes | None = None
        self.blocks: list[RecordingBlock] = []
        self._fixations: list[tuple[str | float, ...]] = []
        self._saccades: list[tuple[str | float, ...]] = []
        self._blinks: list[tuple[str | float, ...]] = []
        self._messages: list[Message] = []
        self._warnings: list[str] = []
        self._screens: dict[str, tuple[float, float, float, float]] = {}
        self._pupil: Literal["AREA", "DIAMETER"] | None = None
        self._coordinates = "GAZE"
        self._remote = False
        self._model = self._date = ""
        self._lost = 0
        self._unknown: list[int] = []

    def line(self, line_number: int, line: bytes) -> None:
        """Take one line that is no sample. Raises ValueError or IndexError where it says too little."""
        if line.startswith(b"MSG"):
            self._take_message(line)
            return
        if line.startswith(b"**"):
            self._take_preamble(line.decode("latin-1")[2:].strip())
            return
        words = line.decode("latin-1").split()
        match words[0]:
            case "EFIX":
                self._fixations.append(_event(words, 3, keep=(0, 1, 3, 4, 5)))
            case "ESACC":
                self._saccades.append(_event(words, 6, keep=(0, 1, 3, 4, 5, 6, 7, 8)))
            case "EBLINK":
                self._blinks.append(_event(words, 0, keep=(0, 1)))
            case "START":
                self._start(words)
            case "END":
                if self.blocks:
                    self.blocks[-1] = replace(self.blocks[-1], end_ms=float(words[1]))
            case "SAMPLES":
                self._take_layout(words)
            case "PUPIL":
                if words[1] in ("AREA", "DIAMETER"):
                    self._pupil = "AREA" if words[1] == "AREA" else "DIAMETER"
            case word if word.startswith("LOST"):
                self._lost += 1
            case word if word not in _SILENT and not line.startswith(_COMMENT):
                self._unknown.append(line_number)

    def guess(self, eyes: Eyes) -> None:
        """There are samples, but no START line before them (edf2asc -s): this is how many eyes they hold."""
        self.eyes = self.eyes or eyes
        which = "of both eyes" if eyes == "LR" else "of one eye; it is called the left one here, and may be the right"
        self._warnings.append(f"No START line says whose samples these are. They are {which}.")

    def recording(self, samples: Samples, read: ReadUpTo) -> GazeRecording:
        rate = next((block.rate_hz for block in self.blocks if block.rate_hz is not None), None)
        if rate == 2000:
            # Without 'float sample' output edf2asc writes both samples of a millisecond with the same time.
            samples.time_ms[1:][np.diff(samples.time_ms) == 0] += 0.5
        eyes = "".join(eye for eye in "LR" if any(eye in block.eyes for block in self.blocks)) or self.eyes
        header = GazeHeader(
            rate,
            eyes if eyes in ("L", "R") else "LR",  # type: ignore[arg-type]  # one of the two, as was just asked
            self._screens.get("GAZE_COORDS") or self._screens.get("DISPLAY_COORDS"),
            self._pupil,
            self._coordinates,
            self._remote,
            self._model,
            self._date,
        )
        found = bool(self._fixations or self._saccades or self._blinks)
        return GazeRecording(
            "eyelink-asc",
            header,
            samples,
            np.array(self._fixations, FIXATION),
            np.array(self._saccades, SACCADE),
            np.array(self._blinks, BLINK),
            "tracker" if found else None,
            tuple(self._messages),
            tuple(self.blocks),
            read,
            tuple(self._told(float(samples.time_ms[-1]) if len(samples) else None, read)),
        )

    def _told(self, last_ms: float | None, read: ReadUpTo) -> list[str]:
        told = list(self._warnings)
        if read.why_not_further is not None:
            told.append(read.why_not_further)
        for block in self.blocks:
            if block.end_ms is None:
                is_last = last_ms is not None and block is self.blocks[-1]
                upto = f"; its last sample is at {last_ms:.10g} ms" if is_last else ""
                told.append(f"The recording that starts at {block.start_ms:.10g} ms has no END{upto}.")
        if self._lost:
            told.append(f"The tracker reports lost data in {self._lost} places.")
        if self._unknown:
            told.append(f"{len(self._unknown)} lines of a kind not known here, the first is {self._unknown[0]}.")
        return told

    def _take_preamble(self, text: str) -> None:
        if text.startswith("DATE:"):
            self._date = text.removeprefix("DATE:").strip()
        elif text.startswith("EYELINK"):
            self._model = text

    def _take_message(self, line: bytes) -> None:
        try:
            text = line[3:].decode("utf-8")
        except UnicodeDecodeError:  # old experiments wrote in the code page of their Windows
            text = line[3:].decode("cp1252", "replace")
        time, _, said = text.strip().replace("\t", " ", 1).partition(" ")
        said = said.strip()
        self._messages.append(Message(float(time), said))
        if said.startswith(_SCREENS):
            name, _, rest = said.partition(" ")
            left, top, right, bottom = (float(word) for word in rest.replace("=", " ").replace(",", " ").split()[:4])
            self._screens[name] = (left, top, right, bottom)

    def _start(self, words: list[str]) -> None:
        eyes = _eyes(words, self.eyes)
        self.blocks.append(RecordingBlock(float(words[1]), None, eyes, None))
        self.eyes = eyes

    def _take_layout(self, words: list[str]) -> None:
        if not self.blocks:
            raise ValueError("no START line before it")
        self._coordinates = words[1]
        self._remote = self._remote or "HTARGET" in words
        self.eyes = _eyes(words, self.eyes)
        rate = float(words[words.index("RATE") + 1]) if "RATE" in words else None
        self.blocks[-1] = replace(self.blocks[-1], eyes=self.eyes, rate_hz=rate)


def _eyes(words: list[str], otherwise: Eyes | None) -> Eyes:
    eyes = _EYES.get(("LEFT" in words, "RIGHT" in words), otherwise)
    if eyes is None:
        raise ValueError("neither LEFT nor RIGHT")
    return eyes


def _event(words: list[str], least: int, keep: tuple[int, ...]) -> tuple[str | float, ...]:
    """The eye and the kept numbers of an end event; a number that the line lacks is NaN.

    `least` is how many numbers must follow start, end and duration.
    """
    eye = words[1]
    numbers = [number(word) for word in words[2:]]
    if eye not in ("L", "R") or len(numbers) < 3 + least:
        raise ValueError(f"expected an eye and at least {3 + least} numbers")
    return (eye, *(numbers[index] if index < len(numbers) else float("nan") for index in keep))
