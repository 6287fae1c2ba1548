"""Wherever a process dies, nothing unjudged is shown and nothing published is lost."""

from dataclasses import replace

import pytest

from tests.factories import stored
from tests.fakes import Shelf
from vernissage.db.artworks import Artworks
from vernissage.services.publishing import Hanger
from vernissage.states import State


class Killed(BaseException):
    """The process ends here and does nothing more."""


class Dying(Shelf):
    """Dies at one of its verbs."""

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
def studio(painter, sessions):
    """A painter over a given storage."""

    def over(storage):
        hanger = Hanger(sessions=sessions, storage=storage)
        return replace(painter, storage=storage, hanger=hanger)

    return over


def read(sessions, artwork):
    with sessions() as session:
        return Artworks(session)[artwork.id]


@pytest.mark.parametrize("done", [False, True])
def test_dying_around_the_file_shows_nothing_and_paints_again(
    studio, sessions, viewer, done
):
    artwork = stored(sessions, State.QUEUED)
    dying = Dying("keep", done=done)
    with pytest.raises(Killed):
        studio(dying).paint_all()
    between = read(sessions, artwork)
    healthy = Shelf(quarantine=dying.quarantine)

    assert between.state is State.QUEUED
    assert dying.wall == {}
    assert studio(healthy).paint_all()

    after = read(sessions, artwork)
    assert after.state is State.PUBLISHED
    assert list(healthy.wall) == [after.picture]


@pytest.mark.parametrize("done", [False, True])
def test_dying_around_the_release_loses_no_published_picture(
    studio, sessions, viewer, done
):
    artwork = stored(sessions, State.QUEUED)
    dying = Dying("release", done=done)
    with pytest.raises(Killed):
        studio(dying).paint_all()
    storage = Shelf(quarantine=dying.quarantine, wall=dying.wall)
    late = replace(
        viewer, storage=storage, hanger=Hanger(sessions=sessions, storage=storage)
    )

    row = read(sessions, artwork)

    assert row.state is State.PUBLISHED
    assert late.view(row).startswith(b"\x89PNG")
    assert storage.quarantine == {}


@pytest.mark.parametrize("state", State)
def test_only_published_pictures_hang(hanger, shelf, sessions, state):
    artwork = stored(sessions, state, picture="key")
    shelf.quarantine["key"] = b"picture"

    hanger.hang(artwork.id)
    hanger.hang(artwork.id)

    assert ("key" in shelf.wall) == (state is State.PUBLISHED)
    assert ("key" in shelf.quarantine) == (state is not State.PUBLISHED)


def test_what_has_no_picture_is_left_alone(hanger, sessions, shelf):
    hanger.hang(stored(sessions, State.REFUSED).id)

    assert shelf.wall == shelf.quarantine == {}
