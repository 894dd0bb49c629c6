"""All files of one session below a data set's root."""

import json
from pathlib import Path
from typing import Any

from collect.bids.event_files import COLUMNS, event_rows, event_sidecar
from collect.bids.eye_event_files import eye_event_sidecar, write_eye_events
from collect.bids.face_files import copy_face, face_sidecar, face_stem
from collect.bids.gaze_files import gaze_sidecar, recorded_eyes, write_gaze
from collect.bids.runs import Run
from collect.bids.sessions import BidsSession
from collect.bids.tables import table


def write_session(
    root: Path, session: BidsSession, institution: str | None, *, with_clips: bool, with_face: bool
) -> None:
    """Write events, gaze and eye events of every run, and with_face the face video, which must be there."""
    folder = root / session.folder / "beh"
    folder.mkdir(parents=True)
    for run in session.runs:
        _write_run(folder / session.stem(run), session, run, institution, with_clips=with_clips)
    if with_face:
        copy_face(root, session)
        write_sidecar(root / f"{face_stem(session)}.json", face_sidecar(session))


def _write_run(stem: Path, session: BidsSession, run: Run, institution: str | None, *, with_clips: bool) -> None:
    bundle, header = session.bundle, session.header
    rows = event_rows(run, bundle.manifest, with_clips=with_clips)
    _named(stem, "_events.tsv").write_bytes(table(COLUMNS, rows))
    write_sidecar(_named(stem, "_events.json"), event_sidecar(header, bundle.study, institution))
    if not len(run.samples):
        return
    for eye in recorded_eyes(header.tracker):
        recording = f"_recording-{eye.recording}"
        write_gaze(_named(stem, f"{recording}_physio.tsv.gz"), run, eye)
        task = {"TaskName": session.bundle.study.title}
        sidecar = gaze_sidecar(run, eye, header.tracker, header.screen)
        write_sidecar(_named(stem, f"{recording}_physio.json"), task | sidecar)
        if write_eye_events(_named(stem, f"{recording}_physioevents.tsv.gz"), run, eye):
            write_sidecar(_named(stem, f"{recording}_physioevents.json"), task | eye_event_sidecar(run, eye))


def write_sidecar(path: Path, content: dict[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def _named(stem: Path, ending: str) -> Path:
    return stem.with_name(stem.name + ending)
