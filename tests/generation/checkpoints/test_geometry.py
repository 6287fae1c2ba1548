from hypothesis import given
from hypothesis import strategies as st

from generation.checkpoints.geometry import Geometry
from generation.checkpoints.weights import Weights

PUBLISHED = Geometry(channels=4, cell=8, fold=8, side=512, embedding=768, tokens=77)
sides = st.integers(1, 4096)


def test_the_published_decoder_paints_multiples_of_64():
    assert PUBLISHED.cells(100, 512) == (64, 16)


@given(sides, sides)
def test_a_latent_covers_the_picture_and_no_whole_step_more(width, height):
    rows, columns = PUBLISHED.cells(width, height)

    for cells, pixels in [(rows, height), (columns, width)]:
        assert cells % 8 == 0
        assert 0 <= cells * 8 - pixels < 64


def test_a_model_is_measured_by_its_configurations(toy):
    assert Geometry.of(Weights.find(toy)) == Geometry(
        channels=4, cell=4, fold=2, side=32, embedding=32, tokens=77
    )
