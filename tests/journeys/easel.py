"""Real painter processes, forked from one that has imported torch already.

Reads lines of JSON, the environment of a painter each, and answers with the process id
of that painter. Every painter ends with this process. The engine is a real one of toy
width; the prompt says how it behaves: "slow" takes its time at every step, "deadly"
kills its process in mid-picture.
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
from typing import Any

from PIL.Image import Image

from generation import Recipe
from tests.generation.toy import save_toy
from vernissage import logs
from vernissage.assembly.studio import studio
from vernissage.ports import Embedding, Engine, OnStep
from vernissage.settings import Settings
from vernissage.worker import painting

STEP_SECONDS = 0.25


@dataclass(frozen=True, slots=True)
class MoodyEngine:
    engine: Engine

    @property
    def model(self) -> str:
        return self.engine.model

    def recipe(self, **wishes: Any) -> Recipe:
        return self.engine.recipe(**wishes)

    def prior(self, prompt: str, recipe: Recipe) -> Embedding:
        return self.engine.prior(prompt, recipe)

    def decoder(
        self, prompt: str, embedding: Embedding, recipe: Recipe, on_step: OnStep
    ) -> Image:
        def step(done: int, steps: int) -> None:
            on_step(done, steps)
            if "slow" in prompt:
                time.sleep(STEP_SECONDS)
            if "deadly" in prompt:
                os.kill(os.getpid(), signal.SIGKILL)

        return self.engine.decoder(prompt, embedding, recipe, step)


def paint(environment: dict[str, str]) -> None:
    os.environ.update(environment)  # noqa: TID251  # settings are read from there
    settings = Settings.load()
    logs.configure("WARNING")
    painter = studio(settings)
    painting.work(settings, replace(painter, engine=MoodyEngine(painter.engine)))


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
    painters = []
    for line in sys.stdin:
        painters.append(fork(partial(paint, json.loads(line))))
        say(painters[-1])
    for pid in painters:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
