"""Is a stimulus set fit to be shown? Every clip against its digest and decoded to its last frame."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import av

from collect.bundle.disk import sha256_of
from collect.bundle.errors import DocumentError
from collect.stimuli.manifest import Clip, LoadedManifest, load_manifest

#: How far a clip's length may be from what the manifest says.
_TOLERANCE_S = 0.1


@dataclass(frozen=True)
class ClipReport:
    """What one clip is. Numbers are of the decoded frames, not of what the file's head claims; None where unknown."""

    id: str
    file: str | None
    emotion: str | None
    placeholder: bool
    codec: str | None = None
    pixel_format: str | None = None
    sound: str | None = None
    width: int | None = None
    height: int | None = None
    frames: int | None = None
    fps: float | None = None
    duration_s: float | None = None
    problems: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class StimulusReport:
    path: Path
    set_id: str
    clips: tuple[ClipReport, ...]

    @property
    def problems(self) -> tuple[str, ...]:
        return tuple(problem for clip in self.clips for problem in clip.problems)

    @property
    def notes(self) -> tuple[str, ...]:
        return tuple(note for clip in self.clips for note in clip.notes)

    @property
    def ok(self) -> bool:
        return not self.problems


@dataclass(frozen=True)
class _Decoded:
    codec: str
    pixel_format: str
    sound: str | None
    width: int
    height: int
    times_s: tuple[float, ...]
    frame_s: float

    @property
    def duration_s(self) -> float:
        return self.times_s[-1] - self.times_s[0] + self.frame_s


def check_stimuli(folder: Path, progress: Callable[[int, int], None] | None = None) -> StimulusReport:
    """Check a set; `folder` holds its manifest.yaml (or is that file). `progress` counts clips.

    Raises DocumentError for a manifest that cannot be read; what is wrong with clips stands in the report, each
    problem with the manifest's line, the clip, the field and what to do.
    """
    loaded = load_manifest(folder)
    reports = []
    for done, clip in enumerate(loaded.manifest.clips, start=1):
        reports.append(_check_clip(loaded, clip))
        if progress is not None:
            progress(done, len(loaded.manifest.clips))
    return StimulusReport(loaded.path, loaded.manifest.id, tuple(reports))


def _check_clip(loaded: LoadedManifest, clip: Clip) -> ClipReport:
    known = (clip.id, clip.file, clip.emotion, clip.placeholder)
    try:
        path = loaded.clip_file(clip)
    except DocumentError as error:
        return ClipReport(*known, problems=(str(error),))
    if path is None:
        return ClipReport(
            *known, notes=(f"clip '{clip.id}' has no file: it can be rated for ER only where its face is.",)
        )
    problems = []
    digest = sha256_of(path)
    if digest != clip.sha256:
        what = f"{path} is not the file that was declared. Restore it, or write its own digest here: {digest}"
        problems.append(str(loaded.complaint(clip, "sha256", what)))
    try:
        decoded = _decode(path)
    except (av.FFmpegError, IndexError, ValueError) as error:
        what = f"{path} cannot be shown: {_in_words(error)}. Export the clip anew as H.264 with AAC sound in MP4."
        return ClipReport(*known, problems=(*problems, str(loaded.complaint(clip, "file", what))))
    if clip.duration_s is not None and abs(decoded.duration_s - clip.duration_s) > _TOLERANCE_S:
        what = f"the clip lasts {decoded.duration_s:.2f} s, not {clip.duration_s:g} s. Write that, or restore the clip."
        problems.append(str(loaded.complaint(clip, "duration_s", what)))
    return ClipReport(
        *known,
        decoded.codec,
        decoded.pixel_format,
        decoded.sound,
        decoded.width,
        decoded.height,
        len(decoded.times_s),
        round(len(decoded.times_s) / decoded.duration_s, 3),
        round(decoded.duration_s, 3),
        tuple(problems),
        _notes(clip, decoded),
    )


def _notes(clip: Clip, decoded: _Decoded) -> tuple[str, ...]:
    notes = []
    if clip.placeholder:
        notes.append(f"clip '{clip.id}' is a placeholder: it elicits nothing.")
    if (decoded.codec, decoded.pixel_format) != ("h264", "yuv420p"):
        notes.append(
            f"clip '{clip.id}' is {decoded.codec} {decoded.pixel_format}: raters' browsers may not play it; "
            "H.264 with yuv420p plays everywhere."
        )
    steps = [after - before for before, after in zip(decoded.times_s, decoded.times_s[1:], strict=False)]
    if steps and max(steps) - min(steps) > 0.5 * decoded.frame_s:
        notes.append(f"clip '{clip.id}' has a variable frame rate: frames will be shown when the clip says.")
    if decoded.sound is None:
        notes.append(f"clip '{clip.id}' has no sound.")
    return tuple(notes)


def _decode(path: Path) -> _Decoded:
    """Decode every frame of picture and sound. Raises av.FFmpegError, IndexError (no video), ValueError (no frame)."""
    with av.open(str(path)) as container:
        video = container.streams.video[0]
        video.thread_type = "AUTO"
        sounds = container.streams.audio
        times = []
        for frame in container.decode(*([video, sounds[0]] if sounds else [video])):
            if isinstance(frame, av.VideoFrame):
                if frame.time is None:
                    raise ValueError("a frame has no time stamp")
                times.append(float(frame.time))
        if not times:
            raise ValueError("it holds no picture")
        rate = video.average_rate or video.guessed_rate
        frame_s = float(1 / rate) if rate else 0.0
        context = video.codec_context
        sound = sounds[0].codec_context.name if sounds else None
        return _Decoded(
            context.name, context.pix_fmt or "unknown", sound, context.width, context.height, tuple(times), frame_s
        )


def _in_words(error: Exception) -> str:
    if isinstance(error, IndexError):
        return "it has no video stream"
    return str(getattr(error, "strerror", None) or error)
