"""One front for every reader: what the file is, is told from its content."""

from collections.abc import Callable
from pathlib import Path

from collect.gaze.asc import read_asc
from collect.gaze.edf import read_edf
from collect.gaze.recognise import recognise
from collect.gaze.recording import GazeRecording
from collect.gaze.tobii import read_tobii_text
from collect.gaze.tobii_studio import read_tobii_studio
from collect.gaze.tobii_workbook import read_tobii_workbook


def read_gaze(path: Path, progress: Callable[[int, int], None] | None = None) -> GazeRecording:
    """Read an EyeLink ASC or EDF file, or an export of Tobii Pro Lab or Tobii Studio.

    `progress` gets how much was read, and how much there is. A file that breaks off is read up to there where its
    format allows it: `read` and `warnings` say where and why. Raises GazeFileError, GazeReaderMissingError.
    """
    match recognise(path):
        case "eyelink-asc":
            return read_asc(path, progress)
        case "eyelink-edf":
            return read_edf(path, progress)
        case "tobii-tsv":
            return read_tobii_text(path, progress)
        case "tobii-xlsx":
            return read_tobii_workbook(path, progress)
        case "tobii-studio":
            return read_tobii_studio(path)
