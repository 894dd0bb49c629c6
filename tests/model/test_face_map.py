"""The one map of all faces: whole or not there, for threads and processes at once, and empty of whoever has left."""

import multiprocessing
import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from model.errors import FeaturesNotKeptError
from model.features import face_map
from model.features.aligned_face import FACE_PX
from model.features.face_map import FaceMap
from model.features.face_moments import MOMENT, nothing_found


def some_faces(value: int, count: int = 3) -> tuple[np.ndarray, np.ndarray]:
    """`count` pictures of one grey; no face at the second moment."""
    moments = nothing_found(count)
    moments["valid"] = np.arange(count) != 1
    moments["time_ms"] = 125.0 * np.arange(count)
    return np.full((count, FACE_PX, FACE_PX, 3), value, np.uint8), moments


def greys(of: FaceMap, key: str) -> list[int]:
    """The grey of each moment, -1 without a face."""
    view = of.view()
    return [-1 if row < 0 else int(view.pictures[row].mean()) for row in view.rows(key)]


def test_faces_come_back_as_they_were_kept(tmp_path: Path) -> None:
    faces = FaceMap(tmp_path / "faces")
    assert faces.view().index == {}
    faces.keep("a", *some_faces(10))
    faces.keep("none", np.zeros((0, FACE_PX, FACE_PX, 3), np.uint8), np.zeros(0, MOMENT))
    faces.keep("b", *some_faces(20, 5))
    faces.keep("a", *some_faces(99))  # is there already
    assert greys(faces, "a") == [10, -1, 10]
    assert greys(faces, "b") == [20, -1, 20, 20, 20]
    assert greys(faces, "none") == []
    assert faces.view().moments["time_ms"].tolist() == [0, 125, 250, 0, 125, 250, 375, 500]
    assert faces.keys() == {"a", "b", "none"}


@pytest.mark.parametrize("cut", ["index.jsonl", "pictures.u8"])
def test_what_was_cut_off_was_never_there_and_is_written_over(tmp_path: Path, cut: str) -> None:
    faces = FaceMap(tmp_path)
    faces.keep("a", *some_faces(10))
    if cut == "index.jsonl":
        faces.keep("b", *some_faces(20))
        index = tmp_path / "map-1" / cut
        index.write_bytes(index.read_bytes()[:-3])
    else:  # killed between the pictures and the line
        with (tmp_path / "map-1" / cut).open("ab") as file:
            file.write(b"\x63" * 1000)
    assert faces.keys() == {"a"}
    faces.keep("c", *some_faces(30))
    assert greys(faces, "a") == [10, -1, 10]
    assert greys(faces, "c") == [30, -1, 30]
    assert (tmp_path / "map-1" / "pictures.u8").stat().st_size == 6 * FACE_PX * FACE_PX * 3


def test_threads_and_processes_write_beside_each_other(tmp_path: Path) -> None:
    with ThreadPoolExecutor(4) as pool:
        context = multiprocessing.get_context("spawn")
        other = context.Process(target=keep_many, args=(tmp_path, 100))
        other.start()
        list(pool.map(lambda number: FaceMap(tmp_path).keep(f"k{number}", *some_faces(number)), range(20)))
        other.join()
    faces = FaceMap(tmp_path)
    assert all(greys(faces, f"k{number}") == [number, -1, number] for number in (*range(20), *range(100, 120)))


def keep_many(root: Path, first: int) -> None:
    for number in range(first, first + 20):
        FaceMap(root).keep(f"k{number}", *some_faces(number))


def test_a_writer_killed_anywhere_leaves_only_whole_faces(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from tests.model.test_face_map import keep_endlessly; "
        "keep_endlessly(Path(sys.argv[1]))"
    )
    for _ in range(3):
        writer = subprocess.Popen([sys.executable, "-c", program, str(tmp_path)], stdout=subprocess.PIPE, text=True)
        assert writer.stdout is not None
        told = [int(writer.stdout.readline()) for _ in range(5)]
        os.kill(writer.pid, signal.SIGKILL)
        writer.communicate()
        faces = FaceMap(tmp_path)
        assert {f"k{number}" for number in told} <= faces.keys()
        for key in faces.keys():  # noqa: SIM118 -- a method of ours
            grey = int(key[1:]) % 250
            assert greys(faces, key) == [grey, -1, grey]


def keep_endlessly(root: Path) -> None:
    faces = FaceMap(root)
    number = len(faces.keys())
    while True:
        faces.keep(f"k{number}", *some_faces(number % 250))
        print(number, flush=True)
        number += 1


def test_whoever_is_let_go_of_is_in_no_file_any_more(tmp_path: Path) -> None:
    faces = FaceMap(tmp_path)
    for number, key in enumerate("abcd", 1):
        faces.keep(key, *some_faces(10 * number, number))
    before = faces.view()
    assert faces.retain({"b", "d", "unknown"}) == 2
    assert faces.keys() == {"b", "d"}
    assert greys(faces, "d") == [40, -1, 40, 40]
    assert not list(tmp_path.glob("map-1*"))
    assert set((tmp_path / "map-2" / "pictures.u8").read_bytes()) == {20, 40}  # greys of whoever stayed
    assert int(before.pictures[before.rows("a")[0]].mean()) == 10  # whoever is reading is not disturbed
    assert faces.retain({"b", "d"}) == 0
    faces.keep("e", *some_faces(50))
    assert greys(faces, "e") == [50, -1, 50]


def test_a_kill_while_somebody_is_let_go_of_leaves_no_face_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    faces = FaceMap(tmp_path)
    faces.keep("stays", *some_faces(10))
    faces.keep("goes", *some_faces(20))
    with monkeypatch.context() as patch:  # the new map stands, and the old one is not deleted yet
        patch.setattr(face_map.shutil, "rmtree", killed)
        with pytest.raises(KeyboardInterrupt):
            faces.retain({"stays"})
    assert faces.keys() == {"stays"}
    faces.retain({"stays"})
    (left,) = tmp_path.glob("map-*")
    assert set((left / "pictures.u8").read_bytes()) == {10}


def test_a_kill_while_the_first_map_is_begun_costs_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    faces = FaceMap(tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr(Path, "touch", killed)
        with pytest.raises(KeyboardInterrupt):
            faces.keep("a", *some_faces(10))
    assert faces.view().index == {}
    faces.keep("a", *some_faces(10))
    assert greys(faces, "a") == [10, -1, 10]


def killed(*_: object, **__: object) -> None:
    raise KeyboardInterrupt  # as little of ours is run after it as after a kill


def test_a_full_disk_is_told_and_leaves_the_map_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    faces = FaceMap(tmp_path)
    faces.keep("a", *some_faces(10))

    def full(*_: object) -> int:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(face_map.os, "pwrite", full)
        with pytest.raises(FeaturesNotKeptError, match=r"could not be written \(No space left.*Make room"):
            faces.keep("b", *some_faces(20))
    assert faces.keys() == {"a"}
    faces.keep("b", *some_faces(20))
    assert greys(faces, "b") == [20, -1, 20]
