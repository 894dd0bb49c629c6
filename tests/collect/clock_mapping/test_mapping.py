"""A line through readings: what it must find in spite of noise, outliers, late frames, and clocks that are set anew."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collect.clock_mapping.live import LiveClockMapping
from collect.clock_mapping.mapping import clock_mapping, late_clock_mapping, mapping_of_readings
from collect.devices.protocols import ClockReading

#: A host that has been up for 200 days: nanoseconds near the end of what a float holds exactly.
LONG_UP_NS = 200 * 86_400 * 1_000_000_000 + 123
Array = np.ndarray[Any, Any]
SEEDS = st.integers(0, 2**32 - 1)


def device(host_ns: Array, offset_ms: float, drift_ppm: float) -> Array:
    """The true device time: `offset_ms` at the first reading, `drift_ppm` faster than the host."""
    return offset_ms + (host_ns - host_ns[0]) / 1e6 * (1 + drift_ppm * 1e-6)


def every_second(n: int, start_ns: int = LONG_UP_NS) -> Array:
    return start_ns + np.arange(n, dtype=np.int64) * 1_000_000_000


@settings(max_examples=40, deadline=None)
@given(SEEDS, st.floats(0, 1e9), st.floats(-200, 200), st.integers(60, 900))
def test_offset_and_drift_are_found_under_noise_and_outliers(seed: int, offset: float, ppm: float, n: int) -> None:
    random = np.random.default_rng(seed)
    host = every_second(n)
    truth = device(host, offset, ppm)
    uncertainty = random.uniform(20_000, 200_000, n)
    read = truth + random.normal(0, 1, n) * uncertainty / 3 / 1e6
    wrong = random.random(n) < 0.1
    read[wrong] += random.uniform(-40, 40, wrong.sum())
    mapping = clock_mapping(host, read, uncertainty)
    assert mapping is not None
    errors = [abs(mapping.host_ns(truth[i]) - int(host[i])) for i in (0, n // 2, n - 1)]
    assert max(errors) < 60_000
    assert mapping.drift_ppm == pytest.approx(ppm, abs=60 / n)
    assert mapping.device_ms(int(host[n // 3])) == pytest.approx(truth[n // 3], abs=0.06)
    assert mapping.residual_median_ms < 0.1
    assert (mapping.n, round(mapping.span_s), len(mapping.segments)) == (n, n - 1, 1)


@settings(max_examples=40, deadline=None)
@given(SEEDS, st.floats(-120, 120), st.integers(20, 180), st.floats(2, 1e6), st.sampled_from([-1, 1]))
def test_a_clock_that_was_set_is_two_lines(seed: int, ppm: float, at: int, by: float, sign: int) -> None:
    random = np.random.default_rng(seed)
    host = every_second(200)
    truth = device(host, 5e6, ppm)
    truth[at:] += sign * by
    read = truth + random.normal(0, 0.05, 200)
    read[(random.random(200) < 0.05) & (np.abs(np.arange(200) - at) > 2)] += 3.0
    mapping = clock_mapping(host, read, np.full(200, 50_000))
    assert mapping is not None
    assert len(mapping.segments) == 2
    assert mapping.segments[0].n == at
    for i in (0, at - 1, at, 199):
        assert abs(mapping.host_ns(truth[i], near_host_ns=int(host[i])) - int(host[i])) < 150_000


def test_a_tracker_that_was_started_anew_has_times_twice() -> None:
    host = every_second(40)
    read = np.concatenate([device(host[:20], 1000.0, 10), device(host[20:], 500.0, 10)])
    mapping = clock_mapping(host, read, np.full(40, 10_000))
    assert mapping is not None
    assert [segment.n for segment in mapping.segments] == [20, 20]
    assert mapping.host_ns(5000.0, near_host_ns=int(host[3])) == pytest.approx(int(host[4]), abs=1e6)
    assert mapping.host_ns(5000.0) > int(host[20])
    assert mapping.device_ms(int(host[25])) == pytest.approx(read[25], abs=0.01)


def test_a_machine_that_was_started_anew_is_a_new_line() -> None:
    host = np.concatenate([every_second(30), every_second(30, 5_000_000_000)])
    read = 100.0 + np.arange(60) * 1000.0
    mapping = clock_mapping(host, read)
    assert mapping is not None
    assert [segment.n for segment in mapping.segments] == [30, 30]
    assert mapping.device_ms(6_000_000_000) == pytest.approx(31_100.0, abs=0.001)


@settings(max_examples=25, deadline=None)
@given(SEEDS, st.floats(-100, 100), st.integers(900, 6000))
def test_frames_that_waited_do_not_move_the_line(seed: int, ppm: float, n: int) -> None:
    """Host times of a camera: never early, usually a little late, now and then very late."""
    random = np.random.default_rng(seed)
    taken = LONG_UP_NS + np.round(np.arange(n) * 1e9 / 30).astype(np.int64)
    frame_ms = device(taken, 7e5, ppm)
    waited_ms = random.exponential(3.0, n) + 40 * (random.random(n) < 0.05)
    mapping = late_clock_mapping(taken + np.round(waited_ms * 1e6).astype(np.int64), frame_ms)
    assert mapping is not None
    assert len(mapping.segments) == 1
    early_ms = [(mapping.host_ns(frame_ms[i]) - int(taken[i])) / 1e6 for i in range(0, n, n // 10)]
    assert -0.5 < min(early_ms) <= max(early_ms) < 1.5
    assert mapping.residual_median_ms == pytest.approx(float(np.median(waited_ms)), abs=1.0)


def test_readings_in_a_short_while_say_nothing_of_drift() -> None:
    random = np.random.default_rng(3)
    host = LONG_UP_NS + np.arange(10, dtype=np.int64) * 1_000_000
    mapping = clock_mapping(host, device(host, 1e6, 0) + random.normal(0, 0.1, 10), np.full(10, 100_000))
    assert mapping is not None
    assert abs(mapping.drift_ppm) < 1
    assert abs(mapping.host_ns(1e6 + 60_000) - (LONG_UP_NS + 60_000_000_000)) < 300_000


@pytest.mark.parametrize("n", [1, 2, 3])
def test_few_readings_are_believed(n: int) -> None:
    readings = [ClockReading(LONG_UP_NS + i * 10**9, 500.0 + i * 1000, 40_000) for i in range(n)]
    mapping = mapping_of_readings(readings)
    assert mapping is not None
    assert abs(mapping.host_ns(500.0) - LONG_UP_NS) < 1000
    assert mapping.residual_p95_ms < 0.001


def test_without_readings_there_is_no_mapping() -> None:
    assert mapping_of_readings([]) is None
    assert clock_mapping(np.array([1], np.int64), np.array([np.nan])) is None
    live = LiveClockMapping()
    assert live.mapping is None
    assert np.isnan(live.device_ms(5))


def test_the_live_mapping_improves_and_hands_each_reading_on_once() -> None:
    live = LiveClockMapping()
    random = np.random.default_rng(1)
    host = every_second(400)
    truth = device(host, 2000.0, 80)
    errors, handed = [], 0
    for i in range(400):
        live.add(ClockReading(int(host[i]), truth[i] + random.normal(0, 0.2), 200_000))
        errors.append(abs(live.host_ns(truth[i]) - int(host[i])))
        if i % 7 == 0:
            handed += len(live.take_new())
    assert np.mean(errors[200:]) < 0.7 * np.mean(errors[:20])
    assert handed + len(live.take_new()) == 400
