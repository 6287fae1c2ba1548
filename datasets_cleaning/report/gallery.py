"""Thumbnails of borderline pairs, so small and blurred that they hurt no one."""

from base64 import b64encode
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from io import BytesIO
from typing import Final

import numpy as np
from PIL import ImageFilter

from datasets_cleaning.errors import SourceError
from datasets_cleaning.job_state import FinalVerdicts
from datasets_cleaning.pair import Pair, uid
from datasets_cleaning.protocols import Shard
from datasets_cleaning.sources import Columns, open_source
from datasets_cleaning.verdicts import borderline
from moderation.errors import ImageRefused
from moderation.image.uploads import read_image

MOST: Final = 24
SIDE: Final = 64
"""Pixels of the longer side."""

BLUR: Final = 3
"""The standard deviation of the blur in pixels of the small picture."""


@dataclass(frozen=True, slots=True)
class Thumbnail:
    """A pair's *key*, its *reason*, and its picture as a JPEG."""

    key: str
    reason: str
    data: bytes

    @property
    def url(self) -> str:
        """The picture as a `data:` URL."""
        return f"data:image/jpeg;base64,{b64encode(self.data).decode()}"


def borderline_thumbnails(final: FinalVerdicts) -> list[Thumbnail]:
    """Some borderline pairs of *final* verdicts: the first by their uids.

    Their pictures are read from the source; what has changed there since is left out.
    SourceError when there is no source any more.
    """
    wanted = sorted(_borderline_rows(final))[:MOST]
    job = final.job.content
    columns = Columns(**job["options"].get("columns", {}))
    shards = open_source(job["source"], columns=columns).shards()
    found: dict[bytes, Thumbnail] = {}
    for number in sorted({number for _, number, _, _ in wanted}):
        own = {row: (digest, why) for digest, n, row, why in wanted if n == number}
        with suppress(SourceError):
            found.update(_shown(shards[number], own))
    return [found[digest] for digest, *_ in wanted if digest in found]


def _borderline_rows(final: FinalVerdicts) -> Iterator[tuple[bytes, int, int, str]]:
    """The uid, the number of the shard, the row and the reason of each such pair."""
    names = final.reasons
    is_borderline = np.isin(names, list(borderline(final.job.plan.filters)))
    for number, ledger, codes in final.ledgers(["uid"]):
        rows = np.flatnonzero(is_borderline[codes])
        uids = ledger.table["uid"].take(rows).to_pylist()
        for row, digest in zip(rows.tolist(), uids, strict=True):
            yield digest, number, row, names[codes[row]]


def _shown(
    shard: Shard, wanted: dict[int, tuple[bytes, str]]
) -> Iterator[tuple[bytes, Thumbnail]]:
    """The thumbnails of the *wanted* rows of *shard*, of each its uid and reason."""
    with shard.open() as pairs:
        for row, (digest, reason) in wanted.items():
            if row < len(pairs) and (data := blurred(pairs[row], digest)):
                yield digest, Thumbnail(pairs[row].key, reason, data)


def blurred(pair: Pair, digest: bytes) -> bytes | None:
    """The picture of *pair*, if it is still the one with this *digest*."""
    if pair.image is None:
        return None
    data = pair.image.read()
    if uid(data, pair.caption or "") != digest:
        return None
    with suppress(ImageRefused):
        small = read_image(data)
        small.thumbnail((SIDE, SIDE))
        file = BytesIO()
        small.filter(ImageFilter.GaussianBlur(BLUR)).save(file, "JPEG", quality=60)
        return file.getvalue()
    return None
