"""A picture that would not have been shown."""

from dataclasses import dataclass

from datasets_cleaning.filters.verdicts import drop_by
from datasets_cleaning.record import Drop, Record
from moderation import ImageGate


@dataclass(frozen=True, slots=True)
class ImageJudged:
    """Drops a record unless *gate* allows its picture."""

    gate: ImageGate

    def __call__(self, record: Record) -> Drop | None:
        """The reason to drop *record*, or None."""
        return drop_by(self.gate.judge(record.image), "image")
