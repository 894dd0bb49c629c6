"""The one writer of camera/face.mkv and camera/frames.csv, for real and simulated cameras alike.

The video's time stamps are the true host times of the frames, so its frame rate varies as the camera's did. Matroska is
written in clusters of half a second; a line of frames.csv is written only when its frame's cluster has left this
process. So when the writer is killed, at most about a second is lost, and every line has its frame.
"""

import os
from collections import deque
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

import av
import av.bitstream
import numpy as np
from numpy.typing import NDArray

from collect.bundle.disk import BackgroundSync
from collect.bundle.errors import BundleBrokenError, BundleWriteError
from collect.bundle.format import CAMERA_FRAME_COLUMNS, CAMERA_FRAMES_FILE, FACE_VIDEO_FILE
from collect.bundle.rows import camera_frame_line, complete_part, header_line

CODEC = "h264"
_CLUSTER_MS = 500
#: x264's constant rate factor; 23 is its own choice.
_CRF = "23"
_MILLISECOND = Fraction(1, 1000)
#: FFmpeg's numbers for SMPTE 170M and for luma from 16 to 235.
_BT601, _LIMITED = 6, 1
_NS_PER_MS = 1_000_000
#: After a reboot host times begin anew; the video then goes on this long after its last frame.
_REBOOT_GAP_MS = 1000


class FaceVideoWriter:
    """One open face video. Use as a context manager, or call `close`.

    A video that is there already is gone on with, as when a session that had died is resumed.
    """

    def __init__(
        self, bundle_folder: Path, width: int, height: int, fps: float, *,
        preset: str = "ultrafast", durable: bool = True,
    ) -> None:  # fmt: skip
        """
        :param width, height: pixels of the frames, both even. :param fps: nominal; only the encoder's rate control and
            the distance of key frames (one second) depend on it. :param preset: of x264, see `encoder_choice`.
        :param durable: let the disk confirm each cluster in the background, against power cuts.
        :raises BundleBrokenError: the bundle holds a video of another size. :raises BundleWriteError: the disk refuses.
        """
        if width % 2 or height % 2:
            raise ValueError(f"a face video's width and height must be even, not {width}×{height}")
        self.width, self.height, self.fps = width, height, fps
        self.frames = 0
        self._preset = preset
        self._video_path, self._table_path = bundle_folder / FACE_VIDEO_FILE, bundle_folder / CAMERA_FRAMES_FILE
        self._partial_path = self._video_path.with_name(self._video_path.name + ".partial")
        self._pending: deque[str] = deque()
        self._origin_ns: int | None = None
        self._last_pts_ms = -1
        self._size = 0
        self._closed = False
        self._guard(self._open)
        self._sync = BackgroundSync([self._video_file, self._table]) if durable else None

    def write(self, image: NDArray[np.uint8], device_ns: int | None, host_ns: int, keyframe: bool = False) -> None:
        """Append one frame.

        :param image: (height, width, 3) BGR, or (height * 3 / 2, width) I420; uint8.
        :param device_ns: the camera's own time, None where it has none. :param host_ns: host time of the exposure.
        :param keyframe: begin a group of pictures here, so that the video can be cut before this frame.
        :raises BundleWriteError: the disk did not take it.
        """
        frame = _video_frame(image, self._pts_ms(host_ns), keyframe)
        self._pending.append(camera_frame_line(self.frames, self._last_pts_ms, device_ns, host_ns))
        self.frames += 1
        self._guard(lambda: self._mux(self._stream.encode(frame)))

    def close(self) -> None:
        """Finish both files; they are on disk afterwards. May be called twice."""
        if self._closed:
            return
        self._closed = True
        try:
            self._guard(self._finish)
        finally:
            if self._sync is not None:
                self._sync.close()
            self._table.close()
            self._video_file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _finish(self) -> None:
        if self.frames:
            self._mux(self._stream.encode(None))
        self._container.close()
        self._rename()
        self._write_rows(len(self._pending))
        if self._sync is not None:
            self._sync.wait()

    # --- opening ---

    def _open(self) -> None:
        self._video_path.parent.mkdir(parents=True, exist_ok=True)
        rows = _rows(self._table_path)
        earlier = _packets(self._video_path, self.width, self.height)[: len(rows)] if rows else []
        self._table: IO[bytes] = self._table_path.open("wb" if not earlier else "rb+")
        text = header_line(CAMERA_FRAME_COLUMNS).encode() + b"".join(rows[: len(earlier)])
        self._table.write(text)
        self._table.truncate()
        self._table.flush()
        self._container, self._stream = self._new_container()
        self._video_file: IO[bytes] = self._partial_path.open("rb+")
        if earlier:
            self._go_on(earlier, rows[len(earlier) - 1])
        else:
            self._rename()

    def _new_container(self) -> tuple[Any, Any]:
        container = av.open(
            str(self._partial_path), "w", format="matroska",
            options={"cluster_time_limit": str(_CLUSTER_MS), "flush_packets": "1"},
        )  # fmt: skip
        stream = container.add_stream("libx264", rate=round(self.fps))
        _configure(stream.codec_context, self.width, self.height, self.fps, self._preset)
        container.start_encoding()
        return container, stream

    def _go_on(self, packets: list[Any], last_row: bytes) -> None:
        """Copy the earlier packets; the new file takes the old one's place once they have all been written."""
        for packet in packets:
            packet.stream = self._stream
            self._container.mux_one(packet)
        number, pts_ms, _, host_ns = last_row.decode().strip().split(",")
        self.frames = int(number) + 1
        self._last_pts_ms, self._last_host_ns = round(float(pts_ms)), int(host_ns)
        self._size = self._file_size()

    # --- writing ---

    def _pts_ms(self, host_ns: int) -> int:
        if self._origin_ns is None:
            self._origin_ns = self._first_origin_ns(host_ns)
        self._last_pts_ms = max(round((host_ns - self._origin_ns) / _NS_PER_MS), self._last_pts_ms + 1)
        return self._last_pts_ms

    def _first_origin_ns(self, host_ns: int) -> int:
        if self._last_pts_ms < 0:
            return host_ns
        if host_ns > self._last_host_ns:
            return self._last_host_ns - self._last_pts_ms * _NS_PER_MS
        return host_ns - (self._last_pts_ms + _REBOOT_GAP_MS) * _NS_PER_MS

    def _mux(self, packets: list[Any]) -> None:
        for packet in packets:
            self._container.mux_one(packet)
            size = self._file_size()
            if size > self._size:
                # The file grows when a packet begins a new cluster: all packets before this one are out.
                self._size = size
                self._rename()
                self._write_rows(len(self._pending) - 1)

    def _write_rows(self, count: int) -> None:
        self._table.write("".join(self._pending.popleft() for _ in range(count)).encode())
        self._table.flush()
        if self._sync is not None and not self._closed:
            self._sync.request()

    def _rename(self) -> None:
        if self._partial_path.exists():
            self._partial_path.replace(self._video_path)

    def _file_size(self) -> int:
        return os.fstat(self._video_file.fileno()).st_size

    def _guard(self, action: Callable[[], None]) -> None:
        try:
            action()
        except OSError as error:  # PyAV's errors of the system are OSErrors too
            raise BundleWriteError(
                f"{self._video_path}: the disk did not take the face video ({error.strerror}). What was written before"
                " is kept; free some space or repair the disk, then resume the session."
            ) from error


class VideoEncoder:
    """The same encoder without a file, for trying how much of a machine it takes."""

    def __init__(self, width: int, height: int, fps: float, preset: str) -> None:
        context: Any = av.CodecContext.create("libx264", "w")
        context.framerate = round(fps)
        _configure(context, width, height, fps, preset)
        self._context = context

    def encode(self, image: NDArray[np.uint8], pts_ms: int) -> None:
        """One picture, as in `FaceVideoWriter.write`."""
        self._context.encode(_video_frame(image, pts_ms, keyframe=False))


def _configure(context: Any, width: int, height: int, fps: float, preset: str) -> None:
    context.width, context.height, context.pix_fmt = width, height, "yuv420p"
    context.time_base = _MILLISECOND
    # Said in the file, for players guess the colours of large pictures wrongly: BT.601, limited range.
    context.colorspace, context.color_range = _BT601, _LIMITED
    context.gop_size = max(1, round(fps))
    # One thread: the lab PC has other things to do. Each key frame carries its own parameters, for a session that is
    # resumed may go on with another preset.
    context.options = {
        "preset": preset, "tune": "zerolatency", "crf": _CRF, "forced-idr": "1", "threads": "1",
        "x264-params": "repeat-headers=1",
    }  # fmt: skip


def _video_frame(image: NDArray[np.uint8], pts_ms: int, keyframe: bool) -> Any:
    frame = av.VideoFrame.from_ndarray(image if image.ndim == 2 else _i420(image), format="yuv420p")
    frame.pts, frame.time_base = pts_ms, _MILLISECOND
    if keyframe:
        frame.pict_type = av.video.frame.PictureType.I
    return frame


def _i420(bgr: NDArray[np.uint8]) -> NDArray[Any]:
    # OpenCV rounds here, where FFmpeg's converter cuts off and so tints grey; it is also twice as fast.
    import cv2

    return cv2.cvtColor(bgr, cv2.COLOR_BGR2YUV_I420)


def _rows(table: Path) -> list[bytes]:
    """The whole lines of an earlier frames.csv, without the column names."""
    return complete_part(table.read_bytes()).splitlines(keepends=True)[1:] if table.is_file() else []


def _packets(video: Path, width: int, height: int) -> list[Any]:
    """All packets of an earlier video that can be read, in the form that an encoder would give them."""
    if not video.is_file():
        return []
    packets: list[Any] = []
    try:
        with av.open(str(video)) as container:
            stream = container.streams.video[0]
            if (stream.width, stream.height) != (width, height):
                raise BundleBrokenError(
                    f"{video}: the video has {stream.width}×{stream.height} pixels, the camera now gives"
                    f" {width}×{height}. Set the camera as it was, then resume the session."
                )
            plain = av.bitstream.BitStreamFilterContext("h264_mp4toannexb", stream)
            for packet in container.demux(stream):
                if packet.size:
                    packets += plain.filter(packet)
    except (av.error.FFmpegError, IndexError):
        # The end of a file whose writer died; what came before it counts.
        pass
    return packets
