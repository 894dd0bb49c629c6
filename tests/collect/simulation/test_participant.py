import pytest

from collect.bundle.format import SelfReportItem
from collect.simulation.participant import EMOTIONS, SimulatedParticipant, SimulationError
from tests.collect.simulation.people import CLIPS, participant


def test_the_same_seed_plans_the_same_session_and_another_one_does_not() -> None:
    assert participant().plans == participant().plans
    assert participant().truth() == participant().truth()
    assert len({participant(f"P{number:02}").plans for number in range(20)}) == 20
    assert participant(seed=8).plans != participant().plans


@pytest.mark.parametrize("share", [0.0, 0.35, 1.0])
def test_the_planted_gap_has_the_share_that_the_truth_names(share: float) -> None:
    people = [participant(f"P{number:03}", gap_share=share) for number in range(300)]
    hidden = [trial.felt != trial.shown for person in people for trial in person.truth().trials]
    assert sum(hidden) / len(hidden) == pytest.approx(share, abs=0.03)
    assert {person.truth().gap_share for person in people} == {share}
    # No session strays from the share by a whole trial.
    for person in people:
        assert abs(sum(plan.felt != plan.shown for plan in person.plans) - share * 7) < 1


def test_most_feel_what_the_clip_means_and_masks_are_often_smiles() -> None:
    plans = [plan for number in range(200) for plan in participant(f"P{number:03}").plans]
    as_meant = [plan.felt == CLIPS[plan.clip] for plan in plans]
    assert 0.8 < sum(as_meant) / len(as_meant) < 0.95
    masks = [plan.shown for plan in plans if plan.felt == "sadness" and plan.shown != "sadness"]
    assert masks.count("happiness") > len(masks) / 2


def test_a_neutral_face_has_no_intensity_and_every_other_one_has() -> None:
    plans = [plan for number in range(100) for plan in participant(f"P{number:03}").plans]
    assert all((plan.intensity == 0) == (plan.shown == "neutral") for plan in plans)
    assert all(0 <= plan.intensity <= 3 for plan in plans)


def test_answers_follow_what_is_felt_and_never_what_is_shown() -> None:
    people = [participant(f"P{number:03}", gap_share=1.0) for number in range(60)]
    trials = [(person, plan) for person in people for plan in person.plans]
    right = [person.answer(plan.trial, "seven").choice == plan.felt for person, plan in trials]
    assert sum(right) / len(right) > 0.88

    def mean_step(felt: str, item: SelfReportItem) -> float:
        steps = [person.answer(plan.trial, item).step for person, plan in trials if plan.felt == felt]
        return sum(step for step in steps if step is not None) / len(steps)

    assert (
        mean_step("anger", "valence") < mean_step("sadness", "valence") < 4.0 < 6.0 < mean_step("happiness", "valence")
    )
    assert mean_step("anger", "arousal") > mean_step("fear", "arousal") > mean_step("sadness", "arousal")
    assert {person.answer(plan.trial, "three").choice for person, plan in trials} == {"positive", "negative", "neutral"}


def test_asking_twice_gives_the_same_answer() -> None:
    person = participant()
    assert [person.answer(3, "valence"), person.answer(3, "seven")] == [
        participant().answer(3, "valence"),
        person.answer(3, "seven"),
    ]
    assert 1 <= (person.answer(3, "arousal").step or 0) <= 9


def test_a_clip_without_an_emotion_is_refused_with_what_to_do() -> None:
    with pytest.raises(SimulationError, match=r"'clip-unknown'.*Give the clip an emotion in the manifest"):
        SimulatedParticipant("P01", 1, CLIPS, ["clip-unknown"])


def test_a_trial_that_plays_another_clip_than_planned_is_refused() -> None:
    with pytest.raises(SimulationError, match=r"plays clip 'clip-fear'.*expected 'clip-happiness'"):
        participant().plan_for(1, "clip-fear")
    with pytest.raises(SimulationError, match="Trial 8 was not planned"):
        participant().plan(8)


def test_all_seven_emotions_can_be_shown() -> None:
    assert {plan.shown for number in range(30) for plan in participant(f"P{number}").plans} == set(EMOTIONS)


def test_the_newer_questions_have_answers_that_stay_the_same() -> None:
    person = participant()
    for trial in range(1, 8):
        for item in ("familiarity", "liking"):
            step = person.answer(trial, item).step
            assert step is not None
            assert 1 <= step <= 9
        text = person.answer(trial, "text").text or ""
        assert person.plan(trial).felt in text
        assert text.endswith("(simulated)")
        assert person.answer(trial, "text").text == text
