"""Is every clip of the study the declared file, whole, and within the study's limits?"""

from collections.abc import Callable, Iterator
from pathlib import Path

from collect.bundle.disk import sha256_of
from collect.bundle.limits import StimulusLimits
from collect.bundle.manifest import Clip
from collect.bundle.yaml_document import line_of
from collect.checking.finding import Finding, fail, ok, warn
from collect.stimuli.errors import ClipNotMeasurableError
from collect.stimuli.measuring import ClipMeasures, measure_clip
from collect.study import LoadedStudy

#: How far a clip's length may be from what the manifest says.
_TOLERANCE_S = 0.1
#: A true peak above this is heard as distortion once it was decoded (EBU R 128 allows no more).
_LOUDEST_PEAK_DBTP = -1.0


def check_clips(
    loaded: LoadedStudy, progress: Callable[[int, int], None] | None = None
) -> tuple[list[Finding], dict[str, ClipMeasures]]:
    """One finding for each clip that is well, and one for each fault of another; and what was measured, by clip.

    Every clip is decoded to its last frame, whatever its role. `progress` counts seconds of clip.
    """
    clips = [clip for clip in loaded.manifest.clips if clip.id in loaded.clip_files]
    total = sum(clip.duration_s or 0.0 for clip in clips)
    findings, measured, done = [], {}, 0.0
    for clip in clips:
        length = clip.duration_s or 0.0

        def decoded(frame: int, of: int, before: float = done, length: float = length) -> None:
            if progress is not None:
                progress(int(before + length * frame / max(of, 1)), max(1, round(total)))

        faults, measures = _check_clip(loaded, clip, decoded)
        done += length
        if measures is not None:
            measured[clip.id] = measures
        findings += faults or [ok(f"clip {clip.id}", _in_words(measures))]
    findings += _loudness_together(loaded.study.limits.stimuli, measured)
    if progress is not None:
        progress(max(1, round(total)), max(1, round(total)))
    return findings, measured


def _check_clip(
    loaded: LoadedStudy, clip: Clip, progress: Callable[[int, int], None]
) -> tuple[list[Finding], ClipMeasures | None]:
    name, path = f"clip {clip.id}", loaded.clip_files[clip.id]
    findings = []
    digest = sha256_of(path)
    if digest != clip.sha256:
        todo = f"Restore it, or write its own digest ({_place(loaded, clip, 'sha256')}): {digest}"
        findings.append(fail(name, f"{path.name} is not the file that was declared", todo))
    try:
        measures = measure_clip(path, progress)
    except ClipNotMeasurableError as error:
        found, _, todo = str(error).partition(". ")
        return [*findings, fail(name, found, todo)], None
    length = clip.duration_s
    if length is not None and abs(measures.duration_s - length) > _TOLERANCE_S:
        what = f"lasts {measures.duration_s:.2f} s, and {length:g} s were declared"
        todo = f"Restore a clip that was cut off, or correct the manifest ({_place(loaded, clip, 'duration_s')})."
        findings.append(fail(name, what, todo))
    findings += _against_limits(name, measures, loaded.study.limits.stimuli)
    findings += _oddities(name, clip, measures)
    return findings, measures


def _against_limits(name: str, measures: ClipMeasures, limits: StimulusLimits) -> Iterator[Finding]:
    elsewhere = "or change the study's limits.stimuli"
    if measures.codec not in limits.codecs:
        allowed = ", ".join(limits.codecs)
        yield fail(name, f"its codec is {measures.codec}", f"Export it in one of {allowed}, {elsewhere}.codecs.")
    if measures.fps > limits.max_fps * 1.001:
        found = f"{measures.fps:g} frames a second, and {limits.max_fps:g} are the limit"
        yield fail(name, found, f"Export it at a lower rate, {elsewhere}.max_fps.")
    loudness = limits.loudness_lufs
    if loudness is not None and measures.loudness_lufs is not None:
        quietest, loudest = loudness
        if not quietest <= measures.loudness_lufs <= loudest:
            far = "loud" if measures.loudness_lufs > loudest else "quiet"
            found = f"too {far}: {measures.loudness_lufs:.1f} LUFS, accepted is {quietest:g} to {loudest:g}"
            yield fail(name, found, f"Level its sound (ffmpeg's filter loudnorm), {elsewhere}.loudness_lufs.")
    luminance = limits.luminance
    if luminance is not None and not luminance[0] <= measures.mean_luminance <= luminance[1]:
        far = "bright" if measures.mean_luminance > luminance[1] else "dark"
        least, most = luminance
        found = f"too {far}: mean luminance {measures.mean_luminance:.3f}, accepted is {least:g} to {most:g}"
        yield fail(name, found, f"Choose another clip: pupils follow its light; {elsewhere}.luminance.")


def _oddities(name: str, clip: Clip, measures: ClipMeasures) -> Iterator[Finding]:
    if clip.placeholder:
        yield warn(name, f"a placeholder: it elicits nothing; {_in_words(measures)}", "Bring a stimulus set.")
    if measures.sound is not None and measures.loudness_lufs is None:
        yield warn(name, "its sound is silent throughout", "Listen to it; export it anew if it should be heard.")
    if measures.peak_dbtp is not None and measures.peak_dbtp > _LOUDEST_PEAK_DBTP:
        found = f"its sound peaks at {measures.peak_dbtp:+.1f} dBTP, which may distort"
        yield warn(name, found, f"Lower it to {_LOUDEST_PEAK_DBTP:g} dBTP or less.")
    if measures.variable_rate:
        yield warn(name, "its frame rate varies", "It is shown so; export it at a constant rate if that is not meant.")


def _loudness_together(limits: StimulusLimits, measured: dict[str, ClipMeasures]) -> Iterator[Finding]:
    heard = {clip: one.loudness_lufs for clip, one in measured.items() if one.loudness_lufs is not None}
    if limits.loudness_spread_lu is None or len(heard) < 2:
        return
    quietest, loudest = min(heard, key=heard.__getitem__), max(heard, key=heard.__getitem__)
    spread = heard[loudest] - heard[quietest]
    found = f"{spread:.1f} LU between {quietest} and {loudest}, accepted is {limits.loudness_spread_lu:g}"
    if spread > limits.loudness_spread_lu:
        yield fail("loudness", found, "Level the clips' sound, or change limits.stimuli.loudness_spread_lu.")
    else:
        yield ok("loudness", found)


def _in_words(measures: ClipMeasures | None) -> str:
    assert measures is not None, "a clip without a fault was measured"
    sound = "no sound" if measures.sound is None else "silent"
    if measures.loudness_lufs is not None:
        sound = f"{measures.loudness_lufs:.1f} LUFS"
    return (
        f"{measures.codec} {measures.width} × {measures.height}, {measures.fps:g} frames/s, "
        f"{measures.duration_s:.2f} s, {sound}, luminance {measures.mean_luminance:.3f}"
    )


def _place(loaded: LoadedStudy, clip: Clip, field: str) -> str:
    """Where the manifest says it, such as 'manifest.yaml, line 7'."""
    line = line_of(loaded.manifest_raw, ("clips", loaded.manifest.clips.index(clip), field))
    return f"{Path(loaded.stimuli.path).name}, line {line}"
