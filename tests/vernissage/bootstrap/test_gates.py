import pytest
from structlog.testing import capture_logs

from moderation import Outcome, PromptGate
from moderation.errors import ClassifierUnavailable
from tests.fakes import Scorer
from vernissage.bootstrap.prompt_gate import (
    MissingClassifier,
    load_all_or_missing,
    load_or_missing,
)


def missing_weights():
    raise ClassifierUnavailable("no weights in the cellar")


def out_of_memory():
    raise MemoryError("too big")


def test_what_loads_is_taken_as_it_is():
    scorer = Scorer()

    assert load_or_missing("scorer", lambda: scorer) is scorer
    assert load_all_or_missing("scorers", lambda: (scorer,)) == (scorer,)


@pytest.mark.parametrize("load", [missing_weights, out_of_memory])
def test_what_does_not_load_is_named_once(load):
    with capture_logs() as logged:
        classifier = load_or_missing("scorer", load)

    assert isinstance(classifier, MissingClassifier)
    assert classifier.version == "scorer@missing"
    [entry] = logged
    assert (entry["event"], entry["classifier"]) == ("classifier_missing", "scorer")


def test_a_gate_over_a_missing_classifier_asks_for_a_person(policy):
    with capture_logs():
        classifiers = load_all_or_missing("scorer", missing_weights)
    gate = PromptGate(classifiers=(Scorer(), *classifiers), policy=policy)

    verdict = gate.judge("a lake")

    assert (verdict.outcome, verdict.judged) == (Outcome.REVIEW, False)
    assert "scorer@missing" in verdict.models
