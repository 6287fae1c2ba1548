"""A picture with too little to learn from."""

from dataclasses import dataclass

from datasets_cleaning.record import Drop, Record


@dataclass(frozen=True, slots=True)
class ImageTooSmall:
    """Drops a record whose picture's *shorter_side* has fewer pixels than this."""

    shorter_side: int

    def __call__(self, record: Record) -> Drop | None:
        """The reason to drop *record*, or None."""
        width, height = record.image.size
        if min(width, height) >= self.shorter_side:
            return None
        return Drop(
            "image_too_small",
            f"each side has at least {self.shorter_side} pixels,"
            f" this picture has {width} x {height}",
        )
