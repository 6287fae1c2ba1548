"""Their side: diffusers' two pipelines for Kandinsky 2.1, used as documented."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any, Final, Self

import numpy as np
import torch
from PIL.Image import Image
from torch import Tensor

from bench.engine.timing import Run, Stopwatch
from bench.engine.workload import PictureTask
from generation.checkpoints.networks import (
    CLIPTextModelWithProjection,
    CLIPTokenizer,
    CLIPVisionModelWithProjection,
    MultilingualCLIP,
    PriorTransformer,
    UNet2DConditionModel,
    VQModel,
    load,
)
from generation.samplers import NoiseStream, seeded_noise

# isort: split
from diffusers.pipelines.kandinsky.pipeline_kandinsky import KandinskyPipeline
from diffusers.pipelines.kandinsky.pipeline_kandinsky_prior import (
    KandinskyPriorPipeline,
)
from diffusers.schedulers.scheduling_ddim import DDIMScheduler
from diffusers.schedulers.scheduling_unclip import UnCLIPScheduler
from transformers import CLIPImageProcessor, XLMRobertaTokenizer

STEPS_TIMED: Final = 5


@dataclass(frozen=True, slots=True)
class Theirs:
    """Both pipelines, on *device*, their scheduler taking the engine's timesteps."""

    prior: Any
    decoder: Any
    device: torch.device

    @classmethod
    def load(cls, folder: Path, device: torch.device, dtype: torch.dtype) -> Self:
        """The model in *folder*."""
        way = {"device": device, "dtype": dtype}
        prior: Any = KandinskyPriorPipeline(**_prior_parts(folder / "prior", **way))
        decoder: Any = KandinskyPipeline(**_decoder_parts(folder / "decoder", **way))
        for pipeline in (prior, decoder):
            pipeline.set_progress_bar_config(disable=True)
        return cls(prior, decoder, device)

    def run_prior(self, task: PictureTask) -> Run:
        """The prior alone."""
        watch = Stopwatch.start(self.device)
        self._imagine([task])
        return [watch.seconds()]

    def pictures(self, tasks: Sequence[PictureTask]) -> Run:
        """*tasks* one after the other, each waiting for those before it."""
        watch, seconds = Stopwatch.start(self.device), []
        for task in tasks:
            self._paint([task], *self._imagine([task]))
            seconds.append(watch.seconds())
        return seconds

    def batch(self, tasks: Sequence[PictureTask]) -> Run:
        """*tasks* in one call of each pipeline; their recipes must be alike."""
        watch = Stopwatch.start(self.device)
        self._paint(tasks, *self._imagine(tasks))
        return [watch.seconds()] * len(tasks)

    @torch.no_grad()
    def decode(self, latent: Tensor) -> Run:
        """The autoencoder's second half alone."""
        movq = self.decoder.movq
        watch = Stopwatch.start(self.device)
        movq.decode(latent.to(movq.dtype), force_not_quantize=True)
        return [watch.seconds()]

    @torch.no_grad()
    def step(self, tasks: Sequence[PictureTask]) -> Run:
        """The U-Net alone, once for all *tasks*, guided."""
        unet, side = self.decoder.unet, tasks[0].recipe.width
        config, rows = unet.config, 2 * len(tasks)
        cells = side // self.decoder.movq_scale_factor
        width = config.cross_attention_dim
        arguments = {
            "sample": self._random(unet, rows, config.in_channels, cells, cells),
            "timestep": torch.tensor(500, device=self.device),
            "encoder_hidden_states": self._random(
                unet, rows, 77, config.encoder_hid_dim
            ),
            "added_cond_kwargs": {
                "text_embeds": self._random(unet, rows, width),
                "image_embeds": self._random(unet, rows, width),
            },
        }
        seconds = []
        for _ in range(STEPS_TIMED):
            watch = Stopwatch.start(self.device)
            unet(**arguments, return_dict=False)
            seconds.append(watch.seconds())
        return [median(seconds)]

    def painted(self, task: PictureTask, embedding: Tensor) -> Image:
        """The picture of *embedding* [1, d] out of the engine's own noise."""
        dtype = self.decoder.unet.dtype
        nothing = self.prior.get_zero_embed().to(dtype)
        cells = task.recipe.width // self.decoder.movq_scale_factor
        noise = seeded_noise(task.recipe.seed, NoiseStream.DECODER)(
            (1, 4, cells, cells)
        )
        embedding = embedding.to(self.device, dtype)
        picture: Image = self._paint(
            [task], embedding, nothing, latents=noise.to(dtype)
        )[0]
        return picture

    def _imagine(self, tasks: Sequence[PictureTask]) -> tuple[Tensor, Tensor]:
        recipe = tasks[0].recipe
        out = self.prior(
            [task.prompt for task in tasks],
            num_inference_steps=recipe.prior_steps,
            guidance_scale=recipe.prior_guidance,
            generator=self._generators(tasks),
        )
        return out.image_embeds, out.negative_image_embeds

    def _paint(
        self,
        tasks: Sequence[PictureTask],
        embeddings: Tensor,
        nothing: Tensor,
        latents: Tensor | None = None,
    ) -> list[Image]:
        recipe = tasks[0].recipe
        pictures: list[Image] = self.decoder(
            [task.prompt for task in tasks],
            image_embeds=embeddings,
            negative_image_embeds=nothing,
            width=recipe.width,
            height=recipe.height,
            num_inference_steps=recipe.steps,
            guidance_scale=recipe.guidance,
            generator=self._generators(tasks),
            latents=latents,
        ).images
        return pictures

    def _generators(self, tasks: Sequence[PictureTask]) -> list[torch.Generator]:
        return [torch.Generator().manual_seed(task.recipe.seed) for task in tasks]

    def _random(self, network: Any, *shape: int) -> Tensor:
        return torch.randn(shape, device=self.device, dtype=network.dtype)


def difference(one: Image, other: Image) -> int:
    """The most that a value of *one* differs from that of *other*, in 0..255."""
    return int(np.abs(np.asarray(one, int) - np.asarray(other, int)).max())


def _prior_parts(half: Path, **way: Any) -> dict[str, Any]:
    scheduler = UnCLIPScheduler(
        prediction_type="sample",
        variance_type="fixed_small_log",
        clip_sample_range=10.0,
    )
    return {
        "prior": load(PriorTransformer, half / "prior", **way),
        "image_encoder": load(
            CLIPVisionModelWithProjection, half / "image_encoder", **way
        ),
        "text_encoder": load(CLIPTextModelWithProjection, half / "text_encoder", **way),
        "tokenizer": CLIPTokenizer.from_pretrained(half / "tokenizer"),
        "scheduler": scheduler,
        "image_processor": CLIPImageProcessor(),
    }


def _decoder_parts(half: Path, **way: Any) -> dict[str, Any]:
    scheduler = DDIMScheduler(
        beta_start=0.00085,
        beta_end=0.012,
        beta_schedule="linear",
        clip_sample=False,
        timestep_spacing="trailing",
    )
    tokenizer = XLMRobertaTokenizer(
        tokenizer_file=str(half / "tokenizer" / "tokenizer.json")
    )
    return {
        "text_encoder": load(MultilingualCLIP, half / "text_encoder", **way),
        "tokenizer": tokenizer,
        "scheduler": scheduler,
        "unet": load(UNet2DConditionModel, half / "unet", **way),
        "movq": load(VQModel, half / "movq", **way),
    }
