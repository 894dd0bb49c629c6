"""Faces are found where they are, and the advice is what an experimenter would say."""

from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import pytest

from collect.framing.advice import Advice, Framing, advice
from collect.framing.faces import face_boxes
from collect.simulation.face import FacePose, FaceRenderer
from collect.simulation.face_look import random_look
from collect.simulation.participant import EMOTIONS

FACES = Path(__file__).parents[4] / "shared" / "data" / "faces"
needs_faces = pytest.mark.skipif(not FACES.is_dir(), reason="the real pictures of ../shared/data are not here")
Picture = np.ndarray[Any, np.dtype[np.uint8]]


def simulated(seed: int) -> list[Picture]:
    renderer = FaceRenderer(random_look(np.random.default_rng(seed)), 640, 480, seed)
    frames = [renderer.render(FacePose(emotion, True, level)) for emotion in EMOTIONS for level in (0.0, 1.0)]
    return [np.asarray(cv2.cvtColor(frame, cv2.COLOR_YUV2RGB_I420), np.uint8) for frame in frames]


@pytest.fixture(scope="module")
def face() -> Picture:
    """One simulated face, 640 × 480 RGB."""
    return simulated(1)[-1]


def film(name: str, every: int) -> list[Picture]:
    with av.open(str(FACES / name)) as container:
        decoded = [np.asarray(frame.to_ndarray(format="rgb24"), np.uint8) for frame in container.decode(video=0)]
    return decoded[::every]


def photographed(path: Path) -> Picture:
    picture = cv2.imread(str(path))
    assert picture is not None
    return np.ascontiguousarray(picture[..., ::-1], np.uint8)


def moved(picture: Picture, right: int, down: int) -> Picture:
    matrix = np.array([[1, 0, right], [0, 1, down]], float)
    size = (picture.shape[1], picture.shape[0])
    return np.asarray(cv2.warpAffine(picture, matrix, size, borderMode=cv2.BORDER_REPLICATE), np.uint8)


def smaller(picture: Picture, share: float) -> Picture:
    """The same scene from further away."""
    height, width = picture.shape[:2]
    small = cv2.resize(picture, None, fx=share, fy=share, interpolation=cv2.INTER_AREA)
    left, top = (width - small.shape[1]) // 2, (height - small.shape[0]) // 2
    edges = (top, height - small.shape[0] - top, left, width - small.shape[1] - left)
    return np.asarray(cv2.copyMakeBorder(small, *edges, cv2.BORDER_REPLICATE), np.uint8)


def said(picture: Picture) -> set[Advice]:
    return set(advice(picture).advice)


def test_simulated_faces_are_found_with_every_expression() -> None:
    pictures = [picture for seed in (0, 5) for picture in simulated(seed)]
    assert [len(face_boxes(picture)) for picture in pictures] == [1] * len(pictures)


@needs_faces
def test_real_faces_are_found_and_a_cartoon_landscape_is_none() -> None:
    stills = [photographed(path) for path in sorted(FACES.glob("*.[jp][pn]g"))]
    assert [len(face_boxes(picture)) for picture in stills] == [1] * 4
    assert [len(face_boxes(picture)) for picture in film("pyfeat_single_face.mp4", 10)] == [1] * 8
    # The clip shows a face, then a title in the sky.
    assert [len(face_boxes(picture)) for picture in film("pyfeat_face_noface.mov", 20)] == [1] * 4 + [0] * 5


@needs_faces
def test_a_person_at_a_desk_needs_no_advice() -> None:
    framing: Framing = advice(film("pyfeat_single_face.mp4", 100)[0])
    assert framing.ok, framing
    assert 40 < framing.brightness < 220


def test_nothing_is_a_face_in_noise_and_on_a_wall() -> None:
    random = np.random.default_rng(1)
    for sigma in (1, 4, 16):
        noise = cv2.GaussianBlur(random.normal(size=(480, 640, 3)).astype(np.float32), (0, 0), sigma)
        assert face_boxes(cv2.normalize(noise, np.empty_like(noise), 0, 255, cv2.NORM_MINMAX).astype(np.uint8)) == []
    wall = np.full((480, 640, 3), 120, np.uint8)
    assert said(wall) == {Advice.NO_FACE}
    assert said(wall * 0) == {Advice.NO_FACE, Advice.TOO_DARK}


def test_a_well_framed_face_is_boxed_and_left_alone(face: Picture) -> None:
    framing = advice(face)
    assert framing.ok, framing
    (box,) = framing.boxes
    assert 0.35 * 480 < box.height < 0.6 * 480
    assert abs(box.x + box.width / 2 - 320) < 60


def test_advice_goes_by_the_participants_own_left_and_right(face: Picture) -> None:
    assert said(moved(face, 170, 0)) == {Advice.MOVE_RIGHT}
    assert said(moved(face, -170, 0)) == {Advice.MOVE_LEFT}


def test_advice_on_height(face: Picture) -> None:
    assert said(moved(face, 0, -160)) == {Advice.MOVE_DOWN}
    assert said(moved(face, 0, 120)) == {Advice.MOVE_UP}


def test_advice_on_distance(face: Picture) -> None:
    assert Advice.TOO_FAR in said(smaller(face, 0.3))
    near = cv2.resize(face, None, fx=1.8, fy=1.8)[220:700, 250:890]
    assert Advice.TOO_NEAR in said(np.ascontiguousarray(near, np.uint8))


def test_advice_on_light_and_focus(face: Picture) -> None:
    assert said((face * 0.25).astype(np.uint8)) == {Advice.TOO_DARK}
    assert Advice.TOO_BRIGHT in said(np.clip(face * 2.0 + 120, 0, 255).astype(np.uint8))
    assert said(np.asarray(cv2.GaussianBlur(face, (0, 0), 6), np.uint8)) == {Advice.BLURRED}


def test_a_second_person_is_told(face: Picture) -> None:
    half = cv2.resize(face, (320, 240))
    both = np.vstack([np.full((120, 640, 3), 120), np.hstack([half, half]), np.full((120, 640, 3), 120)]).astype(
        np.uint8
    )
    assert said(both) == {Advice.SEVERAL_FACES}
