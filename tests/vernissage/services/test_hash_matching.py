from dataclasses import replace
from hashlib import sha256

import numpy as np
import pytest
from PIL import Image
from sqlalchemy import text

from moderation import Category, ImageGate, Outcome
from moderation.image.hash_lists import HashEntry, HashKind
from moderation.image.pdq import PdqHash
from tests.factories import NOON, stored
from tests.fakes import PlainEngine, Scorer
from vernissage.db.artworks import Artworks
from vernissage.db.hash_lists import HashLists
from vernissage.services.hash_matching import HashMatcher
from vernissage.states import State


@pytest.fixture(scope="module")
def picture() -> Image.Image:
    coarse = np.random.default_rng(0).integers(0, 256, (9, 9, 3), dtype=np.uint8)
    return Image.fromarray(coarse).resize((128, 128), Image.Resampling.BICUBIC)


@pytest.fixture
def matcher(sessions, policy) -> HashMatcher:
    return HashMatcher(sessions=sessions, policy=policy)


@pytest.fixture
def enlisted(sessions, picture):
    """Stores a list with the picture on it, or with the given entries."""

    def add(name="archive", *entries, category=Category.UNSAFE):
        known = entries or [HashEntry(HashKind.PDQ, PdqHash.of(picture).hex)]
        with sessions.begin() as session:
            return (
                HashLists(session)
                .add(
                    name,
                    known,
                    category=category,
                    sha256=sha256(name.encode()).hexdigest(),
                    actor="olga",
                    at=NOON,
                )
                .id
            )

    return add


def test_where_no_list_counts_there_is_nothing_to_say(matcher, picture):
    assert matcher.match(picture) == ()


def test_a_listed_picture_is_refused_and_its_list_named(matcher, enlisted, picture):
    enlisted("archive", category=Category.MINORS)
    enlisted("other", HashEntry(HashKind.SHA256, "0" * 64))

    [verdict] = matcher.match(picture)

    assert (verdict.gate, verdict.outcome) == ("hash", Outcome.REFUSE)
    assert [reason.category for reason in verdict.reasons] == [Category.MINORS]
    assert [model.partition("@")[0] for model in verdict.models] == ["list archive"]


def test_a_label_that_names_a_category_outweighs_that_of_its_list(
    matcher, enlisted, picture
):
    entry = HashEntry(HashKind.PDQ, PdqHash.of(picture).hex, "Hate")
    enlisted("archive", entry, category=Category.MINORS)

    [verdict] = matcher.match(picture)

    assert [reason.category for reason in verdict.reasons] == [Category.HATE]


def test_a_picture_on_no_list_is_allowed_by_the_lists_that_were_asked(
    matcher, enlisted, picture
):
    enlisted()

    [verdict] = matcher.match(Image.eval(picture, lambda level: 255 - level))

    assert verdict.outcome is Outcome.ALLOW
    assert [model.partition("@")[0] for model in verdict.models] == ["list archive"]


def test_what_changes_counts_at_once(matcher, enlisted, sessions, picture):
    said = []
    one = enlisted()
    said.append(matcher.match(picture))
    with sessions.begin() as session:
        HashLists(session)[one].active = False
    said.append(matcher.match(picture))
    with sessions.begin() as session:
        HashLists(session)[one].active = True
    said.append(matcher.match(picture))
    with sessions.begin() as session:
        HashLists(session).remove(one)
    said.append(matcher.match(picture))

    refused = [any(v.refused for v in verdicts) for verdicts in said]
    assert refused == [True, False, True, False]


def test_a_list_is_not_read_again_for_each_picture(matcher, enlisted, picture):
    enlisted()
    matcher.match(picture)
    known = matcher._known

    matcher.match(picture)

    assert matcher._known is known


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE hash_entries SET hash = 'zz'",
        "UPDATE hash_entries SET kind = 'md5'",
        "DELETE FROM hash_entries",
        "DROP TABLE hash_entries",
    ],
)
def test_a_broken_list_asks_for_a_person(matcher, enlisted, sessions, picture, damage):
    enlisted()
    with sessions.begin() as session:
        session.execute(text(damage))

    for _ in range(2):
        [verdict] = matcher.match(picture)

        assert (verdict.outcome, verdict.judged) == (Outcome.REVIEW, False)


def test_a_painted_picture_on_a_list_is_refused_before_anything_looks(
    generator, policy, sessions, enlisted, picture
):
    class Copyist(PlainEngine):
        def step(self, work):
            super().step(work)
            if work.picture is not None:
                work.picture = picture

    enlisted(category=Category.MINORS)
    artwork, eyes = stored(sessions, State.QUEUED), Scorer()
    gate = ImageGate(classifiers=[eyes], policy=policy)

    replace(generator, engine=Copyist(), image_gate=gate).generate_all()

    with sessions() as session:
        row = Artworks(session)[artwork.id]
        [*_, last] = row.decisions
    assert row.state is State.REFUSED
    assert (last.gate, last.reasons[0]["category"]) == ("hash", "minors")
    assert last.models[0].startswith("list archive@")
    assert eyes.seen == []
    record = str([last.reasons, last.scores, last.thresholds, last.models, last.note])
    assert PdqHash.of(picture).hex not in record
