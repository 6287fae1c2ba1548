"""Readers of an artwork's state."""

import pytest

from vernissage.db.artworks import Artworks


@pytest.fixture
def look(sessions):
    """Reads an artwork and the names of the gates that judged it."""

    def read(artwork):
        with sessions() as session:
            row = Artworks(session)[artwork.id]
            return row, [decision.gate for decision in row.decisions]

    return read
