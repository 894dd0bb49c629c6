"""Face videos. BIDS 1.11 has no name for them, so they lie in sourcedata/, where it asks for none."""

import shutil
from pathlib import Path
from typing import Any

from collect.bids.sessions import BidsSession
from collect.bids.tables import Row, table

#: A face goes into a data set only with this consent: data sets are made to be passed on.
NEEDED_SCOPE = "publication"
_FRAME_COLUMNS = ("frame", "pts_ms", "run", "onset")


def may_be_passed_on(session: BidsSession) -> bool:
    return NEEDED_SCOPE in session.header.consent.scopes


def face_stem(session: BidsSession) -> str:
    return f"sourcedata/{session.folder}/{session.stem()}_face"


def copy_face(root: Path, session: BidsSession) -> None:
    """Copy the video, which must be there, with a table of its frames on the clock of the events files."""
    source = session.bundle.face_video
    assert source is not None, "asked only for sessions with a face video"
    stem = root / face_stem(session)
    stem.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, stem.with_name(stem.name + source.suffix))
    rows: list[Row] = [
        {"frame": int(frame["frame"]), "pts_ms": float(frame["pts_ms"]), "run": run.number, "onset": run.seconds(host)}
        for run in session.runs
        for frame, host in zip(run.camera_frames, run.camera_frames["host_ns"].tolist(), strict=True)
    ]
    stem.with_name(stem.name + "frames.tsv").write_bytes(table(_FRAME_COLUMNS, rows))


def face_sidecar(session: BidsSession) -> dict[str, Any]:
    camera = session.header.camera
    return {
        "Description": "The participant's face during the session; personal data",
        "Simulated": camera.simulated,
        "ManufacturersModelName": camera.model,
        "VideoCodec": camera.codec,
        "FrameWidth": camera.width_px,
        "FrameHeight": camera.height_px,
        "NominalFrameRate": camera.nominal_fps,
        "frame": {"Description": "Number of the frame in the video, from 0"},
        "pts_ms": {"Description": "Time stamp of the frame in the video", "Units": "ms"},
        "run": {"Description": "Run of the session that the frame belongs to; n/a where the session is one run"},
        "onset": {"Description": "When the frame was taken, as onset in the events file of the run", "Units": "s"},
    }
