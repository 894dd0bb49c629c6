"""Small exports as Tobii Pro Lab writes them, of 39 columns, in text and as a spreadsheet."""

from pathlib import Path

COLUMNS = (
    "Recording timestamp [μs]", "Computer timestamp [μs]", "Sensor", "Project name", "Export date", "Participant name",
    "Recording name", "Recording date", "Recording start time", "Recording duration [ms]", "Timeline name",
    "Recording Fixation filter name", "Recording software version", "Recording resolution height [px]",
    "Recording resolution width [px]", "Recording monitor latency [ms]", "Eyetracker timestamp [μs]", "Event",
    "Event value", "Gaze point X [DACS px]", "Gaze point Y [DACS px]", "Gaze point left X [DACS px]",
    "Gaze point left Y [DACS px]", "Gaze point right X [DACS px]", "Gaze point right Y [DACS px]",
    "Gaze direction left X", "Gaze direction left Y", "Gaze direction left Z", "Pupil diameter left [mm]",
    "Pupil diameter right [mm]", "Validity left", "Validity right", "Eye position left X [DACS mm]",
    "Presented Stimulus name", "Presented Media width [px]", "Eye movement type", "Gaze event duration [ms]",
    "Eye movement type index", "Fixation point X [DACS px]",
)  # fmt: skip
_ALWAYS: dict[str, str | float] = {
    "Participant name": "P01",
    "Recording name": "Recording 1",
    "Recording date": "2026-01-01",
    "Recording Fixation filter name": "Tobii I-VT (Fixation)",
    "Recording resolution height [px]": 1080,
    "Recording resolution width [px]": 1920,
}
Row = dict[str, str | float]


def event(time_us: int, what: str, value: str = "") -> Row:
    return {"Recording timestamp [μs]": time_us, "Event": what, "Event value": value}


def sample(
    time_us: int,
    left: tuple[float, float, float] | None,
    right: tuple[float, float, float] | None,
    kind: str,
    index: int,
) -> Row:
    """`left` and `right` are x, y, pupil; None for an eye that was not found."""
    row: Row = {
        "Recording timestamp [μs]": time_us, "Sensor": "Eye Tracker", "Eye movement type": kind,
        "Eye movement type index": index,
    }  # fmt: skip
    for eye, seen in (("left", left), ("right", right)):
        row[f"Validity {eye}"] = "Valid" if seen else "Invalid"
        if seen:
            row[f"Gaze point {eye} X [DACS px]"], row[f"Gaze point {eye} Y [DACS px]"] = seen[:2]
            row[f"Pupil diameter {eye} [mm]"] = seen[2]
    return row


#: 120 Hz: a fixation of three samples, a saccade of two that the left eye misses, two samples without eyes.
GOLDEN: list[Row] = [
    event(0, "RecordingStart"),
    event(5000, "VideoStimulusStart", "Trauer – großer Film"),
    sample(8333, (960.5, 540.25, 3.5), (970.5, 541.0, 3.25), "Fixation", 1),
    {"Recording timestamp [μs]": 9000, "Sensor": "Mouse"},
    sample(16666, (961.5, 540.75, 3.5), (971.5, 542.0, 3.25), "Fixation", 1),
    sample(25000, (962.5, 541.25, 3.75), None, "Fixation", 1),
    sample(33333, None, (900.0, 500.0, 3.0), "Saccade", 1),
    sample(41666, None, (800.0, 400.0, 3.0), "Saccade", 1),
    sample(50000, None, None, "EyesNotFound", 1),
    sample(58333, None, None, "EyesNotFound", 1),
    event(60000, "VideoStimulusEnd", "Trauer – großer Film"),
    event(61000, "RecordingEnd"),
]


def whole(row: Row) -> list[str | float | None]:
    return [(_ALWAYS | row).get(column) for column in COLUMNS]


def write_text(path: Path, rows: list[Row] = GOLDEN, *, encoding: str = "utf-8-sig", comma: bool = False) -> Path:
    def field(value: str | float | None) -> str:
        text = "" if value is None else str(value)
        return text.replace(".", ",") if comma and isinstance(value, float) else text

    lines = ["\t".join(COLUMNS), *("\t".join(map(field, whole(row))) for row in rows)]
    path.write_bytes(("\r\n".join(lines) + "\r\n").encode(encoding))
    return path


def write_workbook(path: Path, rows: list[Row] = GOLDEN) -> Path:
    import openpyxl

    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(COLUMNS)
    for row in rows:
        sheet.append(whole(row))
    book.save(path)
    return path
