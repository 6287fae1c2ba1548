"""A text file that holds no text."""

from datasets_cleaning.record import Drop, Record


def caption_unreadable(record: Record) -> Drop | None:
    """Drop *record* when its caption is not UTF-8, or far too big to be one."""
    try:
        _ = record.caption
    except ValueError as error:
        return Drop("caption_unreadable", str(error))
    return None
