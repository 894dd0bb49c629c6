"""Loading a study with its stimuli, and the order of the clips for one participant."""

import hashlib
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from collect.bundle.errors import DocumentError
from collect.bundle.manifest import Clip, StimulusManifest
from collect.bundle.study import Study, parse_study
from collect.bundle.yaml_document import line_of
from collect.stimuli.manifest import LoadedManifest, load_manifest

__all__ = ["LoadedStudy", "Study", "clip_order", "load_study"]


@dataclass(frozen=True)
class LoadedStudy:
    """A study that can be run: every clip it uses has a file. `raw` is the study file byte for byte."""

    study: Study
    sha256: str
    raw: bytes
    path: Path
    stimuli: LoadedManifest
    #: Clip id to file, for the clips that the study uses.
    clip_files: dict[str, Path]

    @property
    def manifest(self) -> StimulusManifest:
        return self.stimuli.manifest

    @property
    def manifest_raw(self) -> bytes:
        return self.stimuli.raw


def load_study(path: Path) -> LoadedStudy:
    """Read a study and the manifest it names. Raises DocumentError, which names file, line and field."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise DocumentError(
            f"{path}: the study cannot be read ({error.strerror}). Give the path of a study file."
        ) from None
    study = parse_study(raw, str(path))
    for device in ("tracker", "camera"):
        if getattr(study, device).kind == "imported":
            line = line_of(raw, (device, "kind"))
            raise DocumentError(
                f"{path}, line {line}, field '{device}.kind': nothing can be recorded with an imported device. "
                "Name the device that the session is to use."
            )
    manifest_path = path.parent / study.stimuli
    if not manifest_path.exists():
        raise DocumentError(
            f"{path}, line {line_of(raw, ('stimuli',))}, field 'stimuli': there is no {manifest_path}. "
            "Name the stimulus manifest, relative to the study file."
        )
    stimuli = load_manifest(manifest_path)
    files: dict[str, Path] = {}
    for index, clip_id in enumerate(_chosen(study, stimuli.manifest)):
        clip = stimuli.manifest.clip(clip_id)
        if clip is None:
            line = line_of(raw, ("clips", index))
            raise DocumentError(
                f"{path}, line {line}, field 'clips[{index}]': {stimuli.path} has no clip '{clip_id}'. "
                f"It has: {', '.join(known.id for known in stimuli.manifest.clips)}."
            )
        file = stimuli.clip_file(clip)
        if file is None:
            raise stimuli.complaint(clip, "file", "is missing: a clip that is to be shown needs its file.")
        files[clip_id] = file
    return LoadedStudy(study, hashlib.sha256(raw).hexdigest(), raw, path, stimuli, files)


def clip_order(study: Study, manifest: StimulusManifest, participant: str) -> tuple[str, ...]:
    """The clip ids in the order of the trials.

    Random orders depend on the participant and on what the study says, and on nothing else, so that a session that
    died goes on in the order it began with. Two clips of one emotion never follow each other where that is possible.
    """
    chosen = _chosen(study, manifest)
    if study.order == "fixed":
        return chosen
    key = hashlib.sha256(study.model_dump_json().encode("utf-8")).hexdigest()

    def drawn(clip_id: str) -> bytes:
        return hashlib.sha256(f"{key}\n{participant}\n{clip_id}".encode()).digest()

    clips = [clip for clip_id in sorted(chosen, key=drawn) if (clip := manifest.clip(clip_id)) is not None]
    return tuple(clip.id for clip in _without_neighbours(clips))


def _chosen(study: Study, manifest: StimulusManifest) -> tuple[str, ...]:
    return study.clips if study.clips is not None else tuple(clip.id for clip in manifest.clips)


def _without_neighbours(clips: list[Clip]) -> list[Clip]:
    """Keep the drawn order as far as it can be kept without two neighbours of one emotion.

    A class that fills more than half of what is left must come next, or its clips would meet at the end.
    """
    left, ordered = list(clips), []
    last: str | None = None
    while left:
        counts = Counter(clip.emotion or clip.id for clip in left)
        pressing = {name for name, count in counts.items() if 2 * count > len(left)}
        allowed = [clip for clip in left if (clip.emotion or clip.id) != last]
        taken = next((clip for clip in allowed if (clip.emotion or clip.id) in pressing), (allowed or left)[0])
        left.remove(taken)
        ordered.append(taken)
        last = taken.emotion or taken.id
    return ordered
