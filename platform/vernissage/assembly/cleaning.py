"""What a cleaning job needs: a source, the judges, a new folder and the log in SQL."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from datasets_cleaning.job import Job
from datasets_cleaning.plan import Plan
from datasets_cleaning.sinks import open_sink
from datasets_cleaning.sources import open_source
from vernissage.adapters.cleaning_log import CleaningLog
from vernissage.assembly import parts
from vernissage.assembly.judges import picture_gate, text_gate
from vernissage.settings import Settings


@contextmanager
def cleaning(
    settings: Settings, *, source: Path, destination: Path, plan: Plan
) -> Iterator[Job]:
    """The job that takes *source* through *plan* into *destination*.

    The files are whole when the block ends; an exception leaves them unfinished.
    """
    records = open_source(source)
    with open_sink(destination, source) as sink:
        filters = plan.filters(
            captions=text_gate(settings), images=picture_gate(settings)
        )
        log = CleaningLog.begun(
            parts.sessions(settings),
            parts.now,
            source=str(source),
            plan=plan.version,
            policy=parts.policy(settings).version,
        )
        yield Job(source=records, filters=filters, sink=sink, log=log)
