"""Eye events found in samples, beside two people who coded the same samples: Cohen's kappa by sample, for each class.

The recordings (500 Hz) are those of Andersson and others 2017 (doi:10.3758/s13428-016-0738-9): two of a person looking
at pictures, one of a film. The coders knew fixation, saccade, post-saccadic oscillation, pursuit, blink and undefined;
ours are fixation, saccade, oscillation and pursuit of the same meaning, as REMoDNaV has them. A sample without an event
belongs to no class. The peer is REMoDNaV with all its defaults. The one setting that we change (MIN_PURSUIT_S) was
chosen by what the eye can do and by trying values on the film and coder MN alone; how the defaults fare on the other
recordings was known by then, how any other value fares was not.
"""

import logging
import warnings
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from collect.gaze.events.detection import detect_events
from tests.bench.figure import Figure
from tests.bench.skipped import Skipped

TITLE = "Eye events beside human coders (Cohen's kappa by sample)"
DATA = Path(__file__).parents[2] / "../shared/data/labelled"
RECORDINGS = ("TH34_video_BergoDalbana", "TH34_img_Europe", "UH21_img_Rome")
CODERS = ("MN", "RA")
CLASSES = {"fixation": (1,), "saccade": (2,), "oscillation": (3,), "pursuit": (4,), "fixation or pursuit": (1, 4)}
NUMBERS = {"fixation": 1, "saccade": 2, "oscillation": 3, "pursuit": 4, "blink": 5}

Labels = npt.NDArray[np.int64]


def run() -> list[Figure]:
    if not DATA.is_dir():
        raise Skipped("the labelled recordings are not beside this checkout (../shared/data)")
    if find_spec("pymovements") is None:
        raise Skipped("pymovements is not installed, and figures without the peer's say little")
    figures = []
    for recording in RECORDINGS:
        coded = {coder: _load(recording, coder) for coder in CODERS}
        labels = {coder: coded[coder].pos[:, 5].astype(np.int64) for coder in CODERS}
        ours, default, other = _ours(coded["MN"]), _remodnav(coded["MN"]), _pymovements(coded["MN"])
        for name, numbers in CLASSES.items():
            if name == "pursuit" and not any((labels[coder] == 4).any() for coder in CODERS):
                continue  # nobody saw any
            people = kappa(labels["MN"], labels["RA"], numbers)
            for coder in CODERS:
                if name == "pursuit" and not (labels[coder] == 4).any():
                    continue
                theirs = kappa(default, labels[coder], numbers)
                note = f"coder to coder {people:.2f}; pymovements {kappa(other, labels[coder], numbers):.2f}"
                figures.append(
                    Figure(
                        f"{recording} {coder}: {name}",
                        kappa(ours, labels[coder], numbers),
                        "κ",
                        theirs,
                        "REMoDNaV default",
                        least=theirs,
                        note=note,
                    )
                )
    return figures


def kappa(first: Labels, second: Labels, numbers: tuple[int, ...]) -> float:
    """Cohen's kappa of 'belongs to this class' over all samples."""
    a, b = np.isin(first, numbers), np.isin(second, numbers)
    agreed, by_chance = (a == b).mean(), a.mean() * b.mean() + (1 - a.mean()) * (1 - b.mean())
    return float((agreed - by_chance) / (1 - by_chance)) if by_chance < 1 else 0.0


def _load(recording: str, coder: str) -> Any:
    from scipy.io import loadmat

    return loadmat(DATA / f"{recording}_labelled_{coder}.mat", squeeze_me=True, struct_as_record=False)["ETdata"]


def _positions(data: Any) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64], float]:
    """x and y in pixels, NaN where lost (0, 0), and pixels per degree."""
    x, y = data.pos[:, 3].astype(float), data.pos[:, 4].astype(float)
    lost = (x == 0) & (y == 0)
    x[lost] = y[lost] = np.nan
    degrees = np.degrees(2 * np.arctan(data.screenDim[0] / 2 / data.viewDist))
    return x, y, float(data.screenRes[0] / degrees)


def _ours(data: Any) -> Labels:
    x, y, scale = _positions(data)
    time_ms = (data.pos[:, 0] - data.pos[0, 0]) / 1000
    labels = np.zeros(len(x), np.int64)
    for event in detect_events(time_ms, x, y, rate_hz=float(data.sampFreq), px_per_degree=scale):
        labels[event.first : event.last + 1] = NUMBERS[event.kind]
    return labels


def _remodnav(data: Any) -> Labels:
    """The library as it comes."""
    from remodnav.clf import EyegazeClassifier

    logging.getLogger("remodnav.clf").setLevel(logging.ERROR)
    numbers = {"FIXA": 1, "SACC": 2, "ISAC": 2, "HPSO": 3, "LPSO": 3, "IHPS": 3, "ILPS": 3, "PURS": 4}
    x, y, scale = _positions(data)
    labels = np.zeros(len(x), np.int64)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        classifier = EyegazeClassifier(1 / scale, data.sampFreq)
        for event in classifier(classifier.preproc(np.rec.fromarrays([x, y], dtype=[("x", float), ("y", float)]))):
            start, end = (round(event[when] * data.sampFreq) for when in ("start_time", "end_time"))
            labels[start:end] = numbers[event["label"]]
    return labels


def _pymovements(data: Any) -> Labels:
    """I-VT for fixations and the microsaccade algorithm for saccades, with their defaults."""
    from pymovements.events.detection.ivt import ivt
    from pymovements.events.detection.microsaccades import microsaccades
    from pymovements.transforms.numpy import pos2vel

    x, y, scale = _positions(data)
    rate = float(data.sampFreq)
    velocities = pos2vel(np.column_stack([x, y]) / scale, sampling_rate=rate, method="smooth")
    steps = (np.arange(len(x)) * 1000 / rate).astype(int)
    labels = np.zeros(len(x), np.int64)
    for find, number in ((ivt, 1), (microsaccades, 2)):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            events = find(velocities=velocities, timesteps=steps)
        for onset, offset in events.frame.select("onset", "offset").rows():
            labels[int(onset * rate / 1000) : int(offset * rate / 1000) + 1] = number
    return labels
