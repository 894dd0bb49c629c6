"""Pictures of where participants looked: for each trial, its parts beside each other, over the clip and alone."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from annotate.arriving import ENDING, arriving_file, sweep
from annotate.media_store import MediaStore
from annotate.snapshot.store import read_table, verify_snapshot
from model.errors import PicturesNotKeptError, TrialNotThereError
from model.features.clip_frames import frames_of_parts
from model.features.fixation_maps import PARTS
from model.features.map_drawing import drawn_over
from model.features.store import FeatureStore
from model.progress import Progress, quiet

_WIDTH_PX = 480
_OVER, _ALONE = "over the clip", "fixations alone"


def draw_fixations(
    snapshot: Path,
    store: FeatureStore,
    media: MediaStore,
    wanted: Sequence[str],
    out: Path,
    progress: Progress = quiet,
) -> list[Path]:
    """A PNG in `out` for each trial of the snapshot that has fixation maps; of `wanted` alone where it names any, by
    the first letters of their ids.

    Maps that are missing are computed. Raises AnnotateError where the snapshot or a medium is not as it was written,
    MediaError, TrialNotThereError where `wanted` names what the snapshot does not have, and PicturesNotKeptError where
    `out` does not take the pictures.
    """
    verify_snapshot(snapshot)
    trials = list(_chosen(read_table(snapshot, "trials"), wanted, snapshot))
    with _told_if_not_kept(out):
        out.mkdir(parents=True, exist_ok=True)
        sweep(out.glob(f".*.png{ENDING}-*"))
    drawn = []
    for number, trial in enumerate(trials):
        store.compute_maps(trial, media)
        maps = store.maps(trial)
        if maps is not None:
            path = out / f"{trial['trial']}.png"
            figure = _figure(trial, maps, _clip_pictures(trial, store, media))
            with _told_if_not_kept(path), arriving_file(path) as file:
                figure.savefig(file, format="png", dpi=100)
            drawn.append(path)
        progress(number + 1, len(trials))
    return drawn


def _chosen(trials: list[dict[str, Any]], wanted: Sequence[str], snapshot: Path) -> Iterator[dict[str, Any]]:
    if not wanted:
        yield from trials
    for name in wanted:
        found = [trial for trial in trials if trial["trial"].startswith(name)]
        if not found:
            raise TrialNotThereError(
                f"{snapshot}, table trials: none begins with {name!r}. Ids are 32 hex digits, as on the trial's page."
            )
        yield from found


def _clip_pictures(trial: dict[str, Any], store: FeatureStore, media: MediaStore) -> np.ndarray | None:
    """(PARTS, height, _WIDTH_PX, 3): what networks see under the maps, larger; None where the clip is unknown."""
    clip = store.clip_frames(trial)
    if clip is None:
        return None
    width, height = clip.size_px
    size_px = (_WIDTH_PX, round(_WIDTH_PX * height / width))
    return frames_of_parts(media.path(trial["clip_sha256"]), trial["duration_ms"], size_px)


def _figure(trial: dict[str, Any], maps_PHW: np.ndarray, pictures_PHWC: np.ndarray | None) -> Figure:
    size = (_WIDTH_PX, round(_WIDTH_PX * 9 / 16) if pictures_PHWC is None else pictures_PHWC.shape[1])
    rows = (_ALONE,) if pictures_PHWC is None else (_OVER, _ALONE)
    high = 0.6 + len(rows) * (0.1 + 2.0 * size[1] / size[0])
    figure = Figure(figsize=(2.0 * PARTS, high), layout="constrained")
    grid = figure.subplots(len(rows), PARTS, squeeze=False)
    edges_s = np.arange(PARTS + 1) * trial["duration_ms"] / 1000.0 / PARTS
    for part, heat in enumerate(maps_PHW):
        large = cv2.resize(np.nan_to_num(heat), size, interpolation=cv2.INTER_CUBIC).clip(0.0)
        for axes, says in zip(grid[:, part], rows, strict=True):
            under = pictures_PHWC[part] if says == _OVER and pictures_PHWC is not None else None
            _show(axes, drawn_over(large, under), bool(np.isfinite(heat).any()))
        grid[0, part].set_title(f"{edges_s[part]:.1f} – {edges_s[part + 1]:.1f} s", fontsize=9)
    for axes, says in zip(grid[:, 0], rows, strict=True):
        axes.set_ylabel(says)
    simulated = ", simulated" if trial["origin"] == "simulated" else ""
    figure.suptitle(f"{trial['clip']}, participant {trial['participant']}{simulated}", fontsize=11)
    return figure


def _show(axes: Axes, picture: np.ndarray, looked: bool) -> None:
    axes.imshow(picture)
    axes.set(xticks=[], yticks=[])
    if not looked:
        axes.text(0.5, 0.5, "not measured", color="white", ha="center", va="center", transform=axes.transAxes)


@contextmanager
def _told_if_not_kept(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise PicturesNotKeptError(
            f"{path}: pictures of where people looked could not be written ({error.strerror or error}). Make room "
            "there, or name another folder that may be written to; what was drawn before is kept."
        ) from error
