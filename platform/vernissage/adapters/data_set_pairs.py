"""The pairs of a run as they are in its source, for review."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from io import BytesIO
from typing import Final

from datasets_cleaning.errors import CleaningError
from datasets_cleaning.pair import Pair, uid
from datasets_cleaning.sources import open_source
from moderation.errors import ImageRefused
from moderation.image.uploads import read_image
from vernissage.cleaning.models import Run, RunDrop
from vernissage.errors import NotFound

SIDE: Final = 768
"""Pixels of the longer side of a picture in review."""


class DataSetPairs:
    """Reads the pairs of a run from its source, each anew."""

    def captions(
        self, run: Run, drops: Sequence[RunDrop]
    ) -> dict[tuple[int, int], str]:
        """The captions of *drops* by shard and place, of those still in the source."""
        found: dict[tuple[int, int], str] = {}
        for number in sorted({drop.shard for drop in drops}):
            places = [drop.place for drop in drops if drop.shard == number]
            try:
                with _pairs(run, number) as pairs:
                    for place in places:
                        if place < len(pairs):
                            found[number, place] = pairs[place].caption or ""
            except (NotFound, CleaningError):
                continue  # the pictures of that shard say so, one by one
        return found

    def picture(self, run: Run, drop: RunDrop) -> bytes:
        """The picture of *drop* as a JPEG file, encoded anew, or NotFound.

        Only the pair that was judged is shown: its uid must be the one on record.
        """
        try:
            with _pairs(run, drop.shard) as pairs:
                pair = pairs[drop.place] if drop.place < len(pairs) else None
                data = pair.image.read() if pair and pair.image else b""
        except CleaningError as error:
            raise NotFound(
                f"shard {drop.shard} of run {run.id} can't be read"
            ) from error
        if pair is None or uid(data, pair.caption or "") != drop.uid:
            raise NotFound(f"pair {drop.place} of shard {drop.shard} has changed")
        return _encoded(data)


@contextmanager
def _pairs(run: Run, number: int) -> Iterator[Sequence[Pair]]:
    shards = open_source(run.source).shards()
    if number >= len(shards):
        raise NotFound(f"{run.source} has no shard {number} any more")
    with shards[number].open() as pairs:
        yield pairs


def _encoded(data: bytes) -> bytes:
    try:
        image = read_image(data)
    except ImageRefused as error:
        raise NotFound(f"the picture can't be shown: {error}") from error
    image.thumbnail((SIDE, SIDE))
    file = BytesIO()
    image.save(file, "JPEG", quality=90)
    return file.getvalue()
