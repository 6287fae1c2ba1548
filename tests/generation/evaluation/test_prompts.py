from hypothesis import given
from hypothesis import strategies as st

from generation.evaluation.prompts import RIVALS, questions
from generation.world.vocabulary import things


@given(count=st.integers(1, 300), seed=st.integers(0, 2**32))
def test_half_of_the_questions_are_in_russian(count, seed):
    asked = questions(things(), count=count, seed=seed)

    assert len(asked) == count
    assert sum(question.language == "ru" for question in asked) == count // 2


@given(seed=st.integers(0, 2**32))
def test_no_thing_is_its_own_rival(seed):
    for question in questions(things(), count=20, seed=seed):
        assert len({question.thing, *question.rivals}) == RIVALS + 1


def test_nothing_is_asked_twice_before_everything_was_asked():
    asked = questions(things(), count=len(things()), seed=1)

    assert len({question.thing for question in asked}) == len(things())


def test_the_first_candidate_is_the_prompt():
    [question] = questions(things(), count=1, seed=4)

    assert question.candidates[0] == question.prompt
