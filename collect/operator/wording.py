"""A status in words, the same in the terminal, in the window and in plain lines."""

from typing import NamedTuple

from collect.operator.protocol import OperatorStatus

#: Below these a line is shown as a fault.
_LEAST_GAZE, _LEAST_DISK_GB = 0.7, 1.0
_SKIP_HINT = {"pause": "a pause", "calibrate": "a calibration", "skip": "the next trial", "stop": "the end"}


class Row(NamedTuple):
    """One line of the view: its name, what it says, and whether that is well."""

    name: str
    said: str
    ok: bool


def rows(status: OperatorStatus) -> list[Row]:
    """What stands below the title, from top to bottom; always the same lines, so that eyes find them again."""
    shown = f"{status.trial} of {status.trials}"
    if status.role:
        shown += f": {status.role}, {status.clip}"
    waiting = ", ".join(_SKIP_HINT[request] for request in status.waiting)
    gaze = "–" if status.gaze_valid is None else f"{status.gaze_valid:.0%} valid"
    disk = "–" if status.disk_free_gb is None else f"{status.disk_free_gb:.1f} GB free"
    return [
        Row("state", status.state + (f"   (waiting for {waiting})" if waiting else ""), status.state != "failed"),
        Row("clip", shown, True),
        Row("left", f"clip {span(status.clip_left_s)}, session about {span(status.session_left_s)}", True),
        Row("gaze", gaze, status.gaze_valid is None or status.gaze_valid >= _LEAST_GAZE),
        Row("camera", _camera(status), status.camera_dropped == 0),
        Row("disk", disk, status.disk_free_gb is None or status.disk_free_gb >= _LEAST_DISK_GB),
        Row("warning", status.warning or "none", not status.warning),
    ]


def span(seconds: float | None) -> str:
    """Minutes and seconds, such as 3:07; a dash where it is not known."""
    if seconds is None:
        return "–"
    whole = max(0, round(seconds))
    return f"{whole // 60}:{whole % 60:02d}"


def _camera(status: OperatorStatus) -> str:
    rate = f"{status.camera_fps:.1f} frames a second" if status.camera_fps else "not recording"
    if status.camera_frames and not status.camera_fps:
        rate = f"{status.camera_frames} frames"
    return f"{rate}, {status.camera_dropped} dropped"
