"""A job of nothing but ledgers, to decide on again by another policy."""

from pathlib import Path
from time import perf_counter, process_time
from typing import Final

import numpy as np
import pyarrow as pa

from datasets_cleaning.category_scores import columns
from datasets_cleaning.destination import Destination, digest
from datasets_cleaning.job_state import FORMAT
from datasets_cleaning.ledger import BASE_COLUMNS, SCORE, Ledger
from datasets_cleaning.manifest import judging_inputs, write
from datasets_cleaning.measures.files import Header
from datasets_cleaning.plan import Plan
from datasets_cleaning.replay import replay
from datasets_cleaning.shard_judging import save_array
from datasets_cleaning.verdicts import decide, reasons

ROWS: Final = 10_000
"""Pairs of a shard, as img2dataset makes them."""

WORD: Final = pa.dictionary(pa.int8(), pa.string())


def replay_times(folder: Path, pairs: int, rounds: int) -> tuple[float, float]:
    """The least time in which another policy decides again on so many *pairs*.

    In seconds by the clock on the wall, and of processor time on both threads.
    """
    plan = Plan.bundled()
    strict = Plan.parse(plan.text.replace('policy = "balanced"', 'policy = "strict"'))
    _job(folder, plan, pairs // ROWS)
    return min(_once(folder, strict, pairs) for _ in range(rounds))


def _once(folder: Path, plan: Plan, pairs: int) -> tuple[float, float]:
    began, spent = perf_counter(), process_time()
    found = replay(folder, plan)
    took = perf_counter() - began, process_time() - spent
    if found.pairs != pairs or not found.changed:
        raise RuntimeError(f"decided on {found.pairs} of {pairs} pairs")
    return took


def _job(folder: Path, plan: Plan, shards: int) -> None:
    """A settled job of so many *shards* that differ in nothing but their names."""
    to, ledger = Destination(folder), _ledger(plan)
    codes = decide(ledger, plan.filters)
    basis = {"plan": plan.sha256, "versions": {}, "embeddings": False}
    names = [f"{number:05d}.tar" for number in range(shards)]
    verdicts = {}
    for number, name in enumerate(names):
        (folder / "ledger").mkdir(parents=True, exist_ok=True)
        ledger.write(to.ledger(number))
        save_array(to.verdicts(number), codes)
        verdicts[to.relative(to.verdicts(number))] = digest(to.verdicts(number))
        inputs = judging_inputs(name=name, fingerprint="1", basis=basis)
        files = {to.relative(to.ledger(number)): digest(to.ledger(number))}
        write(to.judged(number), {**inputs, "count": len(ledger), "files": files})
    write(
        to.final_manifest, {"count": shards * ROWS, "overrides": 0, "files": verdicts}
    )
    listed = [
        {"number": number, "name": name, "fingerprint": "1"}
        for number, name in enumerate(names)
    ]
    said = {"version": plan.version, "sha256": plan.sha256, "text": plan.text}
    job = {"format": FORMAT, **basis, "source": "made", "shards": listed, "plan": said}
    write(to.job, {**job, "writing": False, "reasons": list(reasons(plan.filters))})


def _ledger(plan: Plan) -> Ledger:
    """A shard's, with scores as skewed as real ones."""
    random = np.random.default_rng(0)
    skewed = random.beta(0.3, 6, (26, ROWS)) * 65_535
    names = [*columns("caption"), *columns("image")]
    table = {
        "key": pa.array([f"{row:09d}" for row in range(ROWS)]),
        "uid": pa.array([random.bytes(16) for _ in range(ROWS)], BASE_COLUMNS["uid"]),
        "fault": pa.nulls(ROWS, BASE_COLUMNS["fault"]),
        "bytes": pa.array(random.integers(30_000, 200_000, ROWS), pa.uint32()),
        "format": pa.array(["jpeg"] * ROWS, Header.columns["format"]),
        "width": pa.array(random.integers(256, 1024, ROWS), pa.uint32()),
        "height": pa.array(random.integers(256, 1024, ROWS), pa.uint32()),
        "caption_length": pa.array(random.integers(1, 300, ROWS), pa.uint32()),
        "language": pa.array(random.choice(["en", "ru"], ROWS).tolist(), WORD),
        "personal": pa.array(random.binomial(1, 0.01, ROWS).astype(np.uint8)),
        "decoded": pa.array([True] * ROWS),
        **{
            name: pa.array(own.astype(np.uint16), SCORE)
            for name, own in zip(names, skewed, strict=False)
        },
    }
    missing = {need for each in plan.filters for need in each.required} - table.keys()
    if missing:
        raise RuntimeError(f"the made ledger lacks {', '.join(sorted(missing))}")
    return Ledger(pa.table(table))
