"""A file that is no picture, or a picture that nobody should decode."""

from datasets_cleaning.record import Drop, Record
from moderation.errors import ImageRefused


def image_unreadable(record: Record) -> Drop | None:
    """Drop *record* when its picture is damaged, of another kind, or too big."""
    try:
        _ = record.image
    except ImageRefused as error:
        return Drop("image_unreadable", str(error))
    return None
