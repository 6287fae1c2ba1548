"""A process may die anywhere: no unjudged picture is shown, no published one lost."""

from dataclasses import replace

import pytest

from tests.factories import stored
from tests.fakes import MemoryStorage
from vernissage.db.artworks import Artworks
from vernissage.services.publishing import Publisher
from vernissage.states import State


class Killed(BaseException):
    """The process ends here and does nothing more."""


class Dying(MemoryStorage):
    """Dies at one of its methods."""

    def __init__(self, verb, *, done):
        super().__init__()
        self.verb, self.done = verb, done

    def keep(self, artwork_id, image):
        if (self.verb, self.done) == ("keep", False):
            raise Killed
        key = super().keep(artwork_id, image)
        if self.verb == "keep":
            raise Killed
        return key

    def release(self, key):
        if self.verb == "release" and not self.done:
            raise Killed
        super().release(key)
        if self.verb == "release":
            raise Killed


@pytest.fixture
def build_generator(generator, sessions):
    """A generator over a given storage."""

    def over(storage):
        publisher = Publisher(sessions=sessions, storage=storage)
        return replace(generator, storage=storage, publisher=publisher)

    return over


def read(sessions, artwork):
    with sessions() as session:
        return Artworks(session)[artwork.id]


@pytest.mark.parametrize("done", [False, True])
def test_dying_around_the_file_shows_nothing_and_paints_again(
    build_generator, sessions, publisher, done
):
    artwork = stored(sessions, State.QUEUED)
    dying = Dying("keep", done=done)
    with pytest.raises(Killed):
        build_generator(dying).generate_all()
    between = read(sessions, artwork)
    healthy = MemoryStorage(quarantine=dying.quarantine)

    assert between.state is State.QUEUED
    assert dying.public_side == {}
    assert build_generator(healthy).generate_all()

    after = read(sessions, artwork)
    assert after.state is State.PUBLISHED
    assert list(healthy.public_side) == [after.picture]


@pytest.mark.parametrize("done", [False, True])
def test_dying_around_the_release_loses_no_published_picture(
    build_generator, sessions, publisher, done
):
    artwork = stored(sessions, State.QUEUED)
    dying = Dying("release", done=done)
    with pytest.raises(Killed):
        build_generator(dying).generate_all()
    storage = MemoryStorage(quarantine=dying.quarantine, public_side=dying.public_side)
    late = replace(publisher, storage=storage)

    row = read(sessions, artwork)

    assert row.state is State.PUBLISHED
    assert late.public_picture(row).startswith(b"\x89PNG")
    assert storage.quarantine == {}


@pytest.mark.parametrize("state", State)
def test_only_published_pictures_are_public(publisher, storage, sessions, state):
    artwork = stored(sessions, state, picture="key")
    storage.quarantine["key"] = b"picture"

    publisher.sync(artwork.id)
    publisher.sync(artwork.id)

    assert ("key" in storage.public_side) == (state is State.PUBLISHED)
    assert ("key" in storage.quarantine) == (state is not State.PUBLISHED)


def test_what_has_no_picture_is_left_alone(publisher, sessions, storage):
    publisher.sync(stored(sessions, State.REFUSED).id)

    assert storage.public_side == storage.quarantine == {}
