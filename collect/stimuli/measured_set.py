"""Measuring a whole stimulus set, and keeping what was found in its manifest and in one luminance file a clip."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from collect.bundle.disk import sha256_of, write_whole
from collect.bundle.errors import DocumentError
from collect.bundle.manifest import Clip, StimulusManifest, parse_manifest
from collect.stimuli.errors import ClipNotMeasurableError, StimulusError
from collect.stimuli.luminance import luminance_csv
from collect.stimuli.manifest import LoadedManifest, load_unmeasured
from collect.stimuli.manifest_editing import Value, with_facts
from collect.stimuli.measuring import ClipMeasures, measure_clip

LUMINANCE_FOLDER = "luminance"
#: How far the length that the manifest says may be from what is measured before it is corrected.
LENGTH_TOLERANCE_S = 0.1


@dataclass(frozen=True)
class MeasuredSet:
    """`clips`: clip id to what was measured, of the clips that have a file."""

    path: Path
    manifest: StimulusManifest
    clips: dict[str, ClipMeasures]


def measure_set(folder: Path, progress: Callable[[int, int], None] | None = None) -> MeasuredSet:
    """Measure every clip and write what was found into the manifest; `folder` holds manifest.yaml (or is that file).

    A manifest may leave out `sha256` and `duration_s`, which are filled in; a digest that is there is never replaced.
    `progress` counts clips. Raises DocumentError, ClipNotMeasurableError or StimulusError before anything is written,
    and StimulusError where the disk does not take it.
    """
    loaded = load_unmeasured(folder)
    digests = {clip.id: _digest(loaded, clip) for clip in loaded.manifest.clips if clip.file is not None}
    measures: dict[str, ClipMeasures] = {}
    facts: dict[int, dict[str, Value]] = {}
    lines: dict[str, bytes] = {}
    for place, clip in enumerate(loaded.manifest.clips):
        path = loaded.clip_file(clip)
        if path is not None:
            try:
                measured = measure_clip(path)
            except ClipNotMeasurableError as error:
                raise loaded.complaint(clip, "file", str(error)) from error
            name = clip.luminance or f"{LUMINANCE_FOLDER}/{clip.id}.csv"
            measures[clip.id] = measured
            lines[name] = luminance_csv(measured.luminance)
            facts[place] = _facts(clip, measured, digests[clip.id], name, hashlib.sha256(lines[name]).hexdigest())
        if progress is not None:
            progress(place + 1, len(loaded.manifest.clips))
    raw = with_facts(loaded.raw, facts)
    manifest = _read_back(loaded, raw, facts)
    _write(loaded.path, raw, lines)
    return MeasuredSet(loaded.path, manifest, measures)


def _digest(loaded: LoadedManifest, clip: Clip) -> str:
    path = loaded.clip_file(clip)
    assert path is not None, "asked only for clips with a file"
    digest = sha256_of(path)
    if clip.sha256 not in (None, digest):
        raise loaded.complaint(
            clip,
            "sha256",
            f"{path} is not the file that was declared, and nothing was measured. Restore the file; or, if this is "
            "another clip on purpose, give it an id of its own and leave 'sha256' out.",
        )
    return digest


def _facts(clip: Clip, measured: ClipMeasures, sha256: str, luminance: str, luminance_sha256: str) -> dict[str, Value]:
    same_length = clip.duration_s is not None and abs(clip.duration_s - measured.duration_s) <= LENGTH_TOLERANCE_S
    return {
        "sha256": sha256,
        "duration_s": clip.duration_s if same_length else measured.duration_s,
        "loudness_lufs": measured.loudness_lufs,
        "peak_dbtp": measured.peak_dbtp,
        "mean_luminance": measured.mean_luminance,
        "luminance": luminance,
        "luminance_sha256": luminance_sha256,
    }


def _read_back(loaded: LoadedManifest, raw: bytes, facts: dict[int, dict[str, Value]]) -> StimulusManifest:
    """The manifest as it will be read; refuses a text in which anything but the facts would change."""
    expected = [clip.model_dump() | facts.get(place, {}) for place, clip in enumerate(loaded.manifest.clips)]
    try:
        manifest = parse_manifest(raw, str(loaded.path))
    except DocumentError as error:
        raise StimulusError(f"{error} This came out of the measuring; {_BY_HAND}") from error
    if [clip.model_dump() for clip in manifest.clips] != expected:
        raise StimulusError(f"{loaded.path}: its clips share text by YAML's '&', '*' or '<<'; {_BY_HAND}")
    return manifest


_BY_HAND = "nothing was written. Write the clips out one by one in plain 'field: value' lines and measure again."


def _write(manifest: Path, raw: bytes, lines: dict[str, bytes]) -> None:
    """The manifest comes last: until it is there, the old one still tells what the set was."""
    try:
        for name, data in lines.items():
            path = manifest.parent / name
            path.parent.mkdir(parents=True, exist_ok=True)
            write_whole(path, data)
        if raw != manifest.read_bytes():
            write_whole(manifest, raw)
    except OSError as error:
        raise StimulusError(
            f"{manifest.parent}: cannot be written ({error.strerror}). Free some space or take the write protection "
            "off, then measure the set again."
        ) from error
