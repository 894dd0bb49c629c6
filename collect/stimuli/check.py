"""Is a stimulus set fit to be shown? Every clip against its digest and decoded to its last frame."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from collect.bundle.disk import sha256_of
from collect.bundle.errors import DocumentError
from collect.stimuli.errors import ClipNotMeasurableError, LuminanceFileError
from collect.stimuli.luminance import LuminancePoint, read_luminance
from collect.stimuli.manifest import Clip, LoadedManifest, load_manifest
from collect.stimuli.measured_set import LENGTH_TOLERANCE_S
from collect.stimuli.measuring import ClipMeasures, measure_clip

#: Field of the manifest, how far it may be from what is measured (decoders differ a little), and its unit.
_FACTS = (("loudness_lufs", 0.2, " LUFS"), ("peak_dbtp", 0.2, " dBTP"), ("mean_luminance", 0.005, ""))
_SAME_PTS_MS, _SAME_LUMINANCE = 1.0, 0.02
_MEASURE_AGAIN = "Measure the set again: duchenne stimuli measure"


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
    loudness_lufs: float | None = None
    mean_luminance: float | None = None
    problems: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class StimulusReport:
    path: Path
    set_id: str
    clips: tuple[ClipReport, ...]
    #: Ids of clips with a file whose loudness and luminance the manifest does not tell yet.
    unmeasured: tuple[str, ...] = ()

    @property
    def problems(self) -> tuple[str, ...]:
        return tuple(problem for clip in self.clips for problem in clip.problems)

    @property
    def notes(self) -> tuple[str, ...]:
        of_clips = tuple(note for clip in self.clips for note in clip.notes)
        if not self.unmeasured:
            return of_clips
        some = ", ".join(self.unmeasured)
        return (
            *of_clips,
            f"{len(self.unmeasured)} of {len(self.clips)} clips have no luminance in the manifest, so pupils cannot be "
            f"corrected for it ({some}): duchenne stimuli measure {self.path.parent}",
        )

    @property
    def ok(self) -> bool:
        return not self.problems


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
    unmeasured = tuple(clip.id for clip in loaded.manifest.clips if clip.file and clip.luminance is None)
    return StimulusReport(loaded.path, loaded.manifest.id, tuple(reports), unmeasured)


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
        measured = measure_clip(path)
    except ClipNotMeasurableError as error:
        return ClipReport(*known, problems=(*problems, str(loaded.complaint(clip, "file", str(error)))))
    problems += _wrong_length(loaded, clip, measured)
    if digest == clip.sha256:  # of another file the facts must differ, and that is told already
        problems += _wrong_facts(loaded, clip, measured)
    return ClipReport(
        *known,
        measured.codec,
        measured.pixel_format,
        measured.sound,
        measured.width,
        measured.height,
        measured.frames,
        measured.fps,
        measured.duration_s,
        measured.loudness_lufs,
        measured.mean_luminance,
        tuple(problems),
        _notes(clip, measured),
    )


def _wrong_length(loaded: LoadedManifest, clip: Clip, measured: ClipMeasures) -> Iterator[str]:
    if clip.duration_s is not None and abs(measured.duration_s - clip.duration_s) > LENGTH_TOLERANCE_S:
        what = (
            f"the clip lasts {measured.duration_s:.2f} s, not {clip.duration_s:g} s. Write that, or restore the clip."
        )
        yield str(loaded.complaint(clip, "duration_s", what))


def _wrong_facts(loaded: LoadedManifest, clip: Clip, measured: ClipMeasures) -> list[str]:
    """What the manifest says of the clip and is not so. A fact that was never measured is no mistake."""
    wrong = []
    for field, tolerance, unit in _FACTS:
        said, found = getattr(clip, field), getattr(measured, field)
        if said is not None and (found is None or abs(said - found) > tolerance):
            truly = "there is nothing to be heard" if found is None else f"it is {found:g}{unit}"
            what = f"the manifest says {said:g}{unit}, but {truly}. {_MEASURE_AGAIN}"
            wrong.append(str(loaded.complaint(clip, field, what)))
    return [*wrong, *_wrong_time_line(loaded, clip, measured)]


def _wrong_time_line(loaded: LoadedManifest, clip: Clip, measured: ClipMeasures) -> Iterator[str]:
    if clip.luminance is None:
        return
    path = loaded.path.parent / clip.luminance
    if not path.is_file():
        yield str(loaded.complaint(clip, "luminance", f"there is no file {path}. {_MEASURE_AGAIN}"))
        return
    if sha256_of(path) != clip.luminance_sha256:
        what = f"{path} is not the time line that was measured. {_MEASURE_AGAIN}"
        yield str(loaded.complaint(clip, "luminance_sha256", what))
        return
    try:
        points = read_luminance(path)
    except LuminanceFileError as error:
        yield str(loaded.complaint(clip, "luminance", str(error)))
        return
    if not _same_line(points, measured.luminance):
        what = f"{path} is the time line of another clip. {_MEASURE_AGAIN}"
        yield str(loaded.complaint(clip, "luminance", what))


def _same_line(said: tuple[LuminancePoint, ...], found: tuple[LuminancePoint, ...]) -> bool:
    return len(said) == len(found) and all(
        abs(one.pts_ms - other.pts_ms) <= _SAME_PTS_MS and abs(one.luminance - other.luminance) <= _SAME_LUMINANCE
        for one, other in zip(said, found, strict=True)
    )


def _notes(clip: Clip, measured: ClipMeasures) -> tuple[str, ...]:
    notes = []
    if clip.placeholder:
        notes.append(f"clip '{clip.id}' is a placeholder: it elicits nothing.")
    if (measured.codec, measured.pixel_format) != ("h264", "yuv420p"):
        notes.append(
            f"clip '{clip.id}' is {measured.codec} {measured.pixel_format}: raters' browsers may not play it; "
            "H.264 with yuv420p plays everywhere."
        )
    if measured.variable_rate:
        notes.append(f"clip '{clip.id}' has a variable frame rate: frames will be shown when the clip says.")
    if measured.sound is None:
        notes.append(f"clip '{clip.id}' has no sound.")
    elif measured.loudness_lufs is None:
        notes.append(f"clip '{clip.id}' has a sound track in which there is nothing to be heard.")
    return tuple(notes)
