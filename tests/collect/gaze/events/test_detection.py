"""Eye events are found where they were put, at any rate, over gaps, pauses and jitter; and beside people's coding."""

import sys
from pathlib import Path

import numpy as np
import pytest

from collect.gaze.errors import GazeReaderMissingError, NoEventsError
from collect.gaze.events import remodnav
from collect.gaze.events.detection import DetectedEvent, detect_events
from tests.bench import events_bench
from tests.collect.gaze.events.walk import PX_PER_DEGREE, Walk, walk

LABELLED = Path(__file__).parents[5] / "shared/data/labelled"


def found(made: Walk, rate_hz: float = 500.0, **changes: np.ndarray) -> list[DetectedEvent]:
    columns = {"time_ms": made.time_ms, "x": made.x, "y": made.y} | changes
    return detect_events(**columns, rate_hz=rate_hz, px_per_degree=PX_PER_DEGREE)


def of_kind(events: list[DetectedEvent], *kinds: str) -> list[DetectedEvent]:
    return [event for event in events if event.kind in kinds]


@pytest.mark.parametrize("rate_hz", [250.0, 500.0, 1000.0])
def test_rests_and_saccades_are_found_where_they_are(rate_hz: float) -> None:
    made = walk(rate_hz)
    events = found(made, rate_hz)
    rests = of_kind(events, "fixation", "pursuit")
    for x, y, start, end in made.rests:
        middle = (start + end) // 2
        (rest,) = (event for event in rests if event.first <= middle <= event.last)
        assert rest.x == pytest.approx(x, abs=0.1 * PX_PER_DEGREE)
        assert rest.y == pytest.approx(y, abs=0.1 * PX_PER_DEGREE)
    saccades = of_kind(events, "saccade")
    for (x, y, _, end), (to_x, to_y, start, _) in zip(made.rests, made.rests[1:], strict=False):
        (saccade,) = (event for event in saccades if event.first <= (end + start) // 2 <= event.last)
        assert (saccade.x, saccade.y) == pytest.approx((x, y), abs=PX_PER_DEGREE)
        assert (saccade.end_x, saccade.end_y) == pytest.approx((to_x, to_y), abs=PX_PER_DEGREE)
        assert saccade.last - saccade.first <= 0.09 * rate_hz


@pytest.mark.parametrize("rate_hz", [60.0, 120.0])
def test_slow_trackers_lose_few_saccades(rate_hz: float) -> None:
    made = walk(rate_hz, rests=40)
    assert 32 <= len(of_kind(found(made, rate_hz), "saccade")) <= 44


def test_noise_alone_holds_no_saccade() -> None:
    rng = np.random.default_rng(3)
    x, y = rng.normal(500, 1, 4000), rng.normal(500, 1, 4000)
    events = detect_events(np.arange(4000, dtype=np.float64) * 2, x, y, rate_hz=500, px_per_degree=PX_PER_DEGREE)
    assert of_kind(events, "saccade") == []
    assert len(of_kind(events, "fixation")) == 1


def test_a_blink_is_a_gap_of_its_length_and_a_loss_is_none() -> None:
    made = walk()
    x, y = made.x.copy(), made.y.copy()
    for first, last in ((300, 350), (900, 910), (1500, 1900)):  # 100 ms, 20 ms, 800 ms
        x[first:last] = y[first:last] = np.nan
    pupil = np.full(len(x), 5.0)
    events = found(made, x=x, y=y, pupil=pupil)
    (blink,) = of_kind(events, "blink")
    assert (blink.first, blink.last) == (300, 349)
    assert all(event.last < 1500 or event.first >= 1900 for event in of_kind(events, "saccade"))
    assert {event.pupil for event in of_kind(events, "fixation")} == {5.0}


@pytest.mark.parametrize("lost", [slice(0, 200), slice(-60, None), slice(0, 1), slice(None), slice(20, None)])
def test_a_signal_may_lack_its_ends_or_everything(lost: slice) -> None:
    """REMoDNaV alone fails on the first four of these."""
    made = walk()
    x, y = made.x.copy(), made.y.copy()
    x[lost] = y[lost] = np.nan
    events = found(made, x=x, y=y)
    assert bool(events) == (np.isfinite(x).sum() > 250)
    assert all(np.isfinite(x[event.first : event.last + 1]).any() for event in events if event.kind != "blink")


def test_a_pause_divides_the_recording() -> None:
    made = walk()
    cut = made.rests[5][2] + 50  # in the middle of a rest
    events = found(made, time_ms=made.time_ms + np.where(np.arange(len(made.x)) >= cut, 5000, 0))
    assert not [event for event in events if event.first < cut <= event.last]
    again = found(made, time_ms=made.time_ms - np.where(np.arange(len(made.x)) >= cut, 9000, 0))  # a new clock
    assert not [event for event in again if event.first < cut <= event.last]


def test_samples_may_jitter_and_be_dropped() -> None:
    made = walk()
    rng = np.random.default_rng(2)
    kept = np.sort(rng.permutation(len(made.x))[: int(0.97 * len(made.x))])
    time_ms = made.time_ms[kept] + rng.uniform(-0.5, 0.5, len(kept))
    events = found(made, time_ms=time_ms, x=made.x[kept], y=made.y[kept])
    assert abs(len(of_kind(events, "saccade")) - len(made.rests)) <= 1


def test_nothing_gives_nothing() -> None:
    assert detect_events(*(np.empty(0),) * 3, rate_hz=500, px_per_degree=40) == []


def test_too_slow_a_tracker_is_told() -> None:
    with pytest.raises(NoEventsError, match=r"cannot be found at 30 samples a second .* at least 50 samples"):
        found(walk(60.0), 30.0)


def test_without_the_library_one_is_told_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "remodnav.clf", None)
    remodnav._classifier.cache_clear()
    with pytest.raises(GazeReaderMissingError, match=r"REMoDNaV, which is not installed .* pip install"):
        found(walk())
    remodnav._classifier.cache_clear()


@pytest.mark.skipif(not LABELLED.is_dir(), reason="the labelled recordings are not beside this checkout")
def test_people_agree_with_us_at_least_as_with_the_defaults() -> None:
    for recording in events_bench.RECORDINGS:
        data = events_bench._load(recording, "MN")
        ours, default = events_bench._ours(data), events_bench._remodnav(data)
        labels = data.pos[:, 5].astype(int)
        for numbers in ((1,), (2,), (3,), (1, 4)):
            agreed = events_bench.kappa(ours, labels, numbers)
            assert agreed >= events_bench.kappa(default, labels, numbers)
            assert agreed > 0.35
