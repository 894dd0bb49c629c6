"""The lines of the bundle's CSV files: written here and nowhere else, so that all writers agree.

Every function returns one line with its line end. Floats are written with as many digits as it takes to read the
same number back; NaN is written as an empty field.
"""

import math

#: As GazeSample and EyeEvent of collect.devices.protocols: those who read bundles know no devices.
Sample = tuple[int, float, float, float, float, float, float, float]
Event = tuple[str, str, int, int, float, float, float, float, float, float, float, str]


def header_line(columns: tuple[str, ...]) -> str:
    return ",".join(columns) + "\n"


def number(value: float) -> str:
    """'' for NaN; refuses infinity, which no device measures."""
    if value != value:
        return ""
    if math.isinf(value):
        raise ValueError("a measured value is infinite: write NaN where nothing was measured")
    return repr(float(value))


def quoted(text: str) -> str:
    """One CSV field. Line breaks become spaces, so that a line of the file is always one row; zeros are dropped."""
    text = text.replace("\r\n", " ").replace("\n", " ").replace("\r", " ").replace("\0", "")
    if '"' in text or "," in text:
        return '"' + text.replace('"', '""') + '"'
    return text


def sample_line(sample: Sample) -> str:
    return f"{int(sample[0])},{','.join(map(number, sample[1:]))}\n"


def event_line(event: Event) -> str:
    kind, eye, start_ns, end_ns, *numbers, source = event
    return f"{kind},{eye},{int(start_ns)},{int(end_ns)},{','.join(map(number, numbers))},{quoted(source)}\n"


def message_line(host_ns: int, device_ms: float, text: str) -> str:
    return f"{int(host_ns)},{number(device_ms)},{quoted(text)}\n"


def clock_line(host_ns: int, device_ms: float, uncertainty_ns: int) -> str:
    return f"{int(host_ns)},{number(device_ms)},{int(uncertainty_ns)}\n"


def flip_line(trial: int, frame: int, clip_pts_ms: float, flip_ns: int) -> str:
    return f"{trial},{frame},{number(clip_pts_ms)},{flip_ns}\n"


def camera_frame_line(frame: int, pts_ms: float, device_ns: int | None, host_ns: int) -> str:
    """`device_ns` is None for cameras without a clock of their own."""
    return f"{frame},{number(pts_ms)},{'' if device_ns is None else device_ns},{host_ns}\n"


def complete_part(data: bytes) -> bytes:
    """Up to the last whole line. After a power cut a file may end in half a line, or in zeros never written."""
    zero = data.find(b"\0")
    if zero >= 0:
        data = data[:zero]
    return data[: data.rfind(b"\n") + 1]
