"""Many machines, by Ray Data: a pool of actors over the numbers of shards.

No picture goes through Ray's object store: an actor reads its shard itself and writes
its files itself, so every machine must see the source and the destination under the
same names. What comes back is a manifest, and the driver alone keeps the books.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from datasets_cleaning.errors import EngineError
from datasets_cleaning.protocols import Phase, RunTask, Task, TaskResult


@dataclass(frozen=True, slots=True, kw_only=True)
class RayEngine:
    """Up to *workers* actors, each with *gpus* of a graphics card, or one core.

    *address* is the cluster's ("auto" for the one that this machine belongs to); None
    starts Ray on this machine with *options* for `ray.init`.
    """

    workers: int
    gpus: float = 0
    address: str | None = None
    options: Mapping[str, Any] = field(default_factory=dict)

    def run(self, tasks: Sequence[Task], run_task: RunTask) -> Iterator[TaskResult]:
        """The results of *tasks*, as they end; EngineError without Ray."""
        if not tasks:
            return
        ray = _ray()
        if not ray.is_initialized():
            try:
                ray.init(address=self.address, **self.options)
            except Exception as error:  # Ray has no narrower kind for a node
                raise EngineError(f"Ray does not start: {error}") from error
        # What happens is told by the job, shard by shard.
        ray.data.DataContext.get_current().enable_progress_bars = False
        rows = [
            {"phase": task.phase.value, "number": task.number, "attempt": task.attempt}
            for task in tasks
        ]
        data = ray.data.from_items(rows, override_num_blocks=len(rows)).map_batches(
            _Actor,
            batch_size=1,
            batch_format="numpy",
            fn_constructor_kwargs={"run_task": run_task},
            compute=ray.data.ActorPoolStrategy(
                min_size=1,
                max_size=self.workers,
                # All are asked for at once; work begins with the first that comes.
                initial_size=min(self.workers, len(rows)),
                max_tasks_in_flight_per_actor=2,
            ),
            # Ray calls asking for both experimental.
            **({"num_gpus": self.gpus} if self.gpus else {"num_cpus": 1}),
        )
        for row in data.iter_rows():
            yield _result(row)


@dataclass(slots=True)
class _Actor:
    """A worker: does one task of each batch, and has loaded what that takes once."""

    run_task: RunTask

    def __call__(self, batch: dict[str, Any]) -> dict[str, list[Any]]:
        """The *batch* of one task, with how it ended."""
        [phase], [number], [attempt] = batch["phase"], batch["number"], batch["attempt"]
        task = Task(phase=Phase(phase), number=int(number), attempt=int(attempt))
        done = self.run_task(task)
        manifest = json.dumps(None if done.manifest is None else dict(done.manifest))
        return {
            **{name: list(values) for name, values in batch.items()},
            "manifest": [manifest],
            "problem": [done.problem],
        }


def _result(row: Mapping[str, Any]) -> TaskResult:
    task = Task(
        phase=Phase(row["phase"]),
        number=int(row["number"]),
        attempt=int(row["attempt"]),
    )
    return TaskResult(
        task=task, manifest=json.loads(row["manifest"]), problem=str(row["problem"])
    )


def _ray() -> Any:
    try:
        import ray  # noqa: PLC0415  # the extra is not everybody's
        import ray.data  # noqa: PLC0415
    except ImportError as error:
        raise EngineError(
            "this engine needs Ray: pip install 'vernissage[ray]'"
        ) from error
    return ray
