from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest

from tests.factories import refused, stored
from vernissage.db.appeals import Appeals
from vernissage.db.artworks import Artworks
from vernissage.db.events import Events
from vernissage.errors import (
    AppealedBefore,
    AppealTooLate,
    BadInput,
    NotFound,
    WrongState,
)
from vernissage.states import State


def test_an_appeal_is_kept_in_its_canonical_form(appeal_service, sessions, clock):
    artwork = refused(sessions)

    appeal_service.make(artwork.id, owner="anna", words="  It is a  t\u200boy knife ")

    with sessions() as session:
        [appeal] = Appeals(session).open()
        assert appeal.words == "It is a toy knife"
        assert appeal.granted is None
        assert Artworks(session)[artwork.id].state is State.APPEALED
        assert [e.state for e in Events(session).after(artwork.id, 0)] == [
            State.REFUSED,
            State.APPEALED,
        ]


def test_an_appeal_is_made_once(appeal_service, sessions):
    artwork = refused(sessions)
    appeal_service.make(artwork.id, owner="anna", words="a toy")

    with pytest.raises(AppealedBefore):
        appeal_service.make(artwork.id, owner="anna", words="a toy, again")

    with sessions() as session:
        assert [a.words for a in Appeals(session).open()] == ["a toy"]


def test_of_two_appeals_at_once_one_is_made(appeal_service, each_sessions):
    artwork = refused(each_sessions)
    both = replace(appeal_service, sessions=each_sessions)

    def appeal(words):
        try:
            both.make(artwork.id, owner="anna", words=words)
        except AppealedBefore:
            return None
        return words

    with ThreadPoolExecutor(2) as threads:
        [made] = filter(None, threads.map(appeal, ["a toy", "a game"]))

    with each_sessions() as session:
        assert [a.words for a in Appeals(session).open()] == [made]


@pytest.mark.parametrize("owner", ["boris", ""])
def test_only_its_owner_appeals_for_an_artwork(appeal_service, sessions, owner):
    artwork = refused(sessions)

    with pytest.raises(NotFound):
        appeal_service.make(artwork.id, owner=owner, words="a toy")


def test_there_is_no_appeal_for_nothing(appeal_service):
    with pytest.raises(NotFound):
        appeal_service.make(uuid4(), owner="anna", words="a toy")


@pytest.mark.parametrize(
    "state", [s for s in State if s not in {State.REFUSED, State.APPEALED}]
)
def test_what_is_not_refused_needs_no_appeal(appeal_service, sessions, state):
    artwork = stored(sessions, state)

    with pytest.raises(WrongState, match=f"a {state} artwork is not refused"):
        appeal_service.make(artwork.id, owner="anna", words="a toy")


@pytest.mark.parametrize(
    "words", ["", " \n\t", "\u200b\u200b", "x" * 1001, "\udc00", "caf\ufffd", "\x00"]
)
def test_an_appeal_says_something_that_can_be_read(appeal_service, sessions, words):
    artwork = refused(sessions)

    with pytest.raises(BadInput) as caught:
        appeal_service.make(artwork.id, owner="anna", words=words)

    assert caught.value.field == "words"
    with sessions() as session:
        assert Artworks(session)[artwork.id].state is State.REFUSED
        assert Appeals(session).open() == []


def test_no_word_of_an_appeal_is_logged(appeal_service, sessions, capsys):
    artwork = refused(sessions)

    appeal_service.make(artwork.id, owner="anna", words="my secret reason")

    captured = capsys.readouterr()
    assert "secret" not in captured.out + captured.err


def test_the_deadline_is_counted_from_the_refusal(appeal_service, sessions, clock):
    artwork = refused(sessions)
    with sessions() as session:
        deadline = appeal_service.appeal_by(Artworks(session)[artwork.id])
    clock.time = deadline + timedelta(seconds=1)

    with pytest.raises(AppealTooLate):
        appeal_service.make(artwork.id, owner="anna", words="a toy")


def test_an_appeal_in_time_is_to_be_answered_in_time(appeal_service, sessions, clock):
    artwork = refused(sessions)
    with sessions() as session:
        deadline = appeal_service.appeal_by(Artworks(session)[artwork.id])
    clock.time = deadline - timedelta(seconds=1)

    appeal = appeal_service.make(artwork.id, owner="anna", words="a toy")

    assert appeal_service.answer_by(appeal) - appeal.made_at == timedelta(days=7)
