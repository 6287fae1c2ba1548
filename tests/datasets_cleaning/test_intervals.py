import pytest
from hypothesis import given
from hypothesis import strategies as st

from datasets_cleaning.intervals import Share


@pytest.mark.parametrize(
    ("count", "of", "low", "high"),
    [
        (0, 10, 0.0, 0.2775),
        (1, 29, 0.0061, 0.1718),
        (15, 148, 0.0624, 0.1605),
        (81, 263, 0.2553, 0.3662),
    ],
)
def test_the_interval_is_the_published_one(count, of, low, high):
    """Newcombe 1998, table I, method 3."""
    assert Share(count, of).interval == pytest.approx((low, high), abs=6e-5)


@given(of=st.integers(1, 10**9), data=st.data())
def test_the_interval_holds_what_was_counted(of, data):
    share = Share(data.draw(st.integers(0, of)), of)

    low, high = share.interval

    assert 0 <= low <= share.value <= high <= 1


def test_of_nothing_nothing_is_known():
    assert Share(0, 0).interval == (0.0, 1.0)
