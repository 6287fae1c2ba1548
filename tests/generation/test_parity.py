"""Our chain against diffusers' own pipelines: same files, same noise."""

import numpy as np
import pytest
import torch

import generation.vision_ops  # noqa: F401  # before diffusers

# isort: split
from diffusers.pipelines.kandinsky.pipeline_kandinsky import KandinskyPipeline
from diffusers.pipelines.kandinsky.pipeline_kandinsky_prior import (
    KandinskyPriorPipeline,
)
from diffusers.schedulers.scheduling_ddim import DDIMScheduler
from diffusers.schedulers.scheduling_unclip import UnCLIPScheduler
from transformers import CLIPImageProcessor, XLMRobertaTokenizer

from generation import Recipe
from generation.networks import (
    CLIPTextModelWithProjection,
    CLIPTokenizer,
    CLIPVisionModelWithProjection,
    MultilingualCLIP,
    PriorTransformer,
    UNet2DConditionModel,
    VQModel,
)
from generation.noise import Stage, seeded

PROMPTS = ["a red cat", "", "a long tale " * 40]
GUIDANCE = [1.0, 4.0]


@pytest.fixture(scope="module")
def published_prior(toy):
    half = toy / "prior"
    pipeline = KandinskyPriorPipeline(
        prior=PriorTransformer.from_pretrained(half / "prior"),
        image_encoder=CLIPVisionModelWithProjection.from_pretrained(
            half / "image_encoder"
        ),
        text_encoder=CLIPTextModelWithProjection.from_pretrained(half / "text_encoder"),
        tokenizer=CLIPTokenizer.from_pretrained(half / "tokenizer"),
        scheduler=UnCLIPScheduler(
            prediction_type="sample",
            variance_type="fixed_small_log",
            clip_sample_range=10.0,
        ),
        image_processor=CLIPImageProcessor(),
    )
    pipeline.set_progress_bar_config(disable=True)
    return pipeline


@pytest.fixture(scope="module")
def published_decoder(toy):
    half = toy / "decoder"
    pipeline = KandinskyPipeline(
        text_encoder=MultilingualCLIP.from_pretrained(half / "text_encoder"),
        tokenizer=XLMRobertaTokenizer(
            tokenizer_file=str(half / "tokenizer" / "tokenizer.json")
        ),
        scheduler=DDIMScheduler(
            beta_start=0.00085,
            beta_end=0.012,
            beta_schedule="linear",
            clip_sample=False,
            timestep_spacing="trailing",
        ),
        unet=UNet2DConditionModel.from_pretrained(half / "unet"),
        movq=VQModel.from_pretrained(half / "movq"),
    )
    pipeline.set_progress_bar_config(disable=True)
    return pipeline


@pytest.mark.parametrize("guidance", GUIDANCE)
@pytest.mark.parametrize("prompt", PROMPTS)
def test_the_prior_imagines_what_the_published_pipeline_does(
    prompt, guidance, engine, published_prior, monkeypatch
):
    recipe = Recipe(seed=5, width=32, height=32, prior_steps=5, prior_guidance=guidance)
    draw = seeded(recipe.seed, Stage.PRIOR)
    monkeypatch.setattr(
        "diffusers.schedulers.scheduling_unclip.randn_tensor",
        lambda shape, **_: draw(shape),
    )
    first = draw((1, published_prior.prior.config.embedding_dim))

    ours = engine.prior(prompt, recipe)
    theirs = published_prior(
        prompt,
        num_inference_steps=recipe.prior_steps,
        guidance_scale=guidance,
        latents=first,
    )

    np.testing.assert_allclose(
        ours, theirs.image_embeds[0].numpy(), atol=1e-3, rtol=1e-3
    )
    torch.testing.assert_close(
        engine.brush.unprompted.embedding, theirs.negative_image_embeds
    )


@pytest.mark.parametrize("guidance", GUIDANCE)
@pytest.mark.parametrize("prompt", [*PROMPTS, "рыжий кот"])
def test_the_decoder_paints_what_the_published_pipeline_does(
    prompt, guidance, engine, published_decoder
):
    recipe = Recipe(seed=5, width=64, height=32, steps=4, guidance=guidance)
    embedding = engine.prior(prompt, recipe)

    ours = engine.decoder(prompt, embedding, recipe, lambda _done, _of: None)
    [theirs] = published_decoder(
        prompt,
        image_embeds=torch.from_numpy(embedding[None]),
        negative_image_embeds=engine.brush.unprompted.embedding,
        num_inference_steps=recipe.steps,
        guidance_scale=guidance,
        width=64,
        height=32,
        latents=seeded(recipe.seed, Stage.DECODER)((1, 4, 8, 16)),
    ).images

    difference = np.abs(np.asarray(ours, int) - np.asarray(theirs, int))
    assert difference.max() <= 1
