from itertools import count

from generation.lru import LRUCache


def test_what_was_asked_for_longest_ago_is_forgotten_first():
    cache, numbers = LRUCache[str, int](maxsize=2), count()

    answers = [cache.get(text, lambda _: next(numbers)) for text in "abacab"]

    assert answers == [0, 1, 0, 2, 0, 3]
