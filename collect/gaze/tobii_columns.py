"""The columns of Tobii's exports, known by their names; Tobii writes units in brackets behind them.

Pro Lab says 'Gaze point left X [DACS px]', Studio 3 says 'GazePointLeftX (ADCSpx)': with blanks and units taken off
both are the same name (Tobii Pro Lab user manual, appendix on data export; Tobii Studio 3 manual, 'Data export').
"""

import re
from dataclasses import dataclass

from collect.gaze.errors import GazeFileError

_UNIT = re.compile(r"\s*[\[(](?P<unit>[^\])]*)[\])]\s*$")

#: What we take, and what it is called, without blanks, in small letters. The first name found counts.
_NAMES = {
    "time": ("recordingtimestamp",),
    "sensor": ("sensor",),
    "event": ("event", "studioevent"),
    "event_value": ("eventvalue", "studioeventdata"),
    "kind": ("eyemovementtype", "gazeeventtype"),
    "kind_index": ("eyemovementtypeindex", "fixationindex"),
    "left_x": ("gazepointleftx",),
    "left_y": ("gazepointlefty",),
    "right_x": ("gazepointrightx",),
    "right_y": ("gazepointrighty",),
    "both_x": ("gazepointx",),
    "both_y": ("gazepointy",),
    "left_pupil": ("pupildiameterleft", "pupilleft"),
    "right_pupil": ("pupildiameterright", "pupilright"),
    "left_valid": ("validityleft",),
    "right_valid": ("validityright",),
    "width": ("recordingresolutionwidth",),
    "height": ("recordingresolutionheight",),
    "resolution": ("recordingresolution",),
    "recording": ("recordingname",),
    "participant": ("participantname",),
    "date": ("recordingdate",),
    "filter": ("recordingfixationfiltername", "fixationfilter"),
    "software": ("recordingsoftwareversion", "studioversionrec"),
    "device": ("eyetrackername", "recordinghardware"),
}
#: Of the same position in several units, pixels of the screen come first; media pixels have another origin.
_SCREEN_UNITS = ("dacspx", "adcspx", "px", "")
_UNITS_IN_A_MS = {"μs": 1000.0, "µs": 1000.0, "us": 1000.0, "ms": 1.0, "s": 0.001}


@dataclass(frozen=True)
class TobiiColumns:
    """Which column of the table holds what: `at` has what was found, `names` all names as the file writes them."""

    at: dict[str, int]
    names: tuple[str, ...]
    #: GAZE where positions are screen pixels, else the unit.
    coordinates: str
    #: Units of the time column in one millisecond; None where its name says no unit.
    time_units_in_a_ms: float | None

    @property
    def per_eye(self) -> bool:
        return "left_x" in self.at or "right_x" in self.at


def tobii_columns(where: str, names: list[str]) -> TobiiColumns:
    """Find the columns. Raises GazeFileError, which begins with `where`, for a table without times or positions."""
    plain = [(_UNIT.sub("", name).replace(" ", "").lower(), _unit(name)) for name in names]
    at: dict[str, int] = {}
    coordinates = "GAZE"
    for what, wanted in _NAMES.items():
        found = [index for index, (name, _) in enumerate(plain) if name in wanted]
        if not found:
            continue
        if what.endswith(("_x", "_y")):
            best = [index for index in found if plain[index][1] in _SCREEN_UNITS]
            if not best:
                coordinates = names[found[0]].rpartition("[")[2].rpartition("(")[2].strip(" ])")
            found = best or found
        at[what] = found[0]
    if "time" not in at:
        raise GazeFileError(f"{where}: there is no column 'Recording timestamp'. {_EXPORT}")
    if not any(f"{eye}_x" in at and f"{eye}_y" in at for eye in ("left", "right", "both")):
        raise GazeFileError(f"{where}: there is no column 'Gaze point left X [DACS px]' or the like. {_EXPORT}")
    time_unit = plain[at["time"]][1]
    return TobiiColumns(at, tuple(names), coordinates, _UNITS_IN_A_MS.get(time_unit, None if time_unit == "" else 1.0))


def _unit(name: str) -> str:
    match = _UNIT.search(name)
    return "" if match is None else match["unit"].replace(" ", "").lower()


_EXPORT = (
    "Export the recording from Tobii Pro Lab again ('Data export', single file), with Recording timestamp, Sensor, "
    "Event, Gaze point left/right X/Y in DACS px, Pupil diameter, Validity and Eye movement type."
)
