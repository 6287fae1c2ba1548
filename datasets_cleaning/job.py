"""One cleaning job: every record of a source is decided on, written and counted."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from datasets_cleaning.protocols import Filter, Log, Sink, Source
from datasets_cleaning.record import NOT_JUDGED, Decision, Drop, Record
from datasets_cleaning.summary import Summary


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """Takes *source* through *filters* into *sink*, and says so in *log*."""

    source: Source
    filters: Sequence[Filter]
    sink: Sink
    log: Log

    def run(self, on_record: Callable[[Summary], None]) -> Summary:
        """The sums of the whole job; *on_record* hears of them after each record."""
        summary = Summary()
        for decision in decisions(self.source, self.filters):
            self.sink.write(decision)
            if decision.drop is not None:
                self.log.dropped(decision.record.key, decision.drop)
            summary.add(decision)
            on_record(summary)
        self.log.finished(summary)
        return summary


def decisions(
    records: Iterable[Record], filters: Sequence[Filter]
) -> Iterator[Decision]:
    """A decision on each of *records*, in their order."""
    for record in records:
        yield Decision(record, record.fault or reason_to_drop(record, filters))


def reason_to_drop(record: Record, filters: Sequence[Filter]) -> Drop | None:
    """What the first of *filters* that minds says; None when none does.

    A filter that breaks has not judged, and what is not judged is not kept.
    """
    for judge in filters:
        try:
            drop = judge(record)
        except Exception as error:  # noqa: BLE001  # whatever broke, nobody has judged
            return Drop(NOT_JUDGED, f"{type(judge).__name__}: {error!r}"[:500])
        if drop is not None:
            return drop
    return None
