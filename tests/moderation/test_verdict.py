from itertools import pairwise

from moderation import Outcome


def test_outcomes_are_ordered_by_severity():
    ordered = [Outcome.ALLOW, Outcome.REVIEW, Outcome.REFUSE]

    assert all(milder < worse for milder, worse in pairwise(ordered))
    assert [outcome.label for outcome in ordered] == ["allow", "review", "refuse"]
