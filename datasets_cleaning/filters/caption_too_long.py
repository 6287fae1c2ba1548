"""A caption that is an essay."""

from dataclasses import dataclass

from datasets_cleaning.record import Drop, Record


@dataclass(frozen=True, slots=True)
class CaptionTooLong:
    """Drops a record whose caption has more than so many *characters*."""

    characters: int

    def __call__(self, record: Record) -> Drop | None:
        """The reason to drop *record*, or None."""
        if (length := len(record.caption)) <= self.characters:
            return None
        return Drop(
            "caption_too_long",
            f"a caption has at most {self.characters} characters,"
            f" this one has {length}",
        )
