from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from moderation import Category, PromptGate
from tests.factories import stored
from tests.fakes import Scorer, UnavailableClassifier
from vernissage.db.artworks import Artworks
from vernissage.db.decisions import Decisions
from vernissage.db.events import Events
from vernissage.errors import BadInput, TooMany
from vernissage.states import State


@pytest.fixture
def submit(submitter):
    """Submits a valid request but for the given changes."""

    def ask(**changes):
        plain = {"prompt": "a lake", "aspect": "1:1", "owner": "anna"}
        return submitter.submit(**{**plain, **changes})

    return ask


def everything(sessions):
    with sessions() as session:
        return Decisions(session).search()


def test_an_innocent_prompt_waits_to_be_screened(submit, sessions, notifier):
    artwork = submit(seed=7, steps=9, aspect="16:9")

    assert notifier.screenings == 1
    assert notifier.paintings == 0
    with sessions() as session:
        written = Artworks(session)[artwork.id]
        assert written.state is State.SUBMITTED
        assert (written.seed, written.steps, written.aspect) == (7, 9, "16:9")
        assert (written.owner, written.language) == ("anna", "en")
        assert [e.state for e in Events(session).after(artwork.id, 0)] == ["submitted"]
        assert [decision.outcome for decision in written.decisions] == ["allow"]


def test_a_refused_prompt_is_written_down_and_goes_no_further(
    submitter, sessions, policy, notifier
):
    gate = PromptGate(classifiers=[Scorer({Category.SEXUAL: 0.95})], policy=policy)

    artwork = replace(submitter, gate=gate).submit(
        prompt="a lake", aspect="1:1", owner="anna"
    )

    assert artwork.state is State.REFUSED
    assert notifier.screenings == 0
    [decision] = everything(sessions)
    assert decision.outcome == "refuse"
    assert decision.artwork_id == artwork.id


def test_a_gate_that_cannot_judge_lets_a_prompt_wait_for_a_person(
    submitter, sessions, policy
):
    gate = PromptGate(classifiers=[UnavailableClassifier()], policy=policy)

    artwork = replace(submitter, gate=gate).submit(
        prompt="a lake", aspect="1:1", owner="anna"
    )

    assert artwork.state is State.SUBMITTED
    [decision] = everything(sessions)
    assert (decision.outcome, decision.judged) == ("review", False)


def test_what_is_judged_is_what_is_stored(submitter, policy):
    scorer = Scorer()
    gate = PromptGate(classifiers=[scorer], policy=policy)

    artwork = replace(submitter, gate=gate).submit(
        prompt="  \u200bбольшой\n  город ", aspect="1:1", owner="anna"
    )

    assert artwork.prompt == "большой город"
    assert artwork.language == "ru"
    assert scorer.seen == [artwork.prompt]


def test_an_unset_seed_is_left_to_chance(submit):
    assert submit().seed == 42


def test_the_seed_zero_is_a_seed(submit):
    assert submit(seed=0).seed == 0


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("prompt", {"prompt": ""}),
        ("prompt", {"prompt": " \t\n"}),
        ("prompt", {"prompt": "\x00\x07\u200b"}),
        ("prompt", {"prompt": "x" * 1001}),
        ("prompt", {"prompt": "ab " * 10_000}),
        ("prompt", {"prompt": "ﷺ" * 100}),
        ("prompt", {"prompt": "a lake\udcff"}),
        ("prompt", {"prompt": "a l\ufffdke"}),
        ("aspect", {"aspect": "5:1"}),
        ("aspect", {"aspect": ""}),
        ("seed", {"seed": -1}),
        ("seed", {"seed": 2**63}),
        ("steps", {"steps": 0}),
        ("steps", {"steps": 1001}),
    ],
)
def test_bad_input_is_named_and_leaves_no_trace(
    submit, sessions, notifier, field, changes
):
    with pytest.raises(BadInput) as caught:
        submit(**changes)

    assert caught.value.field == field
    assert everything(sessions) == []
    assert notifier.screenings == 0


def test_the_longest_prompt_is_not_too_long(submit):
    assert len(submit(prompt="ab " * 333 + "c").prompt) == 1000


def test_one_owner_may_have_so_many_works_under_way_and_another_too(submit, sessions):
    for _ in range(5):
        submit()

    with pytest.raises(TooMany):
        submit()

    assert submit(owner="boris").state is State.SUBMITTED
    assert len(everything(sessions)) == 6


def test_what_is_finished_makes_room(submit, sessions):
    for state in (State.PUBLISHED, State.REFUSED, State.IN_REVIEW, State.CANCELLED):
        for _ in range(5):
            stored(sessions, state, owner="anna")

    assert submit().state is State.SUBMITTED


def test_many_at_once_never_exceed_what_one_may_have(each_sessions, submitter):
    crowded = replace(submitter, sessions=each_sessions)

    def submit(_):
        try:
            crowded.submit(prompt="a lake", aspect="1:1", owner="anna")
        except TooMany:
            return 0
        return 1

    with ThreadPoolExecutor(8) as threads:
        accepted = sum(threads.map(submit, range(30)))

    assert accepted == 5
    assert len(everything(each_sessions)) == 5


def test_what_could_not_be_written_down_notifies_nobody(submitter, notifier):
    def broken():
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        replace(submitter, clock=broken).submit(
            prompt="a lake", aspect="1:1", owner="anna"
        )

    assert notifier.screenings == 0
