"""What a process holds while it judges one shard after the other."""

import os
from pathlib import Path
from typing import Final

from bench.cleaning.job_pipeline import Work
from datasets_cleaning.protocols import Phase, Task

PAGE: Final = os.sysconf("SC_PAGE_SIZE")


def held(source: Path, to: Path, count: int) -> list[int]:
    """The bytes in memory after each of *count* shards of *source*."""
    work, found = Work(source, to), []
    for number in range(count):
        work(Task(phase=Phase.JUDGE, number=number))
        pages = Path("/proc/self/statm").read_text("ascii").split()[1]
        found.append(int(pages) * PAGE)
    return found
