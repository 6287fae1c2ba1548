import numpy as np
import pytest

from generation.errors import FontError
from generation.evaluation.background import background_of
from generation.world.renderer import Renderer
from generation.world.vocabulary import COLOURS, things


def test_a_missing_font_names_the_package(tmp_path):
    with pytest.raises(FontError, match="fonts-noto-color-emoji"):
        Renderer(tmp_path / "none.ttf")


def test_the_font_has_a_glyph_for_every_thing(renderer):
    for thing in things():
        assert renderer.glyph(thing.emoji).getbbox() is not None


def test_an_unknown_glyph_is_named(renderer):
    with pytest.raises(FontError, match="no glyph"):
        renderer.glyph("\ue000")


@pytest.mark.parametrize("frame", [(64, 64), (96, 64), (64, 128)])
def test_a_picture_fills_its_frame(renderer, frame):
    random = np.random.default_rng(1)

    picture = renderer.render(things()[0], COLOURS[0], frame=frame, random=random)

    assert picture.size == frame


@pytest.mark.parametrize("colour", COLOURS, ids=lambda colour: colour.en)
def test_the_border_shows_the_background(renderer, colour):
    random = np.random.default_rng(2)

    picture = renderer.render(things()[0], colour, frame=(64, 64), random=random)

    assert background_of(picture) is colour


def test_the_same_chance_paints_the_same(renderer: Renderer):
    first, second = (
        renderer.render(
            things()[5], COLOURS[3], frame=(64, 64), random=np.random.default_rng(7)
        )
        for _ in range(2)
    )

    assert first.tobytes() == second.tobytes()
