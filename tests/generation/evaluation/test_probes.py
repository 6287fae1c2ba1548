import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generation.evaluation.probes import CHOICES, counted, draw_probes, pair, single
from generation.world.repertoire import held_out
from generation.world.scene import Objects, Scene
from generation.world.vocabulary import Thing


@settings(max_examples=2)
@given(seed=st.integers(0, 2**32), draw=st.sampled_from([single, counted]))
def test_only_what_is_held_out_is_asked(seed, draw):
    probes = draw_probes(draw, count=4, seed=seed)

    assert all(held_out(probe.scene) for probe in probes)
    assert [probe.language for probe in probes] == ["en", "ru"] * 2


@settings(max_examples=20)
@given(seed=st.integers(0, 2**32), draw=st.sampled_from([single, pair, counted]))
def test_no_candidate_comes_twice(seed, draw):
    candidates = draw(np.random.default_rng(seed))

    assert (
        len(set(candidates)) == len(candidates) == (3 if draw is counted else CHOICES)
    )


def test_nothing_is_asked_twice_while_there_is_something_new():
    probes = draw_probes(single, count=60, seed=1)

    assert len({probe.scene for probe in probes}) == 60


def shown(scene: Scene) -> set[Thing]:
    assert isinstance(scene.subject, Objects)
    return {group.thing for group in scene.subject.groups}


def test_one_thing_of_a_pair_is_exchanged():
    wanted, *others = pair(np.random.default_rng(3))

    assert all(len(shown(wanted) & shown(other)) == 1 for other in others)


@pytest.mark.parametrize("draw", [single, pair, counted])
def test_the_first_sentence_is_what_is_asked_in_english(draw):
    english, russian = draw_probes(draw, count=2, seed=4)

    assert english.prompt == english.sentences[0]
    assert russian.prompt not in russian.sentences
