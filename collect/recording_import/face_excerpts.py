"""The face video of an import: one excerpt for each trial, laid at the trial's own time.

The recordings that labs bring have a face video on a clock of its own. The trial table says where in it each trial
begins; from there on frames are taken as long as the trial lasts and the video goes on. The same part may serve
several trials. Every excerpt begins with a key frame, so that a trial can be cut out without encoding again.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.video.frame import PictureType

from collect.bundle import rows
from collect.bundle.format import CAMERA_FRAME_COLUMNS, CAMERA_FRAMES_FILE, FACE_VIDEO_FILE, CameraInfo
from collect.recording_import.errors import ImportFailedError
from collect.recording_import.gaze_rows import host_ns
from collect.recording_import.trial_table import ImportTrial

_MILLISECOND = Fraction(1, 1000)
#: A table that says 2.033 means the frame at 2.0333.
_GRACE_S = Fraction(1, 2000)


@dataclass(frozen=True)
class FaceVideo:
    """What the video is, before anything is taken from it. Width and height are even and upright."""

    path: Path
    width: int
    height: int
    fps: float
    codec: str

    @property
    def info(self) -> CameraInfo:
        return CameraInfo(
            kind="imported",
            model="unknown",
            width_px=self.width,
            height_px=self.height,
            nominal_fps=self.fps,
            codec="h264",
            simulated=False,
        )


def look_at(path: Path) -> FaceVideo:
    """Open the video and decode its first frame. Raises ImportFailedError."""
    try:
        with av.open(str(path)) as container:
            stream = container.streams.video[0]
            frame = next(container.decode(stream))
            rate = stream.average_rate or stream.guessed_rate or Fraction(30)
            upright = _upright(frame)
            return FaceVideo(path, upright.width, upright.height, float(rate), stream.codec_context.name)
    except (av.FFmpegError, OSError, IndexError, StopIteration) as error:
        reason = getattr(error, "strerror", None) or "it holds no picture"
        raise ImportFailedError(f"{path}: the face video cannot be read ({reason}). Give a video file.") from None


def write_excerpts(
    bundle: Path, video: FaceVideo, trials: tuple[ImportTrial, ...], progress: Callable[[int, int], None] | None
) -> dict[int, float]:
    """Write camera/face.mkv and camera/frames.csv; returns trial number to seconds of face that the trial got.

    A frame's host time is the trial's start plus its distance from `face_start_s`; its time in face.mkv counts from
    the first frame of all, in whole milliseconds; `device_ns` is its own time in the video it came from.
    """
    covered: dict[int, float] = {}
    wanted = [trial for trial in trials if trial.face_start_s is not None]
    lines = [rows.header_line(CAMERA_FRAME_COLUMNS)]
    first_ns: int | None = None
    if not wanted:
        return covered
    try:
        with av.open(str(bundle / FACE_VIDEO_FILE), "w", format="matroska") as out, av.open(str(video.path)) as source:
            stream = _stream(out, video)
            last_pts = -1
            for done, trial in enumerate(wanted, start=1):
                for picture, into_s, own_s in _frames(source, trial):
                    t_ns = host_ns(trial.start_ms) + round(into_s * 1e9)
                    first_ns = t_ns if first_ns is None else first_ns
                    pts = round((t_ns - first_ns) / 1e6)
                    if pts <= last_pts:
                        continue  # two excerpts meet within one millisecond
                    _encode(out, stream, picture, pts, key=trial.trial not in covered)
                    lines.append(rows.camera_frame_line(len(lines) - 1, float(pts), round(own_s * 1e9), t_ns))
                    covered[trial.trial] = into_s + 1 / video.fps
                    last_pts = pts
                if progress is not None:
                    progress(done, len(wanted))
            out.mux(stream.encode())
    except av.FFmpegError as error:
        raise ImportFailedError(f"{video.path}: the face video cannot be read to its end ({error}).") from None
    if first_ns is None:
        (bundle / FACE_VIDEO_FILE).unlink()
    else:
        (bundle / CAMERA_FRAMES_FILE).write_text("".join(lines), encoding="utf-8")
    return covered


def _stream(out: av.container.OutputContainer, video: FaceVideo) -> av.VideoStream:
    # Without B-frames packets lie in the order of their times, and each excerpt can be cut at its key frame.
    options = {"preset": "ultrafast", "crf": "18", "forced-idr": "1", "bf": "0"}
    stream = out.add_stream("libx264", rate=Fraction(video.fps).limit_denominator(1001), options=options)
    stream.width, stream.height, stream.pix_fmt = video.width, video.height, "yuv420p"
    stream.time_base = stream.codec_context.time_base = _MILLISECOND
    return stream


def _encode(
    out: av.container.OutputContainer, stream: av.VideoStream, frame: av.VideoFrame, pts: int, *, key: bool
) -> None:
    frame.pts, frame.time_base = pts, _MILLISECOND
    frame.pict_type = PictureType.I if key else PictureType.NONE
    out.mux(stream.encode(frame))


def _frames(source: av.container.InputContainer, trial: ImportTrial) -> Iterator[tuple[av.VideoFrame, float, float]]:
    """The pictures of one trial, with their distance from its start and their own time, both in seconds."""
    assert trial.face_start_s is not None, "only trials with a face are asked for"
    stream = source.streams.video[0]
    base = stream.time_base or _MILLISECOND
    zero = (stream.start_time or 0) * base
    start = Fraction(trial.face_start_s)
    source.seek(int((start + zero) / base), stream=stream)
    for frame in source.decode(stream):
        if frame.pts is None:
            continue
        own = frame.pts * (frame.time_base or base) - zero
        into = own - start
        if into >= trial.duration_s - _GRACE_S:
            return
        if into >= -_GRACE_S:
            yield _upright(frame), max(0.0, float(into)), float(own)


def _upright(frame: av.VideoFrame) -> av.VideoFrame:
    """As a person would see it played, in yuv420p, cut to an even width and height, which the encoder needs."""
    turns = round(frame.rotation / 90) % 4
    if turns == 0 and frame.width % 2 == 0 and frame.height % 2 == 0:
        return frame.reformat(format="yuv420p")
    picture = np.rot90(frame.to_ndarray(format="rgb24"), turns)
    even = np.ascontiguousarray(picture[: picture.shape[0] // 2 * 2, : picture.shape[1] // 2 * 2])
    return av.VideoFrame.from_ndarray(even, format="rgb24").reformat(format="yuv420p")
