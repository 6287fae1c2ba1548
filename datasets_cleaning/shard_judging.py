"""Judging one shard: bytes in, files and a manifest out.

Nothing here knows of engines, of other shards or of earlier attempts: the same inputs
make the same files, under the same names, as often as they are made.
"""

from collections import Counter, deque
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from io import BytesIO
from pathlib import Path
from time import perf_counter
from typing import Any, Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from datasets_cleaning.destination import Destination, atomic_write, digest
from datasets_cleaning.errors import SourceError
from datasets_cleaning.filter import Filter
from datasets_cleaning.ledger import Ledger
from datasets_cleaning.manifest import Manifest, judging_inputs
from datasets_cleaning.manifest import write as write_manifest
from datasets_cleaning.measuring import Measurements, Measurer, batches
from datasets_cleaning.pair import Pair
from datasets_cleaning.protocols import Codes, Shard
from datasets_cleaning.verdicts import decide, reasons

PROBLEMS: Final = 20
"""The most problems of a shard that are named; the others are counted."""


def judge_shard(
    shard: Shard,
    *,
    measurer: Measurer,
    basis: Mapping[str, Any],
    to: Destination,
    threads: int = 1,
) -> Manifest:
    """Judge every pair of *shard*: its ledger, its embeddings, and last its manifest.

    As many batches as *threads* are in work at a time: while one waits for the model,
    others are read and decoded. Their number changes nothing in what is written.
    *basis* is what the job's shards share, for the manifest. SourceError when the shard
    can't be read, or changed meanwhile.
    """
    started = perf_counter()
    fingerprint = shard.fingerprint()
    with shard.open() as pairs:
        found = list(_measured_batches(shard, pairs, measurer, threads))
        size = sum(pair.image.size for pair in pairs if pair.image)
    check_unchanged(shard, fingerprint)
    ledger = _ledger(found, measurer)
    files = _written(shard.number, ledger, _vectors(found), to)
    seconds = Counter[str]()
    for each in found:
        seconds.update(each.seconds)
    manifest = {
        **judging_inputs(name=shard.name, fingerprint=fingerprint, basis=basis),
        "number": shard.number,
        "count": len(ledger),
        "bytes": size,
        "files": files,
        "tallies": tally(decide(ledger, measurer.filters), measurer.filters),
        "measures": measurer.versions,
        "problems": _shortened(
            [problem for each in found for problem in each.problems]
        ),
        "seconds": {**seconds, "all": perf_counter() - started},
    }
    write_manifest(to.judged(shard.number), manifest)
    return manifest


def tally(codes: Codes, filters: Sequence[Filter]) -> dict[str, int]:
    """Counts of each reason of *filters* among *codes*."""
    names = ("", *reasons(filters))
    times = np.bincount(codes, minlength=1)
    return {names[code]: int(times[code]) for code in np.flatnonzero(times) if code}


def check_unchanged(shard: Shard, fingerprint: str) -> None:
    """Raise SourceError if *shard* is not what it was at the time of *fingerprint*."""
    if shard.fingerprint() != fingerprint:
        raise SourceError(f"{shard.name} changed while it was read: run again")


def _measured_batches(
    shard: Shard, pairs: Sequence[Pair], measurer: Measurer, threads: int
) -> Iterator[Measurements]:
    """Measurements of each batch, in their order, with few of them begun at a time."""
    if threads == 1:
        yield from (measurer.batch(batch, shard.name) for batch in batches(pairs))
        return
    waiting: deque[Future[Measurements]] = deque()
    with ThreadPoolExecutor(threads) as pool:
        for batch in batches(pairs):
            waiting.append(pool.submit(measurer.batch, batch, shard.name))
            if len(waiting) > threads:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def _ledger(found: Sequence[Measurements], measurer: Measurer) -> Ledger:
    schema = pa.schema(measurer.columns)
    tables = [pa.table(each.columns, schema) for each in found]
    return Ledger(pa.concat_tables([schema.empty_table(), *tables]).combine_chunks())


def _vectors(found: Sequence[Measurements]) -> NDArray[np.float16] | None:
    """The embeddings [n, d], zeros where there is none; None if no pair has one."""
    vectors = [vector for each in found for vector in each.vectors]
    made = [vector for vector in vectors if vector is not None]
    if not made:
        return None
    matrix = np.zeros((len(vectors), *made[0].shape), np.float16)
    for row, vector in zip(matrix, vectors, strict=True):
        if vector is not None:
            row[:] = vector
    return matrix


def _written(
    number: int, ledger: Ledger, vectors: NDArray[np.float16] | None, to: Destination
) -> dict[str, str]:
    """Write the files of a shard; the SHA-256 of each by its name."""
    files = [to.ledger(number)]
    with atomic_write(files[0]) as path:
        ledger.write(path)
    if vectors is not None:
        files.append(to.embeddings(number))
        save_array(files[1], vectors)
    return {to.relative(path): digest(path) for path in files}


def save_array(path: Path, array: NDArray[Any]) -> None:
    """Write *array* to *path* as NumPy does."""
    data = BytesIO()  # of a full disk NumPy itself would not tell that it is one
    np.save(data, array)
    with atomic_write(path) as unfinished:
        unfinished.write_bytes(data.getbuffer())


def _shortened(problems: list[str]) -> list[str]:
    more = len(problems) - PROBLEMS
    return problems if more <= 0 else [*problems[:PROBLEMS], f"{more} more problems"]
