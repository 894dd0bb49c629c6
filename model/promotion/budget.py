"""How much error a night may spend, so that all nights together stay within five percent.

A rule that is right 95 times of 100 is wrong about once a month if it is asked every night. So the t-th test is held
to α_t = 0.05 · t^-1.25 / ζ(1.25): the sum over all tests that will ever be made is 0.05 (Bonferroni over an endless
row; it needs no independence, and nights share most of their trials). The power 1.25 is a choice: 6/(π²t²), the
textbook's, gives the first night more (3.0 % for 1.1 %) and each night after the first week less; in the 30th it
gives 0.003 % for 0.016 %, in the 365th thirty times less. Challengers that deserve it rather come late, when there is
data to learn from.
"""

import math

#: The chance, over a whole life of nights, that any of them promotes a challenger that is no better.
LIFETIME = 0.05
_POWER = 1.25
_ZETA = 4.595111825840001  # ζ(1.25) = Σ t^-1.25 over all t ≥ 1


def level_of(test: int) -> float:
    """α of the test with this number, counted from 1 over all nights: what its p-value must not exceed."""
    assert test >= 1, "tests are counted from 1"
    return LIFETIME * test**-_POWER / _ZETA


def spent_by(tests: int) -> float:
    """The sum of the levels of the first `tests` tests; below LIFETIME however many they are."""
    return sum(level_of(test) for test in range(1, tests + 1))


def people_needed(level: float) -> int:
    """Fewer participants than this cannot make a sign-flip test sure enough, whatever they show: 2^-P > level."""
    return math.ceil(-math.log2(level))
