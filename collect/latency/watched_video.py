"""How bright each part of the camera's picture was, frame by frame."""

from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from collect.bundle.format import CAMERA_FRAMES_FILE, FACE_VIDEO_FILE
from collect.bundle.tables import read_table

#: The picture is looked at in so many columns and rows of cells: a mirror may show the screen in a small part of it.
COLUMNS, ROWS = 32, 18


def watched(bundle: Path) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.uint8]]:
    """Host times (frames,), brightness (frames, cells) of cells counted row by row, and the last picture in grey."""
    import cv2

    host_ns = read_table(bundle, CAMERA_FRAMES_FILE, sealed=True)["host_ns"].astype(np.int64)
    cells = []
    grey = np.zeros((ROWS, COLUMNS), np.uint8)
    with av.open(str(bundle / FACE_VIDEO_FILE)) as container:
        for frame in container.decode(video=0):
            grey = np.asarray(frame.to_ndarray(format="gray"), np.uint8)
            cells.append(cv2.resize(grey.astype(np.float32), (COLUMNS, ROWS), interpolation=cv2.INTER_AREA).ravel())
    count = min(len(cells), len(host_ns))
    return host_ns[:count], np.array(cells[:count], np.float64).reshape(count, ROWS * COLUMNS), grey


def marked(grey: NDArray[np.uint8], cells: tuple[int, ...]) -> bytes:
    """The picture as PNG, with these cells framed."""
    import cv2

    picture = cv2.cvtColor(grey, cv2.COLOR_GRAY2BGR)
    height, width = grey.shape
    for cell in cells:
        row, column = divmod(cell, COLUMNS)
        corner = (column * width // COLUMNS, row * height // ROWS)
        other = ((column + 1) * width // COLUMNS - 1, (row + 1) * height // ROWS - 1)
        cv2.rectangle(picture, corner, other, (0, 200, 255), 1)
    return bytes(cv2.imencode(".png", picture)[1])
