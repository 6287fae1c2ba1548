"""A picture that nothing is written about."""

from datasets_cleaning.record import Drop, Record


def caption_missing(record: Record) -> Drop | None:
    """Drop *record* when it has no text file."""
    if record.caption_part is None:
        return Drop("caption_missing", "there is no .txt file of this name")
    return None
