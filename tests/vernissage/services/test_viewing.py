import pytest

from tests.factories import an_artwork, stored
from vernissage.states import State


@pytest.mark.parametrize("state", [s for s in State if s is not State.PUBLISHED])
def test_only_what_is_published_can_be_seen(publisher, storage, state):
    artwork = an_artwork(state, picture="key")
    storage.public_side["key"] = b"picture"

    assert publisher.public_picture(artwork) is None


def test_a_published_picture_is_seen(publisher, storage):
    artwork = an_artwork(State.PUBLISHED, picture="key")
    storage.public_side["key"] = b"picture"

    assert publisher.public_picture(artwork) == b"picture"


def test_a_picture_that_is_not_released_yet_is_released(publisher, storage, sessions):
    artwork = stored(sessions, State.PUBLISHED, picture="key")
    storage.quarantine["key"] = b"picture"

    assert publisher.public_picture(artwork) == b"picture"
    assert list(storage.public_side) == ["key"]


def test_a_picture_whose_file_is_gone_is_not_there(publisher, sessions):
    assert (
        publisher.public_picture(stored(sessions, State.PUBLISHED, picture="key"))
        is None
    )
