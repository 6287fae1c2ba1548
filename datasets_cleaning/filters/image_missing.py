"""A text with no picture."""

from datasets_cleaning.record import IMAGES, Drop, Record


def image_missing(record: Record) -> Drop | None:
    """Drop *record* when it has no picture file."""
    if record.image_part is None:
        kinds = ", ".join(sorted(IMAGES))
        return Drop("image_missing", f"there is none of {kinds} of this name")
    return None
