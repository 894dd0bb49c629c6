"""Loading a stimulus set from its folder; collect.bundle.manifest declares what a manifest says."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Self

from pydantic import Field, model_validator

from collect.bundle.errors import DocumentError
from collect.bundle.manifest import Clip, StimulusManifest, parse_manifest
from collect.bundle.yaml_document import line_of, parse_document

__all__ = ["Clip", "LoadedManifest", "StimulusManifest", "load_manifest", "load_unmeasured", "parse_manifest"]

MANIFEST_NAME = "manifest.yaml"


@dataclass(frozen=True)
class LoadedManifest:
    """A manifest with its text and the place its clips lie at."""

    manifest: StimulusManifest
    path: Path
    raw: bytes

    def clip_file(self, clip: Clip) -> Path | None:
        """Where the clip lies; None for a clip without a file. Raises DocumentError where the file is absent."""
        if clip.file is None:
            return None
        path = self.path.parent / clip.file
        if not path.resolve().is_relative_to(self.path.parent.resolve()):
            raise self.complaint(
                clip, "file", f"'{clip.file}' leads out of the stimulus folder. Copy the clip into it."
            )
        if not path.is_file():
            raise self.complaint(clip, "file", f"there is no file {path}. Put the clip there or correct the name.")
        return path

    def complaint(self, clip: Clip, field: str, what: str) -> DocumentError:
        """An error that points at one field of one clip."""
        line = line_of(self.raw, ("clips", self.manifest.clips.index(clip), field))
        return DocumentError(f"{self.path}, line {line}, clip '{clip.id}', field '{field}': {what}")


class _UnmeasuredClip(Clip):
    """A clip whose file may still lack its digest and its length."""

    @model_validator(mode="after")
    def _file_has_its_facts(self) -> Self:
        if self.file is not None and self.emotion is None:
            raise ValueError("'emotion' is missing: a clip with a file needs it")
        return self


class _UnmeasuredManifest(StimulusManifest):
    clips: Annotated[tuple[_UnmeasuredClip, ...], Field(min_length=1)]


def load_manifest(path: Path) -> LoadedManifest:
    """Read a manifest; `path` is the file or the folder that holds its manifest.yaml. Raises DocumentError."""
    path, raw = _read(path)
    return LoadedManifest(parse_manifest(raw, str(path)), path, raw)


def load_unmeasured(path: Path) -> LoadedManifest:
    """The same, of a manifest in which measuring has yet to fill in digests and lengths. Raises DocumentError."""
    path, raw = _read(path)
    return LoadedManifest(parse_document(raw, str(path), _UnmeasuredManifest), path, raw)


def _read(path: Path) -> tuple[Path, bytes]:
    if path.is_dir():
        path = path / MANIFEST_NAME
    try:
        return path, path.read_bytes()
    except OSError as error:
        raise DocumentError(
            f"{path}: the stimulus manifest cannot be read ({error.strerror}). Give the path of a manifest.yaml; "
            "stimuli/README.md says how to write one."
        ) from None
