import pytest

from tests.factories import an_artwork, stored
from vernissage.states import State


@pytest.mark.parametrize("state", [s for s in State if s is not State.PUBLISHED])
def test_only_what_is_published_can_be_seen(viewer, shelf, state):
    artwork = an_artwork(state, picture="key")
    shelf.wall["key"] = b"picture"

    assert viewer.view(artwork) is None


def test_a_published_picture_is_seen(viewer, shelf):
    artwork = an_artwork(State.PUBLISHED, picture="key")
    shelf.wall["key"] = b"picture"

    assert viewer.view(artwork) == b"picture"


def test_a_picture_that_nobody_hung_yet_is_hung(viewer, shelf, sessions):
    artwork = stored(sessions, State.PUBLISHED, picture="key")
    shelf.quarantine["key"] = b"picture"

    assert viewer.view(artwork) == b"picture"
    assert list(shelf.wall) == ["key"]


def test_a_picture_whose_file_is_gone_is_not_there(viewer, sessions):
    assert viewer.view(stored(sessions, State.PUBLISHED, picture="key")) is None
