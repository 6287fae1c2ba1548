from hypothesis import given, settings
from hypothesis import strategies as st

from generation.evaluation.ablation import compare_ranking
from generation.evaluation.result import Figure


def figure(value: float, reach: float = 0.1) -> Figure:
    return Figure(
        of="it",
        measure="FID",
        value=value,
        low=value - reach,
        high=value + reach,
        count=9,
    )


def test_small_distances_are_better():
    figures = {"a": figure(1), "b": figure(2), "c": figure(0)}

    ranking = compare_ranking(figures, ["a", "b", "c"], less=True)

    assert ranking.same == (("a", "b"),)
    assert ranking.turned == (("a", "c"), ("b", "c"))


def test_large_scores_are_better():
    ranking = compare_ranking({"a": figure(2), "b": figure(1)}, ["a", "b"], less=False)

    assert ranking.same == (("a", "b"),)


def test_what_overlaps_is_not_told_apart():
    ranking = compare_ranking({"a": figure(1), "b": figure(1.1)}, ["a", "b"], less=True)

    assert ranking.unclear == (("a", "b"),)
    assert "Overlap: a and b" in ranking.sentence("FID")


@settings(max_examples=15)
@given(values=st.lists(st.floats(0, 100), min_size=2, max_size=6))
def test_every_pair_is_judged_once(values):
    figures = {str(place): figure(value) for place, value in enumerate(values)}

    ranking = compare_ranking(figures, list(figures), less=True)

    pairs = [*ranking.same, *ranking.turned, *ranking.unclear]
    assert len(pairs) == len(set(pairs)) == len(values) * (len(values) - 1) // 2
