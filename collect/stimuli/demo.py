"""The demonstration set: one placeholder clip for each emotion, drawn and sounded here, and a study that shows them.

No clip of it elicits anything, and each says so on every frame. The set is for trying the whole way from a session to
a trained model; a lab brings its own clips (stimuli/README.md).
"""

import shutil
from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

import yaml

from collect.bundle.disk import sha256_of, write_whole
from collect.stimuli.clip_file import write_clip
from collect.stimuli.errors import StimulusError
from collect.stimuli.manifest import MANIFEST_NAME
from collect.stimuli.measured_set import measure_set
from collect.stimuli.scenes import FPS, SCENES, Scene, picture
from collect.stimuli.tones import tune

STUDY_NAME = "study.yaml"
WIDTH, HEIGHT = 640, 360
_STUDY_TEMPLATE = Path(__file__).with_name("demo_study.yaml")


def make_demo_set(folder: Path, progress: Callable[[int, int], None] | None = None) -> Path:
    """Write the clips, their manifest and a study into a new folder; returns the path of the study.

    `progress` counts clip frames. The folder appears whole or not at all. Raises StimulusError.
    """
    if folder.exists() or folder.is_symlink():
        raise StimulusError(f"{folder}: exists already. Nothing was written; choose another folder.")
    partial = folder.with_name(f".{folder.name}.{uuid4().hex[:8]}.partial")
    frames_in_all = sum(scene.seconds for scene in SCENES) * FPS
    done = 0

    def tell() -> None:
        nonlocal done
        done += 1
        if progress is not None:
            progress(done, frames_in_all)

    try:
        partial.mkdir(parents=True)
        clips = [_make_clip(partial, scene, tell) for scene in SCENES]
        manifest = yaml.safe_dump(_manifest(clips), sort_keys=False, width=110)
        write_whole(partial / MANIFEST_NAME, manifest.encode())
        write_whole(partial / STUDY_NAME, _STUDY_TEMPLATE.read_bytes())
        measure_set(partial)
        partial.rename(folder)
    except OSError as error:
        raise StimulusError(
            f"{folder}: cannot be written ({error.strerror}). Free some space or choose another."
        ) from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return folder / STUDY_NAME


def _make_clip(folder: Path, scene: Scene, tell: Callable[[], None]) -> dict[str, object]:
    path = folder / f"placeholder-{scene.emotion}.mp4"
    pictures = (picture(scene, index / FPS, WIDTH, HEIGHT) for index in range(scene.seconds * FPS))
    write_clip(
        path, pictures, tune(scene.notes, scene.note_s, scene.harshness, scene.seconds), FPS, WIDTH, HEIGHT, tell
    )
    return {
        "id": path.stem,
        "file": path.name,
        "sha256": sha256_of(path),
        "emotion": scene.emotion,
        "duration_s": float(scene.seconds),
        "licence": "CC0-1.0",
        "source": "drawn by collect.stimuli.demo; elicits nothing",
        "placeholder": True,
    }


def _manifest(clips: list[dict[str, object]]) -> dict[str, object]:
    return {
        "format": "duchenne-stimuli",
        "version": 1,
        "id": "duchenne-demo",
        "title": "Placeholders for trying Duchenne; they elicit nothing",
        "clips": clips,
    }
