"""A picture that is there already."""

import hashlib
from dataclasses import dataclass, field

from datasets_cleaning.record import Drop, Record


@dataclass(frozen=True, slots=True)
class Duplicate:
    """Drops a record whose picture has the very bytes of one that came here before.

    It remembers what it has seen: 32 bytes and a key for each picture. Standing last
    in a plan it sees only what is kept, so that a refused copy removes no good one.
    """

    seen: dict[bytes, str] = field(default_factory=dict)

    def __call__(self, record: Record) -> Drop | None:
        """The reason to drop *record*, or None."""
        digest = hashlib.sha256()
        for chunk in record.image_part.chunks() if record.image_part else ():
            digest.update(chunk)
        first = self.seen.setdefault(digest.digest(), record.key)
        if first == record.key:
            return None
        return Drop("duplicate", f"the same picture as {first}")
