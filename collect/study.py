"""Loading a study with its stimuli."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from collect.bundle.errors import DocumentError, Location, field_of
from collect.bundle.manifest import StimulusManifest
from collect.bundle.study import Study, parse_study
from collect.bundle.yaml_document import line_of
from collect.plan.trial_groups import trial_groups
from collect.stimuli.manifest import LoadedManifest, load_manifest

__all__ = ["LoadedStudy", "Study", "load_study"]


@dataclass(frozen=True)
class LoadedStudy:
    """A study that can be run: every clip it uses has a file. `raw` is the study file byte for byte."""

    study: Study
    sha256: str
    raw: bytes
    path: Path
    stimuli: LoadedManifest
    #: Clip id to file, for all clips that the study uses, whatever their role.
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
    for location, clip_id in _named_clips(study, stimuli.manifest):
        clip = stimuli.manifest.clip(clip_id)
        if clip is None:
            raise DocumentError(
                f"{path}, line {line_of(raw, location)}, field '{field_of(location)}': {stimuli.path} has no clip "
                f"'{clip_id}'. It has: {', '.join(known.id for known in stimuli.manifest.clips)}."
            )
        file = stimuli.clip_file(clip)
        if file is None:
            raise stimuli.complaint(clip, "file", "is missing: a clip that is to be shown needs its file.")
        files[clip_id] = file
    if not any(group.clips for group in trial_groups(study, stimuli.manifest)):
        raise DocumentError(
            f"{path}, line {line_of(raw, ('stimuli',))}, field 'stimuli': every clip of {stimuli.path} has another "
            "part in the study (practice, baseline, washout, mood_repair), so that no trial is left. Add clips."
        )
    return LoadedStudy(study, hashlib.sha256(raw).hexdigest(), raw, path, stimuli, files)


def _named_clips(study: Study, manifest: StimulusManifest) -> Iterator[tuple[Location, str]]:
    """Every clip that can be shown, with the place in the study file that names it."""
    for index, clip in enumerate(study.practice):
        yield ("practice", index), clip
    for field in ("baseline", "washout", "mood_repair"):
        single = getattr(study, field)
        if single is not None:
            yield (field,), single
    for number, group in enumerate(trial_groups(study, manifest)):
        for index, clip in enumerate(group.clips):
            yield (("blocks", number, "clips", index) if study.blocks else ("clips", index)), clip
