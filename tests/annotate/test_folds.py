from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotate.folds import FoldsImpossibleError, assign_folds

CLASSES = ["happiness", "sadness", "fear"]


@given(
    st.dictionaries(
        st.text("abcdef", min_size=1, max_size=4),
        st.lists(st.sampled_from(CLASSES), max_size=9),
        min_size=3,
        max_size=30,
    ),
    st.integers(2, 3),
    st.integers(0, 99),
)
def test_every_participant_has_one_fold_and_no_fold_is_empty(people: dict[str, list[str]], k: int, seed: int) -> None:
    folds = assign_folds(people, k, seed)
    assert folds.keys() == people.keys()
    sizes = Counter(folds.values())
    assert set(sizes) == set(range(k))
    assert max(sizes.values()) <= -(-len(people) // k)
    assert folds == assign_folds(dict(reversed(people.items())), k, seed)


def test_a_rare_class_is_spread_over_the_folds() -> None:
    people = {f"P{n}": ["fear"] * 3 + ["sadness"] if n < 3 else ["sadness"] * 4 for n in range(9)}
    folds = assign_folds(people, 3, seed=1)
    assert {folds[f"P{n}"] for n in range(3)} == {0, 1, 2}


@pytest.mark.parametrize(("people", "k"), [({"P1": []}, 2), ({"P1": [], "P2": []}, 0)])
def test_impossible_plans_are_refused(people: dict[str, list[str]], k: int) -> None:
    with pytest.raises(FoldsImpossibleError):
        assign_folds(people, k, seed=0)
