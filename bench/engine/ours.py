"""Our side: the engine."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Self

import torch
from PIL.Image import Image
from torch import Tensor

from bench.engine.timing import Run, Stopwatch
from bench.engine.workload import PictureTask
from generation.engine import Engine
from generation.regimes import text_to_image
from generation.request import RequestStage


@dataclass(frozen=True, slots=True)
class Ours:
    """One engine, with room for eight pictures."""

    engine: Engine
    device: torch.device

    @classmethod
    def load(cls, folder: Path, device: torch.device) -> Self:
        """The model in *folder*."""
        return cls(Engine.load(folder, device=str(device), capacity=8), device)

    def run_prior(self, task: PictureTask) -> Run:
        """The prior alone."""
        watch = Stopwatch.start(self.device)
        request = self.engine.run_prior(text_to_image(task.prompt), task.recipe)
        seconds = watch.seconds()
        self.engine.cancel(request)
        return [seconds]

    def pictures(self, tasks: Sequence[PictureTask]) -> Run:
        """All *tasks* at once."""
        engine, seconds = self.engine, []
        watch = Stopwatch.start(self.device)
        for task in tasks:
            engine.submit(text_to_image(task.prompt), task.recipe)
        while not engine.idle:
            for request in engine.tick():
                if request.stage is RequestStage.EMBEDDED:
                    engine.decode(request)
                elif request.stage is RequestStage.DONE:
                    seconds.append(watch.seconds())
        return seconds

    @torch.inference_mode()
    def decode(self, latent: Tensor) -> Run:
        """The autoencoder's second half alone."""
        watch = Stopwatch.start(self.device)
        self.engine.pipeline.autoencoder.decode(latent, quantised=False)
        return [watch.seconds()]

    def step(self, tasks: Sequence[PictureTask]) -> Run:
        """One step of the decoder for all *tasks*, the sampler's share included."""
        requests = [
            self.engine.run_prior(text_to_image(task.prompt), task.recipe)
            for task in tasks
        ]
        for request in requests:
            self.engine.decode(request)
        ticks = []
        for _ in range(min(request.steps for request in requests) - 1):
            watch = Stopwatch.start(self.device)
            self.engine.tick()
            ticks.append(watch.seconds())
        for request in requests:
            self.engine.cancel(request)
        return [median(ticks)]

    def painted(self, task: PictureTask) -> tuple[Image, Tensor]:
        """A picture, and the embedding [1, d] that it was painted from."""
        request = self.engine.run_prior(text_to_image(task.prompt), task.recipe)
        if request.prior_output is None:
            raise AssertionError(request)
        picture = self.engine.run_decoder(request, lambda _done, _of: None)
        return picture, torch.from_numpy(request.prior_output.embedding[None])
