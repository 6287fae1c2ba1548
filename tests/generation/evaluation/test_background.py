import pytest
from PIL import Image

from generation.evaluation.judges import background_colour
from generation.world.vocabulary import COLOURS


@pytest.mark.parametrize("colour", COLOURS, ids=lambda colour: colour.en)
def test_what_lies_inside_the_border_does_not_count(colour):
    picture = Image.new("RGB", (64, 48), colour.rgb)
    picture.paste((1, 254, 3), (6, 6, 58, 42))

    assert background_colour(picture) is colour


def test_an_object_may_touch_the_border():
    picture = Image.new("RGB", (64, 64), COLOURS[0].rgb)
    picture.paste(COLOURS[5].rgb, (20, 0, 44, 64))

    assert background_colour(picture) is COLOURS[0]
