"""No session and no trial can be sent where it must not go, and no trial counts that a device missed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collect.session.errors import IllegalStepError
from collect.session.states import DEVICES, SessionProgress, SessionState, TrialProgress, TrialState

WHOLE_WAY = (TrialState.RECORDING, TrialState.PLAYING, TrialState.SELF_REPORT, TrialState.DONE)


def stamped_by(*devices: str) -> TrialProgress:
    trial = TrialProgress(1, DEVICES)
    trial.go(TrialState.RECORDING)
    trial.go(TrialState.PLAYING)
    for device in DEVICES:
        if device in devices:
            trial.stamp(device)
    trial.go(TrialState.SELF_REPORT)
    trial.go(TrialState.DONE)
    return trial


def test_a_trial_that_all_devices_stamped_has_no_fault() -> None:
    trial = stamped_by("screen", "tracker", "camera")
    assert trial.fault() == ""
    assert trial.stamped == ("screen", "tracker", "camera")


def test_a_trial_that_a_device_missed_says_which() -> None:
    assert stamped_by("screen", "camera").fault() == "no data from the tracker while the clip played"
    assert "the tracker and the camera" in stamped_by("screen").fault()


@given(st.lists(st.sampled_from(TrialState), max_size=6))
def test_only_the_drawn_way_leads_to_a_valid_trial(steps: list[TrialState]) -> None:
    trial = TrialProgress(1, ())
    try:
        for step in steps:
            trial.go(step)
    except IllegalStepError:
        return
    assert (trial.fault() == "" and trial.state is TrialState.DONE) == (tuple(steps) == WHOLE_WAY)


def test_a_broken_off_trial_is_not_valid_though_every_device_stamped_it() -> None:
    trial = TrialProgress(1, DEVICES)
    trial.go(TrialState.RECORDING)
    trial.go(TrialState.PLAYING)
    for device in DEVICES:
        trial.stamp(device)
    trial.go(TrialState.DONE)
    assert trial.fault() == "the trial was broken off"


def test_a_stamp_counts_only_while_the_clip_plays() -> None:
    with pytest.raises(IllegalStepError, match="armed, not playing"):
        TrialProgress(1, DEVICES).stamp("camera")


@pytest.mark.parametrize("first", [SessionState.TRIAL, SessionState.SETUP])
def test_a_session_calibrates_before_its_first_trial(first: SessionState) -> None:
    with pytest.raises(IllegalStepError, match="cannot go from setup"):
        SessionProgress().go(first)


def test_no_trial_begins_while_another_one_runs() -> None:
    session = SessionProgress()
    session.go(SessionState.CALIBRATION)
    session.begin_trial()
    with pytest.raises(IllegalStepError, match="Trial 1 is armed"):
        session.begin_trial()


def test_nothing_follows_closing() -> None:
    session = SessionProgress()
    session.go(SessionState.CLOSING)
    for state in SessionState:
        with pytest.raises(IllegalStepError):
            session.go(state)


def session_in(*states: SessionState) -> SessionProgress:
    session = SessionProgress()
    for state in states:
        session.go(state)
    return session


@pytest.mark.parametrize("to", [SessionState.DRIFT_CHECK, SessionState.PAUSE])
def test_nothing_but_a_calibration_follows_the_setup(to: SessionState) -> None:
    with pytest.raises(IllegalStepError, match="cannot go from setup"):
        SessionProgress().go(to)


def test_a_drift_check_is_followed_by_its_trial_or_a_calibration() -> None:
    session = session_in(SessionState.CALIBRATION, SessionState.DRIFT_CHECK)
    for to in (SessionState.PAUSE, SessionState.DRIFT_CHECK, SessionState.SETUP):
        with pytest.raises(IllegalStepError, match="cannot go from drift check"):
            session.go(to)
    session.begin_trial()


def test_there_is_no_pause_while_a_trial_runs() -> None:
    session = session_in(SessionState.CALIBRATION)
    trial = session.begin_trial()
    with pytest.raises(IllegalStepError, match="Trial 1 is armed; end it before pause"):
        session.go(SessionState.PAUSE)
    trial.go(TrialState.DONE)
    session.go(SessionState.PAUSE)
    session.begin_trial()
