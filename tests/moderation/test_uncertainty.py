from hypothesis import given
from hypothesis import strategies as st

from moderation.uncertainty import margin, smallest_margin

HATE = {"hate": {"review": 0.5, "refuse": 0.9}}
shares = st.floats(0, 1)


def test_what_is_nearest_to_any_of_its_thresholds_counts():
    assert margin({"hate": 0.75}, HATE) == 0.9 - 0.75
    assert margin({"hate": 0.75, "toxic": 0.2}, {**HATE, "toxic": {"review": 0.2}}) == 0


def test_never_and_always_are_no_thresholds_to_be_near():
    assert margin({"toxic": 0.99}, {"toxic": {"review": 0.0, "refuse": 1.0}}) == 1.0


def test_what_nobody_judged_is_farthest():
    assert margin({}, {}) == smallest_margin([]) == 1.0


def test_one_unsure_gate_makes_a_work_uncertain():
    assert (
        smallest_margin([({"hate": 0.0}, HATE), ({"hate": 0.5}, HATE), ({}, {})]) == 0.0
    )


@given(score=shares, review=shares, refuse=shares)
def test_a_distance_is_a_share_and_nought_on_a_threshold(score, review, refuse):
    rule = {"review": review, "refuse": refuse}

    assert 0 <= margin({"hate": score}, {"hate": rule}) <= 1
    if 0 < review < 1:
        assert margin({"hate": review}, {"hate": rule}) == 0
