"""Cutting one trial's face video out of a session's, without encoding it anew.

A cut can only begin at a key frame, so it begins at the last one at or before the clip and is usually a little too
early; the caller is told which frame is the first. Browsers play H.264 in MP4, so that is what is written: the video
alone, without sound or metadata, its index in front, its first frame at 0.
"""

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av

from server.sessions.errors import FaceVideoError

_CODEC = "h264"
_BITEXACT: Any = av.container.Flags.bitexact.value


@dataclass(frozen=True)
class FaceVideo:
    """A session's face video and where it can be cut. Times in ms on the video's own clock."""

    path: Path
    key_frames_ms: tuple[float, ...]


def index_face_video(path: Path) -> FaceVideo:
    """Find the key frames, without decoding. Raises FaceVideoError if it is no H.264 video that can be read."""
    try:
        with av.open(str(path)) as container:
            stream = _video_of(container, path)
            keys = sorted(_ms(packet.pts, stream) for packet in container.demux(stream) if _is_key(packet))
    except av.FFmpegError as error:
        raise FaceVideoError(f"{path}: cannot be read as a video ({error}); ask for an intact copy") from error
    if not keys:
        raise FaceVideoError(f"{path}: has no key frame, so it shows nothing; ask for an intact copy")
    return FaceVideo(path, tuple(keys))


def cut_face_video(video: FaceVideo, first_ms: float, last_ms: float, target: Path) -> float | None:
    """Write the frames from the key frame at or before `first_ms` to `last_ms` as an MP4 at `target`.

    Returns the time of the first frame that was written, in ms on the clock of `video`; None, and no file, where the
    video ends before the first key frame that could be used. Raises FaceVideoError.
    """
    start_ms = max((key for key in video.key_frames_ms if key <= first_ms + 0.5), default=video.key_frames_ms[0])
    if start_ms > last_ms:
        return None
    try:
        with av.open(str(video.path)) as source:
            stream = _video_of(source, video.path)
            packets = _packets_of_cut(source, stream, start_ms, last_ms)
            if not packets:
                return None
            with av.open(str(target), "w", format="mp4", options={"movflags": "+faststart"}) as sink:
                sink.flags |= int(_BITEXACT)  # no name of the program that wrote it, no time
                copy = sink.add_stream_from_template(stream, opaque=True)
                copy.metadata.clear()
                _mux(packets, sink, copy)
    except av.FFmpegError as error:
        raise FaceVideoError(f"{video.path}: cannot be cut ({error}); ask for an intact copy") from error
    return start_ms


def _packets_of_cut(source: Any, stream: Any, start_ms: float, last_ms: float) -> list[Any]:
    """The packets of the cut in the order of decoding.

    Up to the last one that is shown by `last_ms`: what is decoded before it and shown after it is there because it is
    referred to.
    """
    source.seek(round(Fraction(start_ms) / 1000 / stream.time_base), stream=stream, backward=True)
    packets: list[Any] = []
    for packet in source.demux(stream):
        if packet.pts is None or packet.size == 0:
            continue
        shown_ms = _ms(packet.pts, stream)
        if not packets and not (_is_key(packet) and abs(shown_ms - start_ms) < 0.5):
            continue  # the seek went to an earlier place, as in files whose writer died before it wrote an index
        if _is_key(packet) and shown_ms > last_ms + 0.5:
            break
        if not packets or packet.pts >= packets[0].pts:  # else: made from frames that are not in the cut
            packets.append(packet)
    while packets and _ms(packets[-1].pts, stream) > last_ms + 0.5:
        packets.pop()
    return packets


def _mux(packets: list[Any], sink: Any, copy: Any) -> None:
    """Write the packets with the first one shown at 0.

    Matroska keeps no decoding times, so they are made anew: the showing times in order, early enough for every frame.
    """
    start = packets[0].pts
    shown = [packet.pts - start for packet in packets]
    decoded = sorted(shown)
    ahead = max(0, *(early - late for early, late in zip(decoded, shown, strict=True)))
    for packet, pts, dts in zip(packets, shown, decoded, strict=True):
        packet.pts, packet.dts, packet.stream = pts, dts - ahead, copy
        sink.mux(packet)


def _video_of(container: Any, path: Path) -> Any:
    if not container.streams.video:
        raise FaceVideoError(f"{path}: holds no video; ask for an intact copy")
    stream = container.streams.video[0]
    if stream.codec_context.name != _CODEC:
        raise FaceVideoError(
            f"{path}: is encoded as {stream.codec_context.name}, expected {_CODEC}, which browsers play; "
            "encode it as H.264 before it is imported"
        )
    return stream


def _is_key(packet: Any) -> bool:
    return bool(packet.is_keyframe) and packet.pts is not None and packet.size > 0


def _ms(ticks: int, stream: Any) -> float:
    return float(ticks * stream.time_base * 1000)
