"""The stimulus manifest: which clips a set has, what they mean to elicit, where they come from. Version 1."""

from pathlib import PurePosixPath
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from collect.bundle.format import Emotion, Identifier, Sha256
from collect.bundle.yaml_document import parse_document

Text = Annotated[str, Field(min_length=1)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Clip(_Strict):
    """One clip. `file` is relative to the manifest's folder; a clip of an imported session may have no file."""

    id: Identifier
    file: Text | None = None
    sha256: Sha256 | None = None
    #: What the clip is meant to elicit; None where an import does not know.
    emotion: Emotion | None = None
    duration_s: Annotated[float, Field(gt=0)] | None = None
    licence: Text
    source: Text
    #: True for clips that elicit nothing and stand in for a set that a lab has yet to bring.
    placeholder: bool = False
    #: Integrated loudness (EBU R 128) and true peak, where they were measured.
    loudness_lufs: Annotated[float, Field(le=0)] | None = None
    peak_dbtp: float | None = None
    #: Mean relative luminance of the clip's frames, 0 (black) to 1 (white, as the screen can), where it was measured.
    mean_luminance: Annotated[float, Field(ge=0, le=1)] | None = None
    #: The luminance time line (CSV: pts_ms, luminance), relative to the manifest's folder; and its digest.
    luminance: Text | None = None
    luminance_sha256: Sha256 | None = None

    @field_validator("file", "luminance")
    @classmethod
    def _stays_in_the_folder(cls, file: str | None) -> str | None:
        if file is None:
            return None
        parts = file.split("/")
        if "\\" in file or any(part.startswith(".") or not part.strip() for part in parts):
            raise ValueError("expected a file in the manifest's folder, with '/' between folders and without '..'")
        if not file.isprintable() or file in ("manifest.yaml", "manifest.yml"):
            raise ValueError("this cannot be the name of a clip")
        return str(PurePosixPath(file))

    @model_validator(mode="after")
    def _file_has_its_facts(self) -> Self:
        if self.file is not None:
            for name in ("sha256", "duration_s", "emotion"):
                if getattr(self, name) is None:
                    raise ValueError(f"'{name}' is missing: a clip with a file needs it")
        elif self.sha256 is not None:
            raise ValueError("'file' is missing: a digest needs the file that it is of")
        if (self.luminance is None) != (self.luminance_sha256 is None):
            raise ValueError("'luminance' and 'luminance_sha256' go together")
        return self


class StimulusManifest(_Strict):
    format: Literal["duchenne-stimuli"] = "duchenne-stimuli"
    version: Literal[1] = 1
    id: Identifier
    title: Text
    clips: Annotated[tuple[Clip, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _names_are_unique(self) -> Self:
        files = [file for clip in self.clips for file in (clip.file, clip.luminance) if file]
        for what, names in (("id", [clip.id for clip in self.clips]), ("file", files)):
            doubled = next((name for name in names if names.count(name) > 1), None)
            if doubled is not None:
                raise ValueError(f"two clips have the {what} '{doubled}'")
        return self

    def clip(self, clip_id: str) -> Clip | None:
        """The clip of that id, or None."""
        return next((clip for clip in self.clips if clip.id == clip_id), None)


def parse_manifest(raw: bytes, name: str) -> StimulusManifest:
    """Read a manifest's text; `name` is what the messages call the file. Raises DocumentError."""
    return parse_document(raw, name, StimulusManifest)
