from dataclasses import replace
from datetime import timedelta

import pytest

from moderation import Category, JointGate, Outcome, Policy, Rule
from tests.factories import NOON, a_verdict, stored
from tests.fakes import Scorer, UnavailableClassifier
from vernissage.db.artworks import Artworks
from vernissage.db.decisions import Decisions
from vernissage.reasons.replay import replayed, tally
from vernissage.states import State


def policy(review, refuse, version="other-1", **columns):
    rules = dict.fromkeys(Category, Rule(review, refuse))
    return Policy(version, prompt=rules, embedding=rules, image=rules, **columns)


@pytest.fixture
def lived(submitter, screener, generator, sessions):
    """An artwork that went through every service with these scores for violence."""

    def live(*, prompt=0.1, image=0.1, text="a lake", blind=False):
        seen = {Category.VIOLENCE: prompt}
        read = replace(submitter.gate, classifiers=[Scorer(seen)])
        submitted = replace(submitter, gate=read).submit(
            prompt=text, aspect="1:1", owner="anna"
        )
        screener.screen_all()
        judge = UnavailableClassifier() if blind else Scorer({Category.VIOLENCE: image})
        gate = replace(generator.image_gate, classifiers=[judge])
        replace(generator, image_gate=gate).generate_all()
        with sessions() as session:
            return list(Artworks(session)[submitted.id].decisions)

    return live


@pytest.mark.parametrize(
    ("scores", "other", "transition"),
    [
        ({}, policy(0.5, 0.9), "allow → allow"),
        ({"prompt": 0.4}, policy(0.3, 0.9), "allow → review"),
        ({"image": 0.4}, policy(0.3, 0.35), "allow → refuse"),
        ({"image": 0.6}, policy(0.7, 0.9), "review → allow"),
        ({"image": 0.95}, policy(0.7, 0.99), "refuse → review"),
        ({"prompt": 0.95}, policy(0.97, 0.99), "refuse → unknown"),
        ({"blind": True}, policy(0.97, 0.99), "review → review"),
    ],
)
def test_an_artwork_ends_as_the_other_policy_says_of_its_scores(
    lived, scores, other, transition
):
    assert replayed(lived(**scores), other).transition == transition


def test_under_the_policy_in_force_nothing_changes(lived, submitter):
    works = [
        lived(prompt=p, image=i) for p in (0.1, 0.6, 0.95) for i in (0.1, 0.6, 0.95)
    ]

    found = tally(works, submitter.gate.policy)

    assert (found.works, found.changed) == (9, [])


def test_the_joint_rule_is_applied_as_the_generator_does(lived):
    joint = {Category.VIOLENCE: Rule(0.6, 0.9)}
    other = policy(0.5, 0.9, joint=joint)
    decisions = lived(prompt=0.4, image=0.4)

    ending = replayed(decisions, other)

    online = JointGate(policy=other).judge(
        {Category.VIOLENCE: 0.4}, {Category.VIOLENCE: 0.4}
    )
    assert ending.transition == "allow → review"
    assert online is not None
    assert online.outcome is Outcome.REVIEW
    assert ending.categories == (Category.VIOLENCE,)


def test_each_language_is_judged_by_its_own_rules(lived):
    rules = dict.fromkeys(Category, Rule(0.3, 0.9))
    other = policy(0.5, 0.9, languages={"ru": rules})
    works = [lived(prompt=0.4), lived(prompt=0.4, text="озеро")]

    found = tally(works, other)

    assert found.languages == {"ru": {"allow → review": 1}}
    assert found.categories == {"violence": {"allow → review": 1}}


@pytest.mark.parametrize("outcome", [Outcome.ALLOW, Outcome.REFUSE])
def test_what_a_person_decided_stays(sessions, lived, reviewer, outcome):
    decisions = lived(image=0.6)
    reviewer.decide(decisions[0].artwork_id, outcome=outcome, actor="vera")
    with sessions() as session:
        decided = list(Artworks(session)[decisions[0].artwork_id].decisions)

    for other in (policy(0.1, 0.2), policy(0.98, 0.99)):
        ending = replayed(decided, other)
        assert ending.before == ending.after == outcome.label
        assert ending.settled


def test_what_is_under_way_may_only_be_told_to_be_refused(sessions):
    artwork = stored(sessions, State.QUEUED)
    with sessions() as session:
        decisions = list(Artworks(session)[artwork.id].decisions)

    mild, strict = (
        replayed(decisions, other) for other in (policy(0.05, 0.9), policy(0.05, 0.06))
    )

    assert mild.transition == "unfinished → unfinished"
    assert strict.transition == "unfinished → refuse"


def test_works_are_found_by_the_day_of_their_first_decision(each_sessions):
    early, late = stored(each_sessions), stored(each_sessions, submitted_at=NOON)
    with each_sessions.begin() as session:
        log = Decisions(session)
        log.record(early, a_verdict(gate="screening"), NOON + timedelta(days=3))
        later = stored(each_sessions, submitted_at=NOON + timedelta(days=2))
        log.record(later, a_verdict(gate="screening"), NOON + timedelta(days=3))

    with each_sessions() as session:
        log = Decisions(session)
        recent = list(log.since(NOON + timedelta(days=1)))
        every = {about[0].artwork_id for about in log.since(NOON)}

    assert [[d.gate for d in about] for about in recent] == [["prompt", "screening"]]
    assert every == {early.id, late.id, later.id}
