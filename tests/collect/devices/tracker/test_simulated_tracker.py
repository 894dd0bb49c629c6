from pathlib import Path

import numpy as np
import pytest
from pydantic import ValidationError

from collect.bundle.limits import CalibrationLimits
from collect.bundle.study_devices import SimulatedTracker as StudyTracker
from collect.bundle.tracker_faults import TrackerFaults, TrackingLoss
from collect.clock_mapping.mapping import mapping_of_readings
from collect.devices.errors import RecordingNotFetchedError, TrackerUnavailableError
from collect.devices.protocols import ClockReading, EyeEvent, GazeSample, StopRequested
from collect.devices.tracker.simulated_tracker import SimulatedTracker
from collect.devices.tracker.validation_targets import Eyes
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


def test_late_samples_come_later_with_their_true_times_and_none_is_lost() -> None:
    clock = VirtualClock()
    late = SimulatedTracker(participant(), clock, rate_hz=250, faults=TrackerFaults(late_s=0.5))
    late.open()
    late.start(1, CLIP)
    clock.wait_until(clock.now_ns() + SECOND)
    first = late.poll().samples
    assert clock.now_ns() - first[-1].host_ns >= SECOND // 2
    late.stop()
    everything = [*first, *late.poll().samples]
    assert repr(everything) == repr(recorded(1, 0.1)[0])


def test_a_failing_transfer_says_what_a_real_one_says(tmp_path: Path) -> None:
    tracker = SimulatedTracker(participant(), VirtualClock(), faults=TrackerFaults(failing_transfer=True))
    tracker.open()
    assert tracker.close(tmp_path / "original") is None, "nothing was recorded that could be lost"
    tracker.open()
    tracker.start(1, CLIP)
    with pytest.raises(RecordingNotFetchedError, match=r"could not be fetched.*still on the Host PC as SIMULATE\.EDF"):
        tracker.close(tmp_path / "original")
    assert tracker.close(tmp_path / "original") is None
    assert list(tmp_path.iterdir()) == []


def test_drifting_gaze_is_found_by_the_drift_check_until_a_calibration_mends_it() -> None:
    clock = VirtualClock()
    tracker = SimulatedTracker(participant(), clock, faults=TrackerFaults(drift_deg_per_trial=1.5))
    steady = SimulatedTracker(participant(), clock)
    for device in (tracker, steady):
        device.open()
    assert tracker.drift_check().accepted
    shifts = []
    for trial, clip in enumerate(list(CLIPS)[:3], start=1):
        for device in (tracker, steady):
            device.start(trial, clip)
        clock.wait_until(clock.now_ns() + SECOND)
        pairs = zip(tracker.poll().samples, steady.poll().samples, strict=True)
        shifts.append(np.nanmean([a.left_x - b.left_x for a, b in pairs]))
    assert shifts == pytest.approx([0.0, 1.5 * 38, 3.0 * 38])
    check = tracker.drift_check()
    assert check.error_deg is not None
    assert check.error_deg > 4
    assert not check.accepted
    tracker.calibrate()
    assert tracker.drift_check().accepted


def test_scripted_drift_checks_fail_first_and_the_limits_of_the_study_decide() -> None:
    tracker = SimulatedTracker(participant(), VirtualClock(), faults=TrackerFaults(bad_drift_checks=1))
    tracker.open()
    assert [tracker.drift_check().accepted for _ in range(2)] == [False, True]
    strict = SimulatedTracker(participant(), VirtualClock(), limits=CalibrationLimits(mean_deg=0.1, drift_deg=0.1))
    strict.open()
    assert not strict.calibrate().accepted
    assert not strict.drift_check().accepted


def test_a_calibration_shows_its_nine_points_for_each_eye() -> None:
    tracker = SimulatedTracker(participant(), VirtualClock(), eyes="LR")
    tracker.open()
    result = tracker.calibrate()
    assert [sum(point.eye == eye for point in result.points) for eye in "LR"] == [9, 9]
    errors = {eye: [point.error_deg or 0 for point in result.points if point.eye == eye] for eye in "LR"}
    assert result.mean_error_deg == pytest.approx(max(np.mean(errors[eye]) for eye in "LR"), abs=0.001)
    assert result.max_error_deg == max(max(errors[eye]) for eye in "LR")


def test_its_clock_is_read_about_once_a_second_and_the_readings_lead_back_to_it() -> None:
    clock = VirtualClock()
    tracker = SimulatedTracker(participant(), clock)
    tracker.open()
    readings: list[ClockReading] = []
    samples: list[GazeSample] = []
    for trial, clip in enumerate(list(CLIPS)[:3], start=1):
        tracker.start(trial, clip)
        for _ in range(500):
            clock.wait_until(clock.now_ns() + 40_000_000)
            batch = tracker.poll()
            readings += batch.clock
            samples += batch.samples
        tracker.stop()
        samples += tracker.poll().samples
    mapping = mapping_of_readings(readings)
    assert mapping is not None
    assert 55 < mapping.n < 75
    assert max(abs(mapping.host_ns(s.device_ms) - s.host_ns) for s in samples[::100]) < 50_000
    assert mapping.residual_p95_ms < 3
    assert len({reading.uncertainty_ns for reading in readings}) > 30


def test_a_study_names_the_faults() -> None:
    named = {"kind": "simulated", "faults": {"late_s": 1, "disconnect": [2, 0.5], "failing_transfer": True}}
    faults = TrackerFaults(late_s=1, disconnect=(2, 0.5), failing_transfer=True)
    assert StudyTracker.model_validate(named).faults == faults
    with pytest.raises(ValidationError, match="later than 'from_s'"):
        StudyTracker.model_validate({**named, "faults": {"losses": [{"trial": 1, "from_s": 2, "to_s": 1}]}})


def test_on_a_real_screen_its_targets_are_seen_and_a_stop_between_them_is_heard() -> None:
    graphics = TargetsSeen()
    tracker = SimulatedTracker(participant(), VirtualClock(), graphics=graphics)
    tracker.open()
    result = tracker.calibrate()
    assert graphics.targets == [(p.target_x, p.target_y) for p in result.points if p.eye == "L"]
    tracker.drift_check()
    assert graphics.targets[-1] == (960, 540)
    graphics.stop = True
    with pytest.raises(StopRequested):
        tracker.drift_check()


class TargetsSeen:
    def __init__(self) -> None:
        self.targets: list[tuple[float, float]] = []
        self.stop = False

    def show_target(self, x_px: float, y_px: float) -> None:
        self.targets.append((x_px, y_px))

    def show_nothing(self) -> None: ...

    def pressed_keys(self) -> list[str]:
        if self.stop:
            raise StopRequested("participant")
        return []
