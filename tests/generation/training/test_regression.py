import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from generation.training.regression import Moments


def drawn(seed=0, *, pairs=200):
    """Numbers x that vary together, and y that follow them with a little noise."""
    rng = torch.Generator().manual_seed(seed)

    def normal(*shape):
        return torch.randn(shape, generator=rng).double()

    x = normal(pairs, 4) @ normal(4, 4) + 3
    return x, x @ normal(4, 3) + 0.1 * normal(pairs, 3) - 7


def test_moments_are_those_of_all_pairs():
    x, y = drawn()

    moments = Moments.of([(x, y)])

    both = torch.cat([x, y], dim=1).T.cov(correction=0)
    torch.testing.assert_close(moments.x_mean, x.mean(dim=0))
    torch.testing.assert_close(moments.y_mean, y.mean(dim=0))
    torch.testing.assert_close(moments.x_std, x.std(dim=0, correction=0))
    torch.testing.assert_close(moments.y_std, y.std(dim=0, correction=0))
    torch.testing.assert_close(moments.xx, both[:4, :4])
    torch.testing.assert_close(moments.xy, both[:4, 4:])


@given(cuts=st.lists(st.integers(1, 199), max_size=5, unique=True).map(sorted))
def test_batches_do_not_matter(cuts):
    x, y = drawn()

    moments = Moments.of(zip(x.tensor_split(cuts), y.tensor_split(cuts), strict=True))

    whole = Moments.of([(x, y)])
    for name in Moments.__slots__:
        torch.testing.assert_close(getattr(moments, name), getattr(whole, name))


def test_a_number_that_never_varies_has_a_deviation():
    x, y = drawn()
    x[:, 1] = 2

    moments = Moments.of([(x, y)])

    assert moments.x_std[1] > 0
    assert moments.regression(1e-3).isfinite().all()


@pytest.mark.parametrize("ridge", [1e-3, 0.5, 10.0])
def test_a_regression_is_where_its_loss_is_flat(ridge):
    x, y = drawn()
    x_bare, y_bare = ((v - v.mean(dim=0)) / v.std(dim=0, correction=0) for v in (x, y))

    matrix = Moments.of([(x, y)]).regression(ridge)

    slope = x_bare.T @ (x_bare @ matrix - y_bare) / len(x) + ridge * matrix
    torch.testing.assert_close(slope, torch.zeros_like(slope), atol=1e-9, rtol=0)
