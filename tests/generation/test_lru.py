from itertools import count

from generation.lru import Recent


def test_what_was_asked_for_longest_ago_is_forgotten_first():
    recent, numbers = Recent[str, int](most=2), count()

    answers = [recent.of(text, lambda _: next(numbers)) for text in "abacab"]

    assert answers == [0, 1, 0, 2, 0, 3]
