from functools import cache
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from collect.bundle.format import Emotion
from collect.simulation.expression import NAMES, Expression, level_of, shape
from collect.simulation.expression_path import ExpressionPath
from collect.simulation.face import FacePose, FaceRenderer
from collect.simulation.face_look import random_look
from collect.simulation.participant import EMOTIONS

WIDTH, HEIGHT = 640, 480
CALM = FacePose("neutral", True, 0.0)


def new_renderer(person: int = 0) -> FaceRenderer:
    return FaceRenderer(random_look(np.random.default_rng([5, person])), WIDTH, HEIGHT, seed=1)


@cache
def renderer(person: int = 0) -> FaceRenderer:
    return new_renderer(person)


@pytest.fixture(scope="module")
def someone() -> FaceRenderer:
    return renderer()


def luma(face: FaceRenderer, pose: FacePose) -> NDArray[np.int16]:
    return face.render(pose)[:HEIGHT].astype(np.int16)


def test_the_same_person_and_poses_give_the_same_frames_bit_for_bit() -> None:
    poses = [CALM, FacePose("anger", True, 0.6), FacePose("fear", True, 1.0, lids=0.5, move_x=2.0, roll=0.01)]
    first, second = new_renderer(), new_renderer()
    for pose in poses:
        np.testing.assert_array_equal(first.render(pose), second.render(pose))


def test_frames_are_i420_and_say_that_they_are_simulated(someone: FaceRenderer) -> None:
    frame = someone.render(CALM)
    assert frame.shape == (HEIGHT * 3 // 2, WIDTH)
    assert frame.dtype == np.uint8
    corner = frame[HEIGHT - 20 : HEIGHT - 4, 6:90]
    # White letters on a darkened ground.
    assert (corner > 180).sum() > 100
    assert np.median(corner) < 90


def test_an_ordinary_face_detector_finds_one_face_in_every_expression() -> None:
    detector = cv2.CascadeClassifier(str(Path(cv2.__file__).parent / "data" / "haarcascade_frontalface_default.xml"))
    found = []
    for person in range(5):
        face = renderer(person)
        for emotion in EMOTIONS:
            grey = face.render(FacePose(emotion, True, 0.8))[:HEIGHT]
            found.append(len(detector.detectMultiScale(np.ascontiguousarray(grey), 1.2, 4, minSize=(120, 120))))
    assert found.count(1) >= 0.9 * len(found)


def test_every_emotion_looks_different_from_every_other_and_more_so_when_stronger(someone: FaceRenderer) -> None:
    weak = {emotion: luma(someone, FacePose(emotion, True, level_of(1))) for emotion in EMOTIONS}
    strong = {emotion: luma(someone, FacePose(emotion, True, level_of(3))) for emotion in EMOTIONS}
    noise = np.abs(luma(someone, CALM) - luma(someone, CALM)).mean()
    for emotion in EMOTIONS:
        for other in EMOTIONS:
            if emotion != other:
                assert np.abs(strong[emotion] - strong[other]).mean() > noise + 0.3, (emotion, other)
        if emotion != "neutral":
            assert np.abs(strong[emotion] - strong["neutral"]).mean() > np.abs(weak[emotion] - weak["neutral"]).mean()


def test_a_smile_put_on_does_not_reach_the_eyes() -> None:
    felt, masked = (shape("happiness", felt, 1.0) for felt in (True, False))
    moved = np.abs(felt - masked).max(1) > 0.1
    assert moved.any()
    assert not any(moved[index] for index, name in enumerate(NAMES) if name.startswith(("mouth", "lip", "teeth")))


def test_people_do_not_look_alike() -> None:
    faces = [luma(renderer(person), CALM) for person in range(4)]
    assert min(np.abs(a - b).mean() for i, a in enumerate(faces) for b in faces[:i]) > 8


@pytest.mark.parametrize("emotion", ["surprise", "sadness"])
def test_an_expression_comes_lives_and_goes(emotion: Emotion) -> None:
    second = 1_000_000_000
    path = ExpressionPath(np.random.default_rng(3), 0)
    path.begin(Expression(emotion, 2.5, True), second)
    levels = {}
    for t_ns in range(second, 14 * second, second // 10):
        if t_ns == 11 * second:
            path.end(t_ns)
        levels[t_ns // (second // 10)] = path.pose(t_ns).level
    assert levels[10] == 0.0
    assert 0.8 * level_of(2.5) < levels[60] <= level_of(2.5)
    assert levels[135] == 0.0
    steps = np.abs(np.diff(list(levels.values())))
    assert steps.max() < 0.5


def test_the_eyes_blink_now_and_then() -> None:
    path = ExpressionPath(np.random.default_rng(4), 0)
    lids = np.array([path.pose(frame * 33_333_333).lids for frame in range(30 * 60)])
    blinks = np.count_nonzero(np.diff((lids > 0).astype(int)) == 1)
    assert 6 <= blinks <= 30
    assert lids.max() == 1.0
