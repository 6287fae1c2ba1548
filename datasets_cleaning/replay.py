"""Replay: the verdicts of another plan, from the ledgers, without any model.

Only what filters decide is compared, under either plan: overrides and duplicates come
after, and would hide what the thresholds do.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from datasets_cleaning.errors import DestinationError
from datasets_cleaning.job_state import JobState
from datasets_cleaning.ledger import BASE_COLUMNS, Ledger
from datasets_cleaning.manifest import files_exist, read
from datasets_cleaning.plan import Plan
from datasets_cleaning.protocols import Codes
from datasets_cleaning.reasons import NOT_JUDGED
from datasets_cleaning.verdicts import decide, reasons

KEPT: Final = "kept"
THREADS: Final = 2
TOGETHER: Final = 16
"""Ledgers that are decided on at once: NumPy likes long rows."""

CODES: Final = 256
"""As many as a byte can tell apart."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """The difference of two plans' verdicts on the same pairs.

    *transitions* count pairs by their reason under the old and under the new plan,
    `KEPT` being one; *undecidable* are those that only the new plan can't judge since
    its columns were not measured; *lacking* are the columns that no ledger has.
    """

    old: str
    new: str
    pairs: int
    transitions: Mapping[tuple[str, str], int]
    undecidable: int
    lacking: tuple[str, ...]

    @property
    def changed(self) -> Mapping[tuple[str, str], int]:
        """The transitions that are one, the most frequent first."""
        counts = Counter(
            {pair: n for pair, n in self.transitions.items() if len(set(pair)) > 1}
        )
        return dict(counts.most_common())

    @property
    def share(self) -> float:
        """The share of pairs with another verdict, from 0 to 1."""
        return sum(self.changed.values()) / self.pairs if self.pairs else 0.0

    @property
    def kept(self) -> tuple[int, int]:
        """Counts of pairs that the old and the new plan keep."""
        sums = [Counter[str](), Counter[str]()]
        for pair, count in self.transitions.items():
            for place in range(2):
                sums[place][pair[place]] += count
        return sums[0][KEPT], sums[1][KEPT]


def replay(folder: Path, plan: Plan) -> Difference:
    """The difference that *plan* would make on the pairs of the job in *folder*.

    DestinationError if there is no job or nothing is judged yet.
    """
    job = JobState.read(folder)
    numbers = list(job.judged())
    if not numbers:
        raise DestinationError(f"nothing is judged in {folder} yet: run the job first")
    before = _old_codes(job)
    parts = [numbers[at : at + TOGETHER] for at in range(0, len(numbers), TOGETHER)]
    with ThreadPoolExecutor(THREADS) as pool:
        tables = list(
            pool.map(lambda part: _transition_counts(job, part, before, plan), parts)
        )
    both = (job.plan, plan)
    old, new = ((KEPT, *reasons(each.filters)) for each in both)
    counts = np.sum([counts for counts, _ in tables], axis=0)
    transitions = {
        (old[was], new[now]): int(counts[was, now])
        for was, now in zip(*np.nonzero(counts), strict=True)
    }
    return Difference(
        old=job.plan.version,
        new=plan.version,
        pairs=int(counts.sum()),
        transitions=transitions,
        undecidable=sum(
            count
            for (was, now), count in transitions.items()
            if now == NOT_JUDGED != was
        ),
        lacking=tuple(
            sorted(_needs(plan) - frozenset().union(*(c for _, c in tables)))
        ),
    )


def _old_codes(job: JobState) -> Callable[[int], Codes] | None:
    """A look-up of the codes by the job's own filters; None if they must decide again.

    The final verdicts tell it where there are no overrides: a copy was kept till then.
    """
    settled = read(job.to.final_manifest)
    if not settled or settled["overrides"] or not files_exist(settled, job.to):
        return None
    names = np.array(["", *reasons(job.plan.filters)])
    copies = np.char.startswith(names, "duplicate:")
    earlier = np.where(copies, 0, np.arange(len(names))).astype(np.uint8)
    return lambda number: earlier[np.load(job.to.verdicts(number))]


def _transition_counts(
    job: JobState,
    numbers: Sequence[int],
    before: Callable[[int], Codes] | None,
    plan: Plan,
) -> tuple[NDArray[np.int64], frozenset[str]]:
    """Counts of each old code with each new one [256, 256], and the columns."""
    files = [pq.ParquetFile(job.to.ledger(n), memory_map=True) for n in numbers]
    schema = files[0].schema_arrow
    names = [field.name for field in schema if not _is_octets(field.type)]
    tables = [file.read(names, use_threads=False) for file in files]
    ledger = Ledger(pa.concat_tables(tables).unify_dictionaries().combine_chunks())
    if before is None:
        was = decide(ledger, job.plan.filters)
    else:
        was = np.concatenate([before(number) for number in numbers])
    now = decide(ledger, plan.filters)
    both = was.astype(np.uint16) * np.uint16(CODES) + now
    counts = np.bincount(both, minlength=CODES * CODES)
    return counts.reshape(CODES, CODES), frozenset(schema.names)


def _is_octets(kind: pa.DataType) -> bool:
    """True if a column holds keys or digests, which no filter reads."""
    return bool(pa.types.is_fixed_size_binary(kind) or pa.types.is_string(kind))


def _needs(plan: Plan) -> frozenset[str]:
    return frozenset().union(*(each.required for each in plan.filters)) - set(
        BASE_COLUMNS
    )
