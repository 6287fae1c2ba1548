import pytest

from bench.moderation.cascade import Cascade
from bench.moderation.weights import heads
from moderation import Category, PromptGate
from tests.fakes import Scorer


class Reader(Scorer):
    """Scores a text by the number that it is."""

    def scores(self, text, /):
        self.seen.append(text)
        return {Category.HATE: float(text)}


@pytest.fixture
def gate(policy) -> PromptGate:
    return PromptGate(classifiers=[Reader()], policy=policy)


def test_only_what_the_gate_is_not_sure_of_is_read_slowly(gate):
    slow = Reader()
    cascade = Cascade.of_recall(0.5, ["0.1", "0.4", "0.6", "0.95"], gate, slow)

    asked = cascade.judge(["0.2", "0.6", "0.7", "0.95"])

    assert (cascade.bar, asked) == (0.6, 2)
    assert slow.seen == ["0.6", "0.7"]


def test_the_heads_that_are_timed_stand_together():
    assert heads().categories == tuple(Category)
