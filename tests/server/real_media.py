"""Small real files of the three kinds that a trial has, and a trial that refers to them."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import av
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from sqlalchemy.orm import Session

from annotate.media_store import MediaStore
from annotate.snapshot.format import EYE_EVENT_MEDIA_COLUMNS, GAZE_MEDIA_COLUMNS
from server.db.studies import Stimulus
from server.db.trials import SelfReport, Trial
from tests.server.rows import add_recording, add_task

SECONDS = 2.0
SCREEN = (1280, 720)


def write_video(path: Path, hue: int, seconds: float = SECONDS, size: tuple[int, int] = (320, 180)) -> Path:
    """An H.264 MP4 in which a bright bar moves over a ground of this grey."""
    width, height = size
    with av.open(path, "w", format="mp4", options={"movflags": "+faststart"}) as container:
        stream = container.add_stream("libx264", rate=25, options={"preset": "ultrafast", "g": "25"})
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        frames = round(seconds * 25)
        for i in range(frames):
            picture = np.full((height, width, 3), hue, np.uint8)
            left = round(i / frames * (width - 20))
            picture[40:-40, left : left + 20] = (250, 220, 120)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode())
    return path


def write_gaze(path: Path, seconds: float = SECONDS, rate_hz: int = 500) -> Path:
    """Both eyes on a slow circle, 4 px apart; the right eye is missing in the second half; a blink at 800–900 ms."""
    t = np.arange(0, seconds * 1000, 1000 / rate_hz)
    x = 640 + 300 * np.cos(t / 400)
    y = 360 + 200 * np.sin(t / 400)
    pupil = 900 + 80 * np.sin(t / 700)
    blink = (t >= 800) & (t < 900)
    right_gone = blink | (t > seconds * 500)
    columns = {
        "t_ms": t,
        "left_x": np.where(blink, np.nan, x - 2),
        "left_y": np.where(blink, np.nan, y),
        "left_pupil": np.where(blink, np.nan, pupil),
        "right_x": np.where(right_gone, np.nan, x + 2),
        "right_y": np.where(right_gone, np.nan, y),
        "right_pupil": np.where(right_gone, np.nan, pupil),
    }
    pq.write_table(pa.table({name: columns[name] for name in GAZE_MEDIA_COLUMNS}), path)
    return path


def write_eye_events(path: Path) -> Path:
    """Three fixations of the left eye, one of the right, and a blink that both eyes report at slightly other times."""
    nan = float("nan")
    rows: list[tuple[Any, ...]] = [
        ("fixation", "L", 0.0, 400.0, 700.0, 300.0, nan, nan, 900.0, "tracker"),
        ("fixation", "R", 0.0, 420.0, 704.0, 300.0, nan, nan, 900.0, "tracker"),
        ("saccade", "L", 400.0, 440.0, 700.0, 300.0, 500.0, 420.0, nan, "tracker"),
        ("fixation", "L", 440.0, 800.0, 500.0, 420.0, nan, nan, 900.0, "tracker"),
        ("blink", "L", 800.0, 900.0, nan, nan, nan, nan, nan, "tracker"),
        ("blink", "R", 810.0, 910.0, nan, nan, nan, nan, nan, "tracker"),
        ("fixation", "L", 940.0, 1900.0, 820.0, 380.0, nan, nan, 900.0, "tracker"),
    ]
    table = {name: [row[i] for row in rows] for i, name in enumerate(EYE_EVENT_MEDIA_COLUMNS)}
    pq.write_table(pa.table(table), path)
    return path


@dataclass(frozen=True)
class RealFiles:
    """Where one trial's files lie."""

    face: Path
    clip: Path
    gaze: Path
    events: Path


def write_real_files(folder: Path) -> RealFiles:
    """All files of one trial."""
    return RealFiles(
        write_video(folder / "face.mp4", hue=90, seconds=SECONDS + 0.12),
        write_video(folder / "clip.mp4", hue=40),
        write_gaze(folder / "gaze.parquet"),
        write_eye_events(folder / "events.parquet"),
    )


def add_real_trial(
    session: Session, store: MediaStore, files: RealFiles, *, with_clip: bool = True, **of_recording: Any
) -> Trial:
    """A trial with a face, a clip unless told otherwise, gaze, events, a self-report, and one ER and one FER task."""
    recording = add_recording(session, **of_recording)
    stimulus = Stimulus(
        study_id=recording.study_id,
        clip=f"clip-{uuid4().hex[:8]}",
        emotion="disgust",
        media_sha256=store.put_file(files.clip) if with_clip else None,
        duration_ms=SECONDS * 1000,
    )
    session.add(stimulus)
    session.flush()
    trial = Trial(
        id=uuid4().hex,
        recording_id=recording.id,
        position=1,
        stimulus_id=stimulus.id,
        duration_ms=SECONDS * 1000,
        valid=True,
        face_sha256=store.put_file(files.face),
        face_offset_ms=-120.0,
        gaze_sha256=store.put_file(files.gaze),
        eye_events_sha256=store.put_file(files.events),
    )
    session.add(trial)
    session.flush()
    session.add(SelfReport(trial_id=trial.id, seven="disgust", three="negative", valence=-0.75, arousal=0.25))
    for instrument in ("ER", "FER"):
        add_task(session, trial, instrument, places=2)
    return trial
