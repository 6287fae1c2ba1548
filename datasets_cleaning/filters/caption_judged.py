"""A caption that would not have passed as a prompt."""

from dataclasses import dataclass

from datasets_cleaning.filters.verdicts import drop_by
from datasets_cleaning.record import Drop, Record
from moderation import PromptGate
from moderation.text.canonical import canonical


@dataclass(frozen=True, slots=True)
class CaptionJudged:
    """Drops a record unless *gate* allows its canonical caption."""

    gate: PromptGate

    def __call__(self, record: Record) -> Drop | None:
        """The reason to drop *record*, or None."""
        return drop_by(self.gate.judge(canonical(record.caption).text), "caption")
