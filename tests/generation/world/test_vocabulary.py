from itertools import chain

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generation.world.vocabulary import COLOURS, LANGUAGES, nearest_colour, things


def test_every_name_belongs_to_one_thing():
    for language in LANGUAGES:
        names = list(chain.from_iterable(t.names(language) for t in things()))

        assert len(names) == len(set(names))


def test_every_thing_has_a_name_in_both_languages():
    assert all(name for thing in things() for name in (*thing.en, *thing.ru))


def test_russian_names_are_written_in_cyrillic():
    letters = {c for t in things() for name in t.ru for c in name.lower()}

    assert letters <= set("абвгдеёжзийклмнопрстуфхцчшщъыьэюя -")


@pytest.mark.parametrize("tag", ["violence", "shocking", "illegal"])
def test_every_safety_tag_is_carried_by_some_things(tag):
    assert sum(tag in thing.tags for thing in things()) >= 2


def test_most_things_carry_no_tag():
    assert sum(not thing.tags for thing in things()) > 200


@given(colour=st.sampled_from(COLOURS), shift=st.tuples(*[st.integers(-6, 6)] * 3))
def test_a_shade_is_nearest_to_its_own_colour(colour, shift):
    rgb = [a + b for a, b in zip(colour.rgb, shift, strict=True)]

    assert nearest_colour(rgb) is colour
