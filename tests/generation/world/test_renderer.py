import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import ImageChops, ImageStat

from generation.errors import FontError
from generation.evaluation.judges import background_colour
from generation.world.layout import stands
from generation.world.renderer import Renderer
from generation.world.repertoire import Repertoire, held_out
from generation.world.scene import (
    Composition,
    Group,
    Landscape,
    Objects,
    Place,
    Plain,
    Relation,
    Scene,
    Style,
)
from generation.world.vocabulary import COLOURS, things

REPERTOIRE = Repertoire()
CAT, DOG = things()[:2]

seeds = st.integers(0, 2**32)


def cat_on(colour):
    return Scene(Objects((Group(CAT),)), Plain(colour))


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
@settings(max_examples=60)
@given(seed=seeds)
def test_every_scene_fills_every_frame(renderer, frame, seed):
    random = np.random.default_rng(seed)

    picture = renderer.render(REPERTOIRE.scene(random), frame=frame, random=random)

    assert (picture.size, picture.mode) == (frame, "RGB")


@pytest.mark.parametrize("colour", COLOURS, ids=lambda colour: colour.en)
def test_the_border_shows_the_background(renderer, colour):
    random = np.random.default_rng(2)

    picture = renderer.render(cat_on(colour), frame=(64, 64), random=random)

    assert background_colour(picture) is colour


@settings(max_examples=40)
@given(seed=seeds)
def test_the_same_chance_paints_the_same(renderer: Renderer, seed):
    scene = REPERTOIRE.scene(np.random.default_rng(seed))

    first, second = (
        renderer.render(scene, frame=(64, 64), random=np.random.default_rng(seed))
        for _ in range(2)
    )

    assert first.tobytes() == second.tobytes()


@pytest.mark.parametrize("style", Style)
def test_every_style_shows(renderer: Renderer, style):
    scene = Scene(Objects((Group(CAT),)), Plain(COLOURS[0]))
    plain, made = (
        renderer.render(drawn, frame=(64, 64), random=np.random.default_rng(3))
        for drawn in (scene, Scene(scene.subject, scene.background, style))
    )

    assert ImageStat.Stat(ImageChops.difference(plain, made)).mean[0] > 2


@pytest.mark.parametrize("frame", [(64, 64), (96, 64), (64, 128)])
@given(count=st.integers(1, 3), other=st.integers(1, 2), seed=seeds)
def test_what_stands_together_does_not_cover_each_other(frame, count, other, seed):
    subject = Objects((Group(CAT, count), Group(DOG, other)))

    placed = stands(subject, frame, np.random.default_rng(seed))

    assert len(placed) == count + other
    for i, one in enumerate(placed):
        for two in placed[:i]:
            apart = max(abs(one.x - two.x), abs(one.y - two.y))
            assert apart >= 0.9 * min(one.side, two.side)


@pytest.mark.parametrize(
    ("relation", "axis", "sign"),
    [
        (Relation.LEFT_OF, "x", -1),
        (Relation.RIGHT_OF, "x", 1),
        (Relation.ABOVE, "y", -1),
        (Relation.BELOW, "y", 1),
    ],
)
@given(seed=seeds)
def test_things_stand_as_their_relation_says(relation, axis, sign, seed):
    subject = Objects((Group(CAT), Group(DOG)), relation)

    cat, dog = stands(subject, (64, 64), np.random.default_rng(seed))

    assert sign * (getattr(cat, axis) - getattr(dog, axis)) > 16


@pytest.mark.parametrize("place", Place)
@given(seed=seeds)
def test_a_thing_stands_where_it_was_put(place, seed):
    subject = Objects((Group(CAT, place=place),))

    [cat] = stands(subject, (64, 64), np.random.default_rng(seed))

    middle = {"x": cat.x + cat.side / 2 - 32, "y": cat.y + cat.side / 2 - 32}
    axis = "x" if place in {Place.LEFT, Place.RIGHT} else "y"
    assert (middle[axis] < 0) is (place in {Place.LEFT, Place.TOP})


def test_the_repertoire_shows_all_there_is():
    scenes = [REPERTOIRE.scene(np.random.default_rng([1, i])) for i in range(3000)]

    assert {type(scene.background) for scene in scenes} == {
        type(scene.background) for scene in scenes if scene.background
    }
    assert any(isinstance(scene.background, Landscape) for scene in scenes)
    assert {scene.style for scene in scenes} == {None, *Style}
    compositions = [s for s in scenes if isinstance(s.subject, Composition)]
    assert 0.05 < len(compositions) / len(scenes) < 0.12
    shown = {
        group.thing.emoji
        for scene in scenes
        if isinstance(scene.subject, Objects)
        for group in scene.subject.groups
    }
    assert shown == {thing.emoji for thing in things()}


def test_a_tenth_is_held_out():
    scenes = [REPERTOIRE.scene(np.random.default_rng([2, i])) for i in range(3000)]

    assert 0.08 < sum(map(held_out, scenes)) / len(scenes) < 0.12
