import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generation.evaluation.result import Interval, bootstrap, wilson


@settings(max_examples=15)
@given(count=st.integers(1, 10_000), part=st.floats(0, 1))
def test_a_share_lies_in_its_interval(count, part):
    hits = round(part * count)

    low, high = wilson(hits, count)

    assert 0 <= low <= hits / count + 1e-12
    assert hits / count - 1e-12 <= high <= 1


def test_the_interval_of_a_share_is_wilsons():
    low, high = wilson(81, 263)

    assert (low, high) == pytest.approx((0.2553, 0.3662), abs=1e-4)


def test_what_never_happened_may_still_happen():
    assert wilson(0, 10) == pytest.approx((0, 0.2775), abs=1e-4)


def test_a_mean_is_as_sure_as_theory_says():
    values = np.random.default_rng(1).normal(size=400)

    low, high = bootstrap(values)

    assert high - low == pytest.approx(2 * 1.96 / 20, rel=0.2)
    assert low < values.mean() < high


def test_intervals_meet_where_they_share_a_value():
    assert Interval(0, 1).meets(Interval(1, 2))
    assert not Interval(0, 1).meets(Interval(1.1, 2))
