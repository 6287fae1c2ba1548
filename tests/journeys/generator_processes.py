"""Real generator processes, forked from one that has imported torch already.

Reads lines of JSON, the environment of a generator each, and answers with the process
id of that generator. Every generator ends with this process. The engine is a real one
of toy width; the prompt says how it behaves: "slow" takes its time at every step,
"deadly" kills its process in mid-picture, "shattering" breaks the engine.
"""

import json
import os
import signal
import sys
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from generation import Recipe
from generation.regimes import Regime
from generation.request import GenerationRequest
from tests.generation.toy import save_toy
from vernissage import logs
from vernissage.bootstrap.workers import build_generator
from vernissage.ports import Engine
from vernissage.settings import Settings
from vernissage.worker.consumer import run_worker
from vernissage.worker.queues import PAINTING

STEP_SECONDS = 0.25


@dataclass(frozen=True, slots=True)
class ScriptedEngine:
    """An *engine* that takes a prompt at its word."""

    engine: Engine

    @property
    def model(self) -> str:
        return self.engine.model

    @property
    def capacity(self) -> int:
        return self.engine.capacity

    def recipe(self, *, seed: int, aspect: str, steps: int | None = None) -> Recipe:
        return self.engine.recipe(seed=seed, aspect=aspect, steps=steps)

    def submit(self, regime: Regime, recipe: Recipe) -> GenerationRequest:
        return self.engine.submit(regime, recipe)

    def tick(self) -> list[GenerationRequest]:
        moved = self.engine.tick()
        prompts = [w.regime.subject.prompt for w in moved if w.step > 0]
        if any("slow" in prompt for prompt in prompts):
            time.sleep(STEP_SECONDS)
        if any("deadly" in prompt for prompt in prompts):
            os.kill(os.getpid(), signal.SIGKILL)
        if any("shattering" in prompt for prompt in prompts):
            raise RuntimeError("CUDA error: device-side assert triggered")
        return moved

    def decode(self, request: GenerationRequest) -> None:
        self.engine.decode(request)

    def cancel(self, request: GenerationRequest) -> None:
        self.engine.cancel(request)


def paint(environment: dict[str, str]) -> None:
    os.environ.update(environment)  # noqa: TID251  # settings are read from there
    settings = Settings.load()
    logs.configure("WARNING")
    generator = build_generator(settings)
    scripted = replace(generator, engine=ScriptedEngine(generator.engine))
    run_worker(settings, PAINTING, scripted.generate_all, scripted.stopping)


def fork(act: Callable[[], object]) -> int:
    if (pid := os.fork()) > 0:
        return pid
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    try:
        act()
    except BaseException:  # noqa: BLE001  # nobody above this frame is ours
        traceback.print_exc()
    finally:
        os._exit(0)


def say(word: object) -> None:
    sys.stdout.write(f"{word}\n")
    sys.stdout.flush()


def main(weights: Path) -> None:
    # in a child: torch's threads do not survive a fork, so none may run here
    os.waitpid(fork(lambda: save_toy(weights)), 0)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for the dead
    say("ready")
    generators = []
    for line in sys.stdin:
        generators.append(fork(partial(paint, json.loads(line))))
        say(generators[-1])
    for pid in generators:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
