import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generation.world.captions import caption, mentioned, plain_caption, told
from generation.world.repertoire import Repertoire
from generation.world.scene import (
    Composition,
    Gradient,
    Group,
    Harmony,
    Land,
    Landscape,
    Motif,
    Objects,
    Pattern,
    Place,
    Plain,
    Relation,
    Scene,
    Shape,
    Size,
    Style,
    fits,
)
from generation.world.vocabulary import COLOURS, LANGUAGES, things

THINGS = {thing.en[0]: thing for thing in things()}
COLOUR = {colour.en: colour for colour in COLOURS}
REPERTOIRE = Repertoire()

scenes = st.integers(0, 2**32).map(
    lambda seed: REPERTOIRE.scene(np.random.default_rng(seed))
)
languages = st.sampled_from(LANGUAGES)
seeds = st.integers(0, 2**32)


ABSTRACT = (
    "an abstract composition of arcs and lines in warm colours on a red background"
)


def some(name, count=1, **how):
    return Group(THINGS[name], count, **how)


def on(subject, colour="red", style=None):
    return Scene(subject, Plain(COLOUR[colour]), style)


@pytest.mark.parametrize(
    ("scene", "english", "russian"),
    [
        (
            on(Objects((some("an elephant"),)), "light blue"),
            "an elephant on a light blue background",
            "слон на голубом фоне",
        ),
        (
            on(Objects((some("a knife", 2),)), "orange"),
            "two knives on an orange background",
            "два ножа на оранжевом фоне",
        ),
        (
            on(Objects((some("a bat", 3, size=Size.LARGE),))),
            "three large bats on a red background",
            "три большие летучие мыши на красном фоне",
        ),
        (
            Scene(Objects((some("an apple", 3), some("a cat")), Relation.LEFT_OF)),
            "three apples to the left of a cat",
            "три яблока слева от кота",
        ),
        (
            Scene(Objects((some("a cat"), some("a bat", 2)), Relation.BELOW)),
            "a cat below two bats",
            "кот под двумя летучими мышами",
        ),
        (
            Scene(Objects((some("a dog"), some("an elephant")))),
            "a dog and an elephant",
            "собака и слон",
        ),
        (
            Scene(Objects((some("an egg", size=Size.SMALL, place=Place.LEFT),))),
            "a small egg on the left",
            "маленькое яйцо слева",
        ),
        (
            Scene(
                Objects((some("a mouse"),)),
                Gradient(COLOUR["blue"], COLOUR["pink"]),
            ),
            "a mouse on a gradient from blue to pink",
            "мышь на фоне, переходящем от синего к розовому",
        ),
        (
            Scene(
                Objects((some("a mouse"),)),
                Pattern(Motif.CHEQUERS, COLOUR["black"], COLOUR["yellow"]),
            ),
            "a mouse on a black and yellow chequered background",
            "мышь на фоне в чёрную и жёлтую клетку",
        ),
        (
            Scene(Objects((some("a dove"),)), Landscape(Land.SEA), Style.WATERCOLOUR),
            "a watercolour of a dove by the sea",
            "голубь у моря, акварель",
        ),
        (
            on(Composition(frozenset({Shape.ARCS, Shape.LINES}), Harmony.WARM)),
            ABSTRACT,
            "абстрактная композиция из дуг и линий в тёплых тонах на красном фоне",
        ),
    ],
)
def test_a_plain_caption_is_good_grammar(scene, english, russian):
    assert plain_caption(scene, "en") == english
    assert plain_caption(scene, "ru") == russian


def test_a_preposition_gives_way_to_a_cluster():
    scene = Scene(Objects((some("a cat"), some("an elephant"))))

    said = {
        caption(scene, language="ru", random=np.random.default_rng(seed))
        for seed in range(100)
    }

    assert any("рядом со слоном" in text for text in said)
    assert not any("рядом с слоном" in text for text in said)


@settings(max_examples=300)
@given(scenes, languages, seeds)
def test_a_caption_keeps_to_its_language_but_where_both_are_mixed(
    scene, language, seed
):
    said = caption(scene, language=language, random=np.random.default_rng(seed))

    assert said.strip() == said
    assert "  " not in said
    assert "{" not in said
    own = r"а-яё" if language == "ru" else "a-z"
    assert any(letter in said.lower() for letter in "".join(map(chr, _range(own))))


def _range(letters):
    first, last = ord(letters[0]), ord(letters[2])
    return range(first, last + 1)


@given(scenes, languages, seeds)
def test_the_same_chance_says_the_same(scene, language, seed):
    said = {
        caption(scene, language=language, random=np.random.default_rng(seed))
        for _ in range(2)
    }

    assert len(said) == 1


@given(scenes, seeds)
def test_whatever_is_told_of_a_scene_is_true_of_it(scene, seed):
    random = np.random.default_rng(seed)
    says = told(scene, random)

    assert fits(says, scene)
    assert fits(mentioned(says, random), scene)


def test_who_mentions_one_thing_is_right_where_there_are_two():
    assert fits(Scene(Objects((CAT,))), on(Objects((DOG, CAT), Relation.ABOVE)))


CAT, DOG = some("a cat"), some("a dog")


@pytest.mark.parametrize(
    ("says", "shows"),
    [
        (on(Objects((CAT,))), on(Objects((DOG,)))),
        (on(Objects((CAT,))), on(Objects((CAT,)), "blue")),
        (Scene(Objects((CAT,))), Scene(Objects((some("a cat", 2),)))),
        (Scene(Objects((CAT, DOG))), Scene(Objects((CAT,)))),
        (Scene(Objects((some("a cat", 2),))), Scene(Objects((CAT, DOG)))),
        (
            Scene(Objects((CAT, DOG), Relation.ABOVE)),
            Scene(Objects((CAT, DOG), Relation.BELOW)),
        ),
        (
            Scene(Objects((CAT,)), style=Style.NIGHT),
            Scene(Objects((CAT,)), style=Style.FLAT),
        ),
        (
            Scene(Objects((CAT,))),
            Scene(Composition(frozenset({Shape.ARCS}), Harmony.WARM)),
        ),
    ],
)
def test_a_caption_is_not_true_of_another_picture(says, shows):
    assert not fits(says, shows)


@given(scenes, seeds)
def test_a_rival_is_of_the_same_kind_and_never_true(scene, seed):
    random = np.random.default_rng(seed)
    says = mentioned(told(scene, random), random)

    rival = REPERTOIRE.rival(says, scene, random)

    if rival is None:
        assert isinstance(scene.subject, Composition)
    else:
        assert not fits(rival, scene)
        assert (rival.background, rival.style) == (says.background, says.style)
        assert len(groups_of(rival)) == len(groups_of(says))
        assert all(1 <= group.count <= 3 for group in groups_of(rival))


def groups_of(scene):
    return scene.subject.groups


def test_what_cannot_be_counted_has_another_thing_for_a_rival():
    glasses = on(Objects((some("glasses"),)))

    rivals = [
        REPERTOIRE.rival(glasses, glasses, np.random.default_rng(seed))
        for seed in range(30)
    ]

    assert all(groups_of(rival)[0].count == 1 for rival in rivals)


def test_without_a_relation_the_order_of_things_says_nothing():
    assert fits(Scene(Objects((CAT, DOG))), on(Objects((DOG, CAT), Relation.ABOVE)))


def test_both_languages_are_mixed_now_and_then():
    scene = on(Objects((some("a cat"),)))

    said = [
        caption(scene, language="en", random=np.random.default_rng(seed))
        for seed in range(300)
    ]

    assert any("cat на красном" in text for text in said)
