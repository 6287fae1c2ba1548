from collections import Counter

import torch
from hypothesis import given
from hypothesis import strategies as st

from generation.fair_scheduler import BatchKey, FairScheduler

SMALL = (1, torch.Size([1, 4, 8, 8]))
LARGE = (1, torch.Size([1, 4, 64, 64]))


def served(scheduler, costs, *, seconds, requests=1):
    """How often each key had its turn within so many *seconds*."""
    passes: Counter[BatchKey] = Counter()
    while seconds > 0:
        key = scheduler.next(list(costs))
        scheduler.charge(key, costs[key], requests=requests)
        passes[key] += 1
        seconds -= costs[key]
    return passes


def test_what_is_quick_does_not_wait_for_what_is_slow():
    passes = served(FairScheduler(), {LARGE: 1.0, SMALL: 0.1}, seconds=20)

    assert passes[SMALL] > 8 * passes[LARGE] > 0


@given(
    st.dictionaries(st.integers(0, 9), st.floats(0.01, 1), min_size=2),
    st.floats(30, 60),
)
def test_nobody_starves(costs, seconds):
    keyed = {(number, SMALL[1]): cost for number, cost in costs.items()}

    passes = served(FairScheduler(), keyed, seconds=seconds)

    shares = [passes[key] * cost for key, cost in keyed.items()]
    assert max(shares) - min(shares) <= 2 * max(costs.values())


def test_many_pictures_of_one_key_have_as_much_time_each_as_a_single_one():
    scheduler = FairScheduler()

    scheduler.charge(scheduler.next([SMALL]), 8.0, requests=8)
    scheduler.next([SMALL, LARGE])
    scheduler.charge(LARGE, 1.5, requests=1)

    assert scheduler.next([SMALL, LARGE]) == SMALL


def test_who_comes_late_has_no_arrears_to_claim():
    scheduler = FairScheduler()
    scheduler.charge(scheduler.next([LARGE]), 100.0, requests=1)

    passes = served(scheduler, {LARGE: 1.0, SMALL: 1.0}, seconds=10)

    assert passes[LARGE] >= 4
