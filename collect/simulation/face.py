"""A moving face: one participant's portrait, warped frame by frame by what it shows.

All that is slow is done once for a participant: textures, and for each emotion the exact inverse warp at a few levels
of strength on a coarse grid. A frame is then a mixture of two such warps, one remapping, and noise from a bank.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from collect.bundle.format import Emotion
from collect.simulation.expression import portrait_shape, shape
from collect.simulation.face_look import FaceLook, coloured, proportioned
from collect.simulation.face_paint import PaintedFace, painted
from collect.simulation.portrait import ANCHORS, FACE_CENTRE, TEXTURE_SCALE, Image, Mask, portrait, to_texture

CAPTION = "SIMULATED"
#: Output pixels between two points of the coarse grid.
_CELL = 8
_NOISE = 1.2
_LEVELS = np.array([0.0, 0.35, 0.7, 1.0])
#: Portrait pixels that the height of the picture shows.
_VIEW_HEIGHT = 212.0
#: Where the head turns.
_NECK_Y = 190.0
#: The head's top above that, and the longest way of a landmark from calm to apex.
_NECK_TO_TOP, _GREATEST_MOVE = 174.0, 15.0
#: A face that has moved less than this many pixels of the picture is not rendered anew; its noise is.
_STILL_PX = 0.3
_NOISE_SPARE = 96
#: A mouth that opens is open at once and then widens: textures run ahead of the warp.
_TEXTURE_LEAD = 1.6
#: The part of the texture, in portrait pixels, that differs between emotions: left, top, right, bottom.
_FACE_BOX = (180, 76, 276, 184)


@dataclass(frozen=True)
class FacePose:
    """What one frame shows. `level` 0 … 1; `lids` 0 open … 1 closed; moves in portrait pixels; `roll` in radians."""

    emotion: Emotion
    felt: bool
    level: float
    lids: float = 0.0
    move_x: float = 0.0
    move_y: float = 0.0
    roll: float = 0.0
    brightness: float = 1.0


def _apart_px(a: FacePose, b: FacePose) -> float:
    """About how far, in portrait pixels, the picture's points lie apart at most between two poses."""
    if (a.emotion, a.felt, a.lids) != (b.emotion, b.felt, b.lids):
        return float("inf")
    head = abs(a.move_x - b.move_x) + abs(a.move_y - b.move_y) + _NECK_TO_TOP * abs(a.roll - b.roll)
    return head + _GREATEST_MOVE * abs(a.level - b.level)


def _inverse_warp(
    source: NDArray[np.float64], moved: NDArray[np.float64], at: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Where in the portrait each point of the moved face comes from: thin-plate splines (Bookstein 1989).

    :param source, moved: (n, 2) the same landmarks before and after. :param at: (m, 2). :returns: (m, 2).
    """

    def bend(a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
        squared = ((a[:, None] - b[None]) ** 2).sum(-1)
        return 0.5 * squared * np.log(squared + 1e-9)

    count = len(moved)
    system = np.zeros((count + 3, count + 3))
    # A little slack keeps neighbouring landmarks that nearly meet, as closed lips do, from folding the picture.
    system[:count, :count] = bend(moved, moved) + 0.5 * np.eye(count)
    system[:count, count], system[:count, count + 1 :] = 1, moved
    system[count:, :count] = system[:count, count:].T
    wanted = np.zeros((count + 3, 2))
    wanted[:count] = source - moved
    weights = np.linalg.solve(system, wanted)
    return at + bend(at, moved) @ weights[:count] + weights[count] + at @ weights[count + 1 :]


class FaceRenderer:
    """Renders one participant. Same look, seed and poses: the same frames, bit for bit.

    Frames are I420, the form that the video encoder wants: (height * 3 / 2, width) uint8, luma above both chromas.
    Mixing, warping and noise at a quarter of the chroma costs half of what it would in BGR. Width and height are even.
    """

    def __init__(self, look: FaceLook, width: int, height: int, seed: int) -> None:
        assert width % 2 == 0, width
        assert height % 2 == 0, height
        self.width, self.height = width, height
        self._look = look
        base = portrait()
        brow = tuple(float(value) for value in np.array((48, 66, 92)) * np.clip(look.hair, 0.3, 1.1) * min(look.skin))
        faces = painted(coloured(base, look), look.skin, brow, look.brow_weight, look.crease)  # type: ignore[arg-type] # 3 of 3
        self._planes = [_Plane(faces, 1), _Plane(faces, 2)]
        self._grid = self._portrait_grid()
        self._head_weight = _head_weight(self._grid)
        self._moving = self._moving_columns()
        self._warps: dict[tuple[Emotion, bool], NDArray[np.float32]] = {}
        random = np.random.default_rng(seed)
        # One noisy picture, larger than a frame: each frame takes another part of it. 128 is no noise.
        grain = random.standard_normal((height + _NOISE_SPARE, width + _NOISE_SPARE), np.float32)
        self._noise = np.clip(128.5 + _NOISE * grain, 0, 255).astype(np.uint8)
        self._noise_at = random.integers(0, _NOISE_SPARE, (61, 2))
        self._caption = _caption(width, height)
        self._frame = 0
        self._luma: Image = np.empty((height, width), np.uint8)
        self._chroma: Image = np.empty((2, height // 2, width // 2), np.uint8)
        self._drawn = FacePose("neutral", True, 0.0)
        # What lies beside the head is drawn this once.
        self._draw(self._drawn, slice(0, self._grid.shape[2]))

    def render(self, pose: FacePose) -> Image:
        """One I420 frame, a new array each time."""
        if _apart_px(pose, self._drawn) * self.height / _VIEW_HEIGHT > _STILL_PX:
            self._draw(pose, self._moving)
            self._drawn = pose
        frame = np.empty((self.height * 3 // 2, self.width), np.uint8)
        down, right = self._noise_at[self._frame % len(self._noise_at)]
        self._frame += 1
        noise = self._noise[down : down + self.height, right : right + self.width]
        cv2.addWeighted(self._luma, pose.brightness, noise, 1.0, -128.0, dst=frame[: self.height])
        frame[self.height :] = self._chroma.reshape(self.height // 2, self.width)
        top, left, mask = self._caption
        corner = frame[top : top + mask.shape[0], left : left + mask.shape[1]]
        np.maximum(corner // 3, mask, out=corner)
        return frame

    def _draw(self, pose: FacePose, columns: slice) -> None:
        """Put these grid columns of the pose into `_luma` and `_chroma`."""
        warp = self._mixed_warp(pose, columns)
        share = min(1.0, pose.level * _TEXTURE_LEAD)
        for plane in self._planes:
            plane.mix(pose.emotion, share, pose.lids)
            cell = _CELL // plane.scale
            shape = (self.height // plane.scale, self.width // plane.scale - columns.start * cell)
            # Two maps of one coordinate each: OpenCV remaps twice as fast with them as with one map of both.
            at_x, at_y = (_fine(coordinate, cell, shape) for coordinate in plane.coordinates(warp))
            part = cv2.remap(plane.texture, at_x, at_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
            here = slice(columns.start * cell, columns.start * cell + part.shape[1])
            if plane.scale == 1:
                self._luma[:, here] = part
            else:
                self._chroma[..., here] = part.transpose(2, 0, 1)

    def _mixed_warp(self, pose: FacePose, columns: slice) -> NDArray[np.float32]:
        """(2, rows, columns) texture x and y of the grid points."""
        warps = self._warps_of(pose.emotion, pose.felt)[..., columns]
        level = min(max(pose.level, 0.0), 1.0)
        upper = int(np.clip(np.searchsorted(_LEVELS, level), 1, len(_LEVELS) - 1))
        share = (level - _LEVELS[upper - 1]) / (_LEVELS[upper] - _LEVELS[upper - 1])
        warp = warps[upper - 1] * np.float32(1 - share) + warps[upper] * np.float32(share)
        # The head moves before what is behind it; small angles, so the rotation is linear.
        x, y = self._grid[..., columns]
        weight = self._head_weight[:, columns] * np.float32(TEXTURE_SCALE)
        warp[0] -= (pose.move_x - pose.roll * (y - _NECK_Y)) * weight
        warp[1] -= (pose.move_y + pose.roll * (x - FACE_CENTRE[0])) * weight
        return warp

    def _warps_of(self, emotion: Emotion, felt: bool) -> NDArray[np.float32]:
        """(levels, 2, rows, columns) texture x and y of each grid point, computed when first needed."""
        key = (emotion, felt and emotion == "happiness")
        if key not in self._warps:
            anchors = np.array(ANCHORS, float)
            source = np.vstack([portrait_shape(), anchors])
            at = self._grid.reshape(2, -1).T.astype(float)
            maps = []
            for level in _LEVELS:
                moved = np.vstack([proportioned(shape(*key, level), self._look), anchors])
                maps.append(to_texture(_inverse_warp(source, moved, at)).T.reshape(self._grid.shape))
            self._warps[key] = np.array(maps, np.float32)
        return self._warps[key]

    @property
    def _grid_size(self) -> tuple[int, int]:
        """Columns and rows: the picture and half a cell on each side."""
        return -(-self.width // _CELL) + 1, -(-self.height // _CELL) + 1

    def _portrait_grid(self) -> NDArray[np.float32]:
        """(2, rows, columns) portrait x and y of the grid points."""
        columns, rows = self._grid_size
        per_pixel = _VIEW_HEIGHT / self.height / self._look.size
        x = (np.arange(columns) * _CELL - 0.5 - self.width / 2) * per_pixel + FACE_CENTRE[0] + self._look.offset[0]
        y = (np.arange(rows) * _CELL - 0.5 - self.height / 2) * per_pixel + FACE_CENTRE[1] - 9 + self._look.offset[1]
        if self._look.mirrored:
            x = 2 * FACE_CENTRE[0] - x
        return np.stack(np.meshgrid(x, y)).astype(np.float32)

    def _moving_columns(self) -> slice:
        """The grid columns in which the head moves."""
        moving = np.flatnonzero(self._head_weight.max(axis=0) > 0)
        return slice(int(max(moving[0] - 1, 0)), int(moving[-1]) + 2)


def _head_weight(grid: NDArray[np.float32]) -> NDArray[np.float32]:
    """1 on the head, falling to 0 where the backdrop and the shoulders stand still."""
    x, y = grid
    away = np.hypot((x - 228) / 82, (y - 95) / 90)
    return np.clip((1.3 - away) / 0.3, 0, 1).astype(np.float32)


def _fine(coarse: NDArray[np.float32], cell: int, shape: tuple[int, int]) -> Image:
    """One coordinate of the grid points, made one of the pixels between them; at most `shape`."""
    full = cv2.resize(coarse, (coarse.shape[1] * cell, coarse.shape[0] * cell), interpolation=cv2.INTER_LINEAR)
    return full[cell // 2 : cell // 2 + shape[0], cell // 2 : min(full.shape[1] - cell // 2, cell // 2 + shape[1])]


def _caption(width: int, height: int) -> tuple[int, int, Image]:
    """Top, left and picture of the caption."""
    scale = height / 480 * 0.45
    (text_width, text_height), below = cv2.getTextSize(CAPTION, cv2.FONT_HERSHEY_SIMPLEX, scale, 1)
    mask = np.zeros((text_height + below + 4, text_width + 4), np.uint8)
    cv2.putText(mask, CAPTION, (2, text_height + 2), cv2.FONT_HERSHEY_SIMPLEX, scale, 255, 1, cv2.LINE_AA)
    return height - mask.shape[0] - 2, 4, mask


class _Plane:
    """Luma (scale 1, one channel) or chroma (scale 2, two channels) of all textures, mixed in place for each frame."""

    def __init__(self, faces: PaintedFace, scale: int) -> None:
        self.scale = scale
        left, top = (to_texture(np.array([_FACE_BOX[:2]]))[0] // (2 * scale)).astype(int) * 2
        right, bottom = (to_texture(np.array([_FACE_BOX[2:]]))[0] // (2 * scale)).astype(int) * 2
        box = (slice(top, bottom), slice(left, right))
        self.texture = self._of(faces.apex["neutral"])
        self._face = self.texture[box]
        self._apex = {emotion: self._of(texture)[box].copy() for emotion, texture in faces.apex.items()}
        reach = faces.lid_reach[::scale, ::scale][box]
        closed = self._of(faces.closed_lids)[box]
        middle = reach.shape[1] // 2
        self._lids = [self._lid(reach, closed, 0, middle), self._lid(reach, closed, middle, reach.shape[1])]

    def coordinates(self, warp: NDArray[np.float32]) -> NDArray[np.float32]:
        """Luma coordinates in those of this plane's pixels."""
        return warp if self.scale == 1 else (warp - np.float32(0.5)) / np.float32(2)

    def mix(self, emotion: Emotion, share: float, lids: float) -> None:
        """Leave in `texture` the neutral face, `share` of the emotion's apex, and lids closed so far."""
        cv2.addWeighted(self._apex["neutral"], 1 - share, self._apex[emotion], share, 0, dst=self._face)
        if lids > 0:
            for box, reach, closed in self._lids:
                eye = self._face[box]
                cover = np.clip((1.25 * lids - reach) / 0.25, 0, 1)
                eye[:] = (eye + (closed - eye) * cover).astype(np.uint8)

    def _of(self, bgr: Image) -> Image:
        """(height, width) luma, or (height / 2, width / 2, 2) chroma."""
        height, width = bgr.shape[0] // 2 * 2, bgr.shape[1] // 2 * 2
        planar = cv2.cvtColor(bgr[:height, :width], cv2.COLOR_BGR2YUV_I420)
        if self.scale == 1:
            return planar[:height].copy()
        return np.ascontiguousarray(planar[height:].reshape(2, height // 2, width // 2).transpose(1, 2, 0))

    def _lid(self, reach: Mask, closed: Image, start: int, end: int) -> tuple[tuple[slice, slice], Mask, Mask]:
        rows, columns = np.nonzero(reach[:, start:end] < 1.5)
        box = (slice(rows.min(), rows.max() + 1), slice(start + columns.min(), start + columns.max() + 1))
        shaped = reach[box] if self.scale == 1 else reach[box][..., None]
        return box, shaped, closed[box].astype(np.float32)
