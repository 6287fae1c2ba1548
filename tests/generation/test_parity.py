"""Our chain against diffusers' own pipelines: same files, same noise."""

import numpy as np
import pytest
import torch

import torch_runtime.torchvision_operators  # noqa: F401  # before diffusers

# isort: split
from diffusers.pipelines.kandinsky.pipeline_kandinsky import KandinskyPipeline
from diffusers.pipelines.kandinsky.pipeline_kandinsky_prior import (
    KandinskyPriorPipeline,
)
from diffusers.schedulers.scheduling_ddim import DDIMScheduler
from diffusers.schedulers.scheduling_unclip import UnCLIPScheduler
from transformers import CLIPImageProcessor, XLMRobertaTokenizer

from generation import Recipe
from generation.checkpoints.networks import (
    CLIPTextModelWithProjection,
    CLIPTokenizer,
    CLIPVisionModelWithProjection,
    MultilingualCLIP,
    PriorTransformer,
    UNet2DConditionModel,
    VQModel,
)
from generation.model_calls import run_alone
from generation.regimes import text_to_image
from generation.samplers import NoiseStream, seeded_noise

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
    draw = seeded_noise(recipe.seed, NoiseStream.PRIOR)
    monkeypatch.setattr(
        "diffusers.schedulers.scheduling_unclip.randn_tensor",
        lambda shape, **_: draw(shape),
    )
    first = draw((1, published_prior.prior.config.embedding_dim))

    request = engine.run_prior(text_to_image(prompt), recipe)
    theirs = published_prior(
        prompt,
        num_inference_steps=recipe.prior_steps,
        guidance_scale=guidance,
        latents=first,
    )

    np.testing.assert_allclose(
        request.prior_output.embedding,
        theirs.image_embeds[0].numpy(),
        atol=1e-3,  # their scheduler loses digits in its last coefficient
        rtol=1e-3,
    )
    torch.testing.assert_close(
        engine.pipeline.zero_embedding, theirs.negative_image_embeds
    )


@pytest.mark.parametrize("guidance", GUIDANCE)
@pytest.mark.parametrize("prompt", [*PROMPTS, "рыжий кот"])
def test_the_decoder_paints_what_the_published_pipeline_does(
    prompt, guidance, engine, published_decoder, monkeypatch
):
    recipe = Recipe(seed=5, width=64, height=32, steps=4, guidance=guidance)
    pipeline = engine.pipeline
    request = engine.run_prior(text_to_image(prompt), recipe)
    conditions = pipeline.conditions(
        request.regime.subject, recipe, request.prior_output
    )
    init = pipeline.latent_init(request.regime, recipe)

    painted = []
    decode = published_decoder.movq.decode

    def watched(latent, **how):
        painted.append(latent)
        return decode(latent, **how)

    monkeypatch.setattr(published_decoder.movq, "decode", watched)

    ours = run_alone(pipeline.decoder.denoise(conditions, init, recipe))
    published_decoder(
        prompt,
        image_embeds=torch.from_numpy(request.prior_output.embedding[None]),
        negative_image_embeds=pipeline.zero_embedding,
        num_inference_steps=recipe.steps,
        guidance_scale=guidance,
        width=64,
        height=32,
        latents=seeded_noise(recipe.seed, NoiseStream.DECODER)((1, 4, 8, 16)),
    )

    # random networks leave latents of a hundred and more, of which float32 keeps six
    # digits: 1e-4 of a latent of usual size is 1e-5 of the largest
    largest = painted[0].abs().max()
    torch.testing.assert_close(ours / largest, painted[0] / largest, atol=1e-5, rtol=0)


def test_a_picture_is_the_published_pipelines_picture(engine, published_decoder):
    recipe = Recipe(seed=5, width=64, height=32, steps=4)
    request = engine.run_prior(text_to_image("a red cat"), recipe)

    ours = engine.run_decoder(request, lambda _done, _of: None)
    [theirs] = published_decoder(
        "a red cat",
        image_embeds=torch.from_numpy(request.prior_output.embedding[None]),
        negative_image_embeds=engine.pipeline.zero_embedding,
        num_inference_steps=recipe.steps,
        width=64,
        height=32,
        latents=seeded_noise(recipe.seed, NoiseStream.DECODER)((1, 4, 8, 16)),
    ).images

    difference = np.abs(np.asarray(ours, int) - np.asarray(theirs, int))
    assert difference.max() <= 1
