import numpy as np
import pytest

from collect.bundle.tracker_faults import TrackerFaults, TrackingLoss
from collect.devices.errors import TrackerUnavailableError
from collect.devices.protocols import EyeEvent, GazeSample
from collect.devices.simulated_tracker import SimulatedTracker
from collect.devices.validation_targets import Eyes
from collect.simulation.participant import SimulationError
from collect.simulation.virtual_clock import VirtualClock
from tests.collect.simulation.people import CLIPS, participant

SECOND = 1_000_000_000
CLIP = next(iter(CLIPS))
NO_FAULTS = TrackerFaults()


def recorded(
    seconds: float, step_s: float, faults: TrackerFaults = NO_FAULTS, eyes: Eyes = "LR"
) -> tuple[list[GazeSample], list[EyeEvent]]:
    clock = VirtualClock()
    tracker = SimulatedTracker(participant(), clock, rate_hz=250, eyes=eyes, faults=faults)
    tracker.open()
    tracker.start(1, CLIP)
    samples: list[GazeSample] = []
    events: list[EyeEvent] = []
    end_ns = clock.now_ns() + round(seconds * SECOND)
    while clock.now_ns() < end_ns:
        clock.wait_until(min(end_ns, clock.now_ns() + round(step_s * SECOND)))
        batch = tracker.poll()
        samples += batch.samples
        events += batch.events
    tracker.stop()
    batch = tracker.poll()
    assert not tracker.poll().samples
    return samples + list(batch.samples), events + list(batch.events)


def test_how_often_one_polls_changes_nothing() -> None:
    assert repr(recorded(6, 0.013)) == repr(recorded(6, 6))


def test_samples_come_at_the_rate_on_both_clocks() -> None:
    samples, _ = recorded(4, 0.1)
    host = np.array([sample.host_ns for sample in samples])
    device = np.array([sample.device_ms for sample in samples])
    assert len(samples) == 1001
    assert set(np.diff(host)) == {4_000_000}
    slope, _ = np.polyfit((host - host[0]) / 1e6, device, 1)
    assert 0 < abs(slope - 1) < 100e-6
    assert abs(device[0] - host[0] / 1e6) > 1000


def test_events_are_reported_after_they_ended_and_the_stop_ends_the_last_one() -> None:
    samples, events = recorded(5, 0.05)
    last_ns = samples[-1].host_ns
    assert {event.eye for event in events} == {"L", "R"}
    assert {event.source for event in events} == {"tracker"}
    assert max(event.end_host_ns for event in events) == last_ns
    fixations = [event for event in events if event.kind == "fixation"]
    assert all(event.pupil > 0 and np.isnan(event.end_x) for event in fixations)
    for event in fixations:
        inside = [s for s in samples if event.start_host_ns <= s.host_ns < event.end_host_ns]
        x = [s.left_x if event.eye == "L" else s.right_x for s in inside]
        assert not inside or abs(np.mean(x) - event.x) < 8


@pytest.mark.parametrize(("eyes", "missing", "seen"), [("L", "right_x", "left_x"), ("R", "left_x", "right_x")])
def test_one_eye_leaves_the_other_missing(eyes: Eyes, missing: str, seen: str) -> None:
    samples, events = recorded(2, 0.5, eyes=eyes)
    assert all(np.isnan(getattr(sample, missing)) for sample in samples)
    assert not np.isnan(getattr(samples[10], seen))
    assert {event.eye for event in events} == {eyes}


def test_lost_tracking_leaves_missing_samples_and_no_events() -> None:
    samples, events = recorded(4, 0.1, TrackerFaults(losses=(TrackingLoss(trial=1, from_s=1.0, to_s=2.0),)))
    start_ns = samples[0].host_ns
    for sample in samples:
        if 1.0 <= (sample.host_ns - start_ns) / SECOND < 2.0:
            assert np.isnan(sample.left_x)
            assert np.isnan(sample.right_pupil)
    assert not [e for e in events if e.start_host_ns < start_ns + 2 * SECOND and e.end_host_ns > start_ns + SECOND]
    assert np.isfinite([sample.left_x for sample in samples]).mean() > 0.6


def test_a_disconnected_tracker_says_what_to_do_and_stays_away() -> None:
    clock = VirtualClock()
    tracker = SimulatedTracker(participant(), clock, faults=TrackerFaults(disconnect=(1, 2.0)))
    tracker.open()
    tracker.start(1, CLIP)
    clock.wait_until(clock.now_ns() + SECOND)
    assert tracker.poll().samples
    clock.wait_until(clock.now_ns() + SECOND)
    with pytest.raises(TrackerUnavailableError, match=r"disconnected.*cable, then resume"):
        tracker.poll()
    tracker.stop()
    with pytest.raises(TrackerUnavailableError):
        tracker.start(2, list(CLIPS)[1])
    assert tracker.close(None) is None
    assert tracker.close(None) is None


def test_calibrations_are_plausible_and_can_be_scripted_to_fail_first() -> None:
    tracker = SimulatedTracker(participant(), VirtualClock(), faults=TrackerFaults(bad_calibrations=1))
    tracker.open()
    first, second = tracker.calibrate(), tracker.calibrate()
    assert not first.accepted
    assert second.accepted
    assert 0.1 < second.mean_error_deg < second.max_error_deg < 2.5


def test_messages_are_stamped_by_the_trackers_own_clock() -> None:
    clock = VirtualClock()
    tracker = SimulatedTracker(participant(), clock)
    tracker.open()
    tracker.message("TRIAL 1")
    clock.wait_until(clock.now_ns() + SECOND)
    tracker.message("CLIP")
    (first_ns, first_ms, text), (second_ns, second_ms, _) = tracker.messages
    assert text == "TRIAL 1"
    assert second_ns - first_ns == SECOND
    assert second_ms - first_ms == pytest.approx(1000, abs=0.1)


def test_a_clip_out_of_order_is_refused() -> None:
    tracker = SimulatedTracker(participant(), VirtualClock())
    tracker.open()
    with pytest.raises(SimulationError, match="Trial 2 plays clip"):
        tracker.start(2, CLIP)
