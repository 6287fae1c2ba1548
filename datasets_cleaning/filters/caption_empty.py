"""A caption of which nothing is visible."""

from datasets_cleaning.record import Drop, Record
from moderation.text.canonical import canonical


def caption_empty(record: Record) -> Drop | None:
    """Drop *record* when its canonical caption has no character."""
    if canonical(record.caption).text:
        return None
    return Drop("caption_empty", "the caption holds nothing that can be seen")
