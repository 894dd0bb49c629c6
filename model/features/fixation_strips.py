"""Pictures of where participants looked: for each trial, its parts beside each other, over the clip and alone."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from annotate.media_store import MediaStore
from annotate.snapshot.store import read_table, verify_snapshot
from model.errors import TrialNotThereError
from model.features.faces import pictures_at
from model.features.fixation_maps import MAP_PX, PARTS
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
    MediaError, and TrialNotThereError where `wanted` names what the snapshot does not have.
    """
    verify_snapshot(snapshot)
    trials = list(_chosen(read_table(snapshot, "trials"), wanted, snapshot))
    out.mkdir(parents=True, exist_ok=True)
    drawn = []
    for number, trial in enumerate(trials):
        store.compute_maps(trial, media)
        maps = store.maps(trial)
        if maps is not None:
            path = out / f"{trial['trial']}.png"
            _save(_figure(trial, maps, _clip_pictures(trial, media)), path)
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


def _clip_pictures(trial: dict[str, Any], media: MediaStore) -> dict[int, np.ndarray]:
    """By part, what the clip showed in its middle; empty where the clip is unknown."""
    if trial["clip_sha256"] is None:
        return {}
    middles_ms = (np.arange(PARTS) + 0.5) * (trial["duration_ms"] / PARTS)
    return {part: picture for part, _, picture in pictures_at(media.path(trial["clip_sha256"]), 0.0, middles_ms)}


def _figure(trial: dict[str, Any], maps_PHW: np.ndarray, pictures: dict[int, np.ndarray]) -> Figure:
    height, width = next((picture.shape[:2] for picture in pictures.values()), (MAP_PX * 9, MAP_PX * 16))
    size = (_WIDTH_PX, round(_WIDTH_PX * height / width))
    rows = (_OVER, _ALONE) if pictures else (_ALONE,)
    high = 0.6 + len(rows) * (0.1 + 2.0 * size[1] / size[0])
    figure = Figure(figsize=(2.0 * PARTS, high), layout="constrained")
    grid = figure.subplots(len(rows), PARTS, squeeze=False)
    edges_s = np.arange(PARTS + 1) * trial["duration_ms"] / 1000.0 / PARTS
    for part, heat in enumerate(maps_PHW):
        large = cv2.resize(np.nan_to_num(heat), size, interpolation=cv2.INTER_CUBIC).clip(0.0)
        for axes, says in zip(grid[:, part], rows, strict=True):
            under = cv2.resize(pictures[part], size) if says == _OVER and part in pictures else None
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


def _save(figure: Figure, path: Path) -> None:
    arriving = path.with_suffix(".partial")
    try:
        figure.savefig(arriving, format="png", dpi=100)
        arriving.replace(path)
    finally:
        arriving.unlink(missing_ok=True)
