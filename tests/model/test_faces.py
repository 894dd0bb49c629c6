"""Faces: real ones where the networks are at hand, moments and geometry always."""

import subprocess
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
import skimage.data

from annotate.media_marks import ALIGNED_FACES
from model.errors import FaceNetworksError, MediaError
from model.features import face_networks
from model.features.aligned_face import FACE_PX, AlignedFace
from model.features.face_alignment import FaceAligner, similarity
from model.features.face_detection import FaceBox, merge_overlapping
from model.features.face_moments import moments_ms
from model.features.face_networks import ensure_face_networks
from model.features.face_quality import quality_of
from model.features.faces import pictures_at, trial_faces

SHARED_FACES = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "faces"


@pytest.fixture(scope="session")
def aligner(tmp_path_factory: pytest.TempPathFactory) -> FaceAligner:
    """The real networks, downloaded once for all workers of a test run."""
    cache = tmp_path_factory.getbasetemp().parent / "face-networks"
    return FaceAligner(ensure_face_networks(cache))


def write_numbered_video(path: Path, pts_ms: list[int]) -> None:
    """Grey frames, each as bright as 10 times its number, at the given time stamps."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=1000, options={"preset": "ultrafast", "qp": "0"})
        stream.width = stream.height = 32
        stream.pix_fmt = "yuv444p"
        for number, pts in enumerate(pts_ms):
            frame = av.VideoFrame.from_ndarray(np.full((32, 32, 3), 10 * number, np.uint8), format="rgb24")
            frame.pts = pts
            container.mux(stream.encode(frame))
        container.mux(stream.encode())


def write_video(path: Path, pictures: list[np.ndarray], fps: int, comment: str = "") -> None:
    with av.open(str(path), "w") as container:
        container.metadata["comment"] = comment
        stream = container.add_stream("libx264", rate=fps, options={"preset": "ultrafast", "crf": "10"})
        stream.height, stream.width = pictures[0].shape[:2]
        stream.pix_fmt = "yuv420p"
        for picture in pictures:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode())


def test_the_real_portrait_is_found_upright_and_in_its_place(aligner: FaceAligner) -> None:
    portrait = np.ascontiguousarray(skimage.data.astronaut()[..., :3])
    found = aligner.align(portrait)
    assert found is not None
    assert found.face.shape == (FACE_PX, FACE_PX, 3)
    assert found.presence > 0.9
    # Her eyes in the picture, by eye.
    assert np.linalg.norm(found.landmarks[[33, 133]].mean(axis=0) - (205, 110)) < 12
    assert np.linalg.norm(found.landmarks[[362, 263]].mean(axis=0) - (248, 108)) < 12
    turned = aligner.align(np.ascontiguousarray(np.rot90(np.pad(portrait, ((40, 40), (40, 40), (0, 0))), 0)))
    assert turned is not None
    assert np.abs(turned.face.astype(int) - found.face.astype(int)).mean() < 8


def test_no_face_is_found_where_there_is_none(aligner: FaceAligner) -> None:
    assert aligner.align(np.ascontiguousarray(skimage.data.coffee()[..., :3])) is None
    assert aligner.align(np.zeros((240, 320, 3), np.uint8)) is None


@pytest.mark.skipif(not SHARED_FACES.is_dir(), reason="the recordings of ../shared/data are not on this machine")
def test_a_face_that_leaves_is_lost_and_one_that_stays_is_kept(aligner: FaceAligner) -> None:
    stays = trial_faces(SHARED_FACES / "pyfeat_single_face.mp4", 0.0, 2400.0, 8, aligner)
    assert stays.moments["valid"].all()
    leaves = trial_faces(SHARED_FACES / "pyfeat_face_noface.mov", 0.0, 10_000.0, 8, aligner)
    assert leaves.moments["valid"][0]
    assert not leaves.moments["valid"][-1]
    assert not leaves.faces[~leaves.moments["valid"]].any()


def wandering_portrait(moments: int) -> list[np.ndarray]:
    """720p pictures through which a real face goes to the right, and a second one comes beside it at the end."""
    portrait = cv2.resize(np.ascontiguousarray(skimage.data.astronaut()[:300, 100:360, :3]), (416, 480))
    pictures = []
    for number in range(moments):
        picture = np.full((720, 1280, 3), 96, np.uint8)
        left = 40 + 12 * number
        picture[120:600, left : left + 416] = portrait
        if number == moments - 1:
            picture[120:600, 800:1216] = portrait
        pictures.append(picture)
    return pictures


def test_a_face_is_followed_to_where_it_would_be_found(aligner: FaceAligner, tmp_path: Path) -> None:
    pictures = wandering_portrait(17)
    write_video(tmp_path / "v.mp4", pictures, fps=8)
    searched: list[bool] = []

    class Told:
        def align(self, picture: np.ndarray, before: AlignedFace | None = None) -> AlignedFace | None:
            searched.append(before is None)
            return aligner.align(picture, before)

    found = trial_faces(tmp_path / "v.mp4", 0.0, 17 * 125.0, 17, Told())
    assert found.moments["valid"].all()
    assert [number for number, whole in enumerate(searched) if whole] == [0, 8, 16]  # once a second
    assert found.moments["faces"].tolist() == [1] * 16 + [2]
    for picture, face in zip(pictures, found.faces, strict=True):
        alone = aligner.align(picture)
        assert alone is not None
        assert np.abs(alone.face.astype(int) - face.astype(int)).mean() < 8


def test_a_blurred_dark_face_has_another_quality_than_a_clear_one() -> None:
    clear = cv2.resize(np.ascontiguousarray(skimage.data.astronaut()[60:190, 160:290, :3]), (FACE_PX, FACE_PX))
    good, blurred = quality_of(clear), quality_of(cv2.GaussianBlur(clear, (0, 0), 3))
    assert blurred.blur < good.blur / 10
    assert quality_of(clear // 4).light == pytest.approx(good.light / 4, abs=0.01)
    white = clear.copy()
    white[:56] = 255
    assert quality_of(white).clipped == pytest.approx(0.5 + good.clipped / 2, abs=0.1)


def test_pictures_that_are_faces_already_are_not_searched(aligner: FaceAligner, tmp_path: Path) -> None:
    noise = np.random.default_rng(1).integers(0, 255, (64, 64, 3), dtype=np.uint8)
    for name, comment in (("said", ALIGNED_FACES), ("unsaid", "")):
        write_video(tmp_path / f"{name}.mp4", [noise] * 8, fps=8, comment=comment)
    said, unsaid = (trial_faces(tmp_path / f"{name}.mp4", 0.0, 1000.0, 8, aligner) for name in ("said", "unsaid"))
    assert said.moments["valid"].all()
    assert not unsaid.moments["valid"].any()


def test_frames_are_told_by_their_time_and_not_by_their_number(tmp_path: Path) -> None:
    write_numbered_video(tmp_path / "v.mp4", [0, 10, 20, 30, 500, 1000])
    wanted = np.array([0.0, 24.0, 480.0, 960.0])
    got = [(i, t, round(picture.mean() / 10)) for i, t, picture in pictures_at(tmp_path / "v.mp4", 0.0, wanted)]
    assert got == [(0, 0.0, 0), (1, 20.0, 2), (2, 500.0, 4), (3, 1000.0, 5)]


def test_the_offset_moves_the_video_on_the_clips_clock(tmp_path: Path) -> None:
    write_numbered_video(tmp_path / "v.mp4", [0, 100, 200, 300])
    got = [(i, t, round(p.mean() / 10)) for i, t, p in pictures_at(tmp_path / "v.mp4", -100.0, np.array([0.0, 110.0]))]
    assert got == [(0, 0.0, 1), (1, 100.0, 2)]


def test_a_moment_without_a_frame_near_it_stays_empty(tmp_path: Path) -> None:
    write_numbered_video(tmp_path / "v.mp4", [0, 100, 2000])
    wanted = np.array([50.0, 1000.0, 2060.0, 9000.0])
    assert [i for i, _, _ in pictures_at(tmp_path / "v.mp4", 0.0, wanted)] == [0, 2]


def test_what_is_no_video_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "v.mp4").write_text("<html>not found</html>")
    with pytest.raises(MediaError, match=r"v\.mp4: not a video"):
        list(pictures_at(tmp_path / "v.mp4", 0.0, moments_ms(1000, 2)))


def test_moments_are_the_middles_of_equal_parts() -> None:
    assert moments_ms(8000, 4).tolist() == [1000, 3000, 5000, 7000]


def test_similarity_recovers_a_turn_a_scale_and_a_shift() -> None:
    points = np.array([[0.0, 0.0], [1.0, 0.0], [1.0, 2.0], [3.0, 1.0]])
    angle, scale, shift = 0.3, 2.5, np.array([4.0, -1.0])
    turn = scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    assert np.allclose(similarity(points, points @ turn.T + shift), np.column_stack([turn, shift]))


def test_one_face_seen_by_several_anchors_is_one() -> None:
    def face(score: float, left: float) -> FaceBox:
        return FaceBox(score, np.array([left, 0, left + 10, 10], float), np.zeros((6, 2)))

    merged = merge_overlapping([face(0.6, 1.0), face(0.9, 0.0), face(0.8, 40.0)])
    assert [one.score for one in merged] == [0.9, 0.8]
    assert merged[0].box[0] == pytest.approx(0.4)


def test_without_a_network_the_one_command_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def offline(command: list[str], **_: object) -> subprocess.CompletedProcess[str]:
        return subprocess.CompletedProcess(command, 1, "", "WARNING: Retrying\nERROR: No matching distribution found\n")

    monkeypatch.setattr(face_networks.subprocess, "run", offline)
    with pytest.raises(FaceNetworksError, match="No matching distribution") as caught:
        ensure_face_networks(tmp_path / "cache")
    assert "pip download" in str(caught.value)
    assert list((tmp_path / "cache").iterdir()) == []


def test_a_wheel_with_other_networks_is_refused(tmp_path: Path) -> None:
    (tmp_path / "mediapipe-0.10.21-none.whl").write_bytes(b"PK nonsense")
    with pytest.raises(FaceNetworksError, match="not a whole wheel"):
        ensure_face_networks(tmp_path)
