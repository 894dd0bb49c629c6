"""What a participant is shown keeps the study's promises, whoever the participant is."""

from collections import Counter
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collect.bundle.format import PlannedPresentation
from collect.bundle.manifest import Clip, StimulusManifest
from collect.bundle.study import Study
from collect.plan.errors import NumberlessPseudonymError
from collect.plan.latin_square import row_count
from collect.plan.session_plan import session_plan

EMOTIONS = ("happiness", "sadness", "fear", "surprise", "disgust", "anger", "neutral")
PSEUDONYMS = st.from_regex(r"[A-Za-z][A-Za-z0-9_-]{0,20}", fullmatch=True)


def manifest(*emotions: Any) -> StimulusManifest:
    """Clips c0, c1, … of these emotions, and four for the other roles."""
    clips = [
        Clip(id=name, file=f"{name}.mp4", sha256="0" * 64, emotion=emotion, duration_s=1.0, licence="own", source="own")
        for name, emotion in [
            *((f"c{index}", emotion) for index, emotion in enumerate(emotions)),
            *((name, "neutral") for name in ("try", "base", "wash", "mend")),
        ]
    ]
    return StimulusManifest(id="set", title="A set", clips=tuple(clips))


def study(**fields: Any) -> Study:
    return Study.model_validate(
        {
            "id": "s", "title": "t", "stimuli": "manifest.yaml",
            "practice": ["try"], "baseline": "base", "washout": "wash", "mood_repair": "mend",
            "consent": {"text": "Yes?"}, "screen": {"width_px": 100, "height_px": 100},
            "tracker": {"kind": "simulated"}, "camera": {"kind": "simulated"}, **fields,
        }
    )  # fmt: skip


def trials(plan: tuple[PlannedPresentation, ...]) -> list[str]:
    return [shown.clip for shown in plan if shown.role == "trial"]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(EMOTIONS), min_size=1, max_size=12), PSEUDONYMS, st.sampled_from(["fixed", "random"]))
def test_every_plan_is_whole(emotions: list[str], participant: str, order: str) -> None:
    clips, asked = manifest(*emotions), study(order=order)
    plan = session_plan(asked, clips, participant)
    assert plan == session_plan(asked, clips, participant)
    assert sorted(trials(plan)) == sorted(f"c{index}" for index in range(len(emotions)))
    between = ["trial", "washout"] * len(emotions)
    assert [shown.role for shown in plan] == ["practice", "baseline", *between[:-1], "repair"]
    assert {shown.clip for shown in plan if shown.role == "washout"} <= {"wash"}


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(EMOTIONS), min_size=2, max_size=14), PSEUDONYMS)
def test_no_emotion_comes_twice_where_the_clips_allow_it(emotions: list[str], participant: str) -> None:
    clips = manifest(*emotions)
    order = trials(session_plan(study(), clips, participant))
    felt = [emotions[int(clip[1:])] for clip in order]
    most = Counter(emotions).most_common(1)[0][1]
    assert sum(one == other for one, other in pairwise(felt)) == max(0, 2 * most - len(emotions) - 1)


def test_no_emotion_comes_twice_across_the_border_of_blocks() -> None:
    clips = manifest("fear", "anger", "fear", "anger", "fear", "anger")
    blocks = [{"name": "one", "clips": ["c0", "c1", "c2"]}, {"name": "two", "clips": ["c3", "c4", "c5"]}]
    for number in range(30):
        plan = session_plan(study(blocks=blocks, block_order="random"), clips, f"P{number}")
        felt = [int(clip[1:]) % 2 for clip in trials(plan)]
        assert all(one != other for one, other in pairwise(felt))


def test_random_orders_differ_between_participants_and_between_studies() -> None:
    clips = manifest(*EMOTIONS)
    orders = {tuple(trials(session_plan(study(), clips, f"P{number}"))) for number in range(20)}
    assert len(orders) == 20
    assert session_plan(study(), clips, "P1") != session_plan(study(title="other"), clips, "P1")


@pytest.mark.parametrize("size", [2, 4, 5, 6])
def test_a_latin_square_is_balanced_over_its_participants(size: int) -> None:
    clips, asked = manifest(*(EMOTIONS[:size])), study(order="latin_square")
    orders = [trials(session_plan(asked, clips, f"P{number:03}")) for number in range(5, 5 + row_count(size))]
    places = Counter((place, clip) for order in orders for place, clip in enumerate(order))
    neighbours = Counter(pair for order in orders for pair in pairwise(order))
    assert len(places) == size * size
    assert len(set(places.values())) == 1
    assert len(neighbours) == size * (size - 1)
    assert len(set(neighbours.values())) == 1


def test_a_latin_square_is_kept_even_where_one_emotion_comes_twice() -> None:
    clips = manifest("fear", "fear", "anger", "anger")
    kept = [trials(session_plan(study(order="latin_square"), clips, f"P{number}")) for number in range(1, 5)]
    free = [
        trials(session_plan(study(order="latin_square", no_emotion_twice=False), clips, f"P{number}"))
        for number in range(1, 5)
    ]
    assert kept == free


def test_a_random_block_gives_way_to_a_latin_square_beside_it() -> None:
    clips = manifest("fear", "anger", "fear", "anger")
    blocks = [
        {"name": "one", "clips": ["c0", "c1"], "order": "latin_square"},
        {"name": "two", "clips": ["c2", "c3"], "order": "random"},
    ]
    for number in range(1, 9):
        order = trials(session_plan(study(blocks=blocks), clips, f"P{number}"))
        assert order[:2] == (["c0", "c1"] if number % 2 else ["c1", "c0"])
        assert int(order[1][1]) % 2 != int(order[2][1]) % 2


def test_blocks_and_their_clips_are_crossed() -> None:
    clips = manifest("fear", "anger", "sadness", "disgust")
    blocks = [{"name": "one", "clips": ["c0", "c1"]}, {"name": "two", "clips": ["c2", "c3"]}]
    asked = study(blocks=blocks, order="latin_square", block_order="latin_square")
    orders = {tuple(trials(session_plan(asked, clips, f"P{number}"))) for number in range(1, 5)}
    assert len(orders) == 4


def test_a_pseudonym_without_a_number_has_no_row() -> None:
    with pytest.raises(NumberlessPseudonymError, match="'anna'"):
        session_plan(study(order="latin_square"), manifest(*EMOTIONS), "anna")


def test_rests_come_where_the_study_wants_them() -> None:
    clips = manifest(*EMOTIONS)
    plan = session_plan(study(break_every=3, washout=None), clips, "P1")
    assert [index for index, shown in enumerate(plan) if shown.break_before] == [5, 8]
    blocks = [
        {"name": "one", "clips": ["c0", "c1", "c2"]},
        {"name": "two", "clips": ["c3", "c4", "c5"], "break_before": True},
    ]
    plan = session_plan(study(blocks=blocks, break_every=2, order="fixed"), clips, "P1")
    assert [shown.clip for shown in plan if shown.break_before] == ["c2", "c3", "c5"]
    assert [shown.block for shown in plan if shown.role == "trial"] == ["one"] * 3 + ["two"] * 3


def test_nobody_rests_before_anything_was_shown() -> None:
    blocks = [{"name": "one", "clips": ["c0"], "break_before": True}]
    clips = manifest("fear")
    assert not session_plan(study(blocks=blocks, practice=[], baseline=None), clips, "P1")[0].break_before
    plan = session_plan(study(blocks=blocks), clips, "P1")
    assert [shown.clip for shown in plan if shown.break_before] == ["c0"]
