"""The face video at 720p and 30 frames a second: late, dropped, and without a time."""

from tests.bench.camera_minutes import record
from tests.bench.figure import Figure

TITLE = "Camera: half a minute of 720p30 (`python -m tests.bench.camera_minutes 10` for ten)"
MINUTES = 0.5


def run() -> list[Figure]:
    seen = record(MINUTES)
    expected = round(seen.seconds * 30)
    return [
        Figure("frames recorded", seen.frames, "frames", least=0.99 * expected, note=seen.encoder),
        Figure("frames late", seen.late, "frames", most=0, note=f"longest wait {seen.longest_ms:.1f} ms"),
        Figure("frames dropped", seen.dropped, "frames", most=0, note=seen.warning or ""),
        Figure("frames without two times", seen.without_two_times, "frames", most=0),
        Figure("lines without a frame in the video", seen.frames - seen.in_video, "frames", most=0),
        Figure("the camera's process", seen.load, "cores"),
    ]
