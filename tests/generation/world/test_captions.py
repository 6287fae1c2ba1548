import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from generation.world.captions import caption, plain_caption, without_article
from generation.world.vocabulary import COLOURS, LANGUAGES, things

THINGS = {thing.emoji: thing for thing in things()}
COLOURS_BY_NAME = {colour.en: colour for colour in COLOURS}

everything = {
    "thing": st.sampled_from(things()),
    "language": st.sampled_from(LANGUAGES),
    "seed": st.integers(0, 2**32),
}


@pytest.mark.parametrize(
    ("emoji", "colour", "language", "expected"),
    [
        ("🐱", "red", "en", "a cat on a red background"),
        ("🐱", "orange", "en", "a cat on an orange background"),
        ("🐘", "light blue", "en", "an elephant on a light blue background"),
        ("🐱", "red", "ru", "кот на красном фоне"),
        ("🍎", "blue", "ru", "яблоко на синем фоне"),
    ],
)
def test_a_plain_caption_is_good_grammar(emoji, colour, language, expected):
    said = plain_caption(THINGS[emoji], COLOURS_BY_NAME[colour], language)

    assert said == expected


@given(**everything, colour=st.sampled_from(COLOURS))
def test_a_caption_names_the_thing(thing, language, seed, colour):
    random = np.random.default_rng(seed)

    said = caption(thing, colour, language=language, random=random).lower()

    names = (without_article(name).lower() for name in thing.names(language))
    assert any(name in said for name in names)


@given(**everything, colour=st.sampled_from(COLOURS))
def test_a_caption_names_the_colour(thing, language, seed, colour):
    random = np.random.default_rng(seed)

    said = caption(thing, colour, language=language, random=random).lower()

    names = (
        (colour.en,) if language == "en" else (colour.ru, colour.ru_on, colour.ru_of)
    )
    assert any(name in said for name in names)


@given(**everything)
def test_the_same_chance_says_the_same(thing, language, seed):
    said = {
        caption(thing, None, language=language, random=np.random.default_rng(seed))
        for _ in range(2)
    }

    assert len(said) == 1
