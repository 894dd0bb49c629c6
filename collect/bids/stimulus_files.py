"""What the participants were shown: a table of the clips, their luminance time lines, and the clips where asked for."""

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from collect.bids.errors import BidsSessionError
from collect.bids.sessions import BidsSession
from collect.bids.tables import Row
from collect.bundle.manifest import Clip

CLIPS_TABLE = "stimuli/clips.tsv"
CLIP_COLUMNS = (
    "clip", "emotion", "file", "sha256", "duration_s", "loudness_lufs", "peak_dbtp", "mean_luminance", "luminance",
    "placeholder", "licence", "source",
)  # fmt: skip


def shown_clips(sessions: Sequence[BidsSession]) -> dict[str, tuple[Clip, BidsSession]]:
    """Every clip that a session showed, by its id, with a session that has it.

    Raises BidsSessionError where one id, or one file name, stood for two files.
    """
    clips: dict[str, tuple[Clip, BidsSession]] = {}
    files: dict[str, tuple[Clip, BidsSession]] = {}
    for session in sessions:
        for name in dict.fromkeys(trial.clip for trial in session.bundle.trials):
            clip = session.bundle.manifest.clip(name)
            assert clip is not None, "the reader refuses a trial whose clip the manifest does not have"
            others = [clips.setdefault(name, (clip, session))]
            if clip.file is not None:
                others.append(files.setdefault(clip.file, (clip, session)))
            for other, where in others:
                if other.sha256 != clip.sha256:
                    raise BidsSessionError(
                        f"{session.bundle.folder} and {where.bundle.folder} were shown different files as clip "
                        f"'{name}' ({clip.file}). Export them into data sets of their own."
                    )
    return clips


def clip_rows(clips: dict[str, tuple[Clip, BidsSession]]) -> list[Row]:
    return [
        {
            "clip": clip.id,
            **{name: getattr(clip, name) for name in CLIP_COLUMNS[1:] if name != "luminance"},
            "luminance": None if clip.luminance is None else _luminance_name(clip),
        }
        for clip, _ in sorted(clips.values(), key=lambda entry: entry[0].id)
    ]


def copy_stimuli(root: Path, clips: dict[str, tuple[Clip, BidsSession]], *, with_clips: bool) -> None:
    """Copy time lines and, with_clips, the clips into root/stimuli. Clips without a file in the bundle are left out."""
    for clip, session in clips.values():
        source = session.bundle.folder / "stimuli"
        wanted = {clip.luminance: _luminance_name(clip)} if clip.luminance is not None else {}
        if with_clips and clip.file is not None:
            wanted[clip.file] = clip.file
        for name, target in wanted.items():
            if (source / name).is_file():
                path = root / "stimuli" / target
                path.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(source / name, path)


def _luminance_name(clip: Clip) -> str:
    return f"luminance/{clip.id}.csv"


def clips_sidecar() -> dict[str, Any]:
    return {
        "clip": {"Description": "Identifier of the clip, as in the events files"},
        "emotion": {"Description": "What the clip is meant to elicit"},
        "file": {"Description": "Name of the clip's file; it lies here only where clips were passed on"},
        "sha256": {"Description": "SHA-256 of the clip's file"},
        "duration_s": {"Description": "Length of the clip", "Units": "s"},
        "loudness_lufs": {"Description": "Integrated loudness (EBU R 128)", "Units": "LUFS"},
        "peak_dbtp": {"Description": "True peak (EBU R 128)", "Units": "dBTP"},
        "mean_luminance": {"Description": "Mean relative luminance of the clip's frames, 0 (black) to 1 (white)"},
        "luminance": {"Description": "Its luminance time line, beside this table: pts_ms, luminance"},
        "placeholder": {"Description": "Does the clip only stand in for a real one and elicit nothing?"},
        "licence": {"Description": "What may be done with the clip"},
        "source": {"Description": "Where the clip comes from"},
    }
