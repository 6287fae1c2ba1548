"""The stages of a run, in order, each leaving its files in the run's folder."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from types import MappingProxyType
from typing import Final

import numpy as np
import torch
from PIL.Image import Image
from torch import nn

from generation.checkpoints.networks import UNet2DConditionModel, VQModel
from generation.checkpoints.regressions import LinearNetwork, RegressionNetwork
from generation.engine import Engine
from generation.schedules import decoder_alphas, prior_alphas
from generation.training import autoencoder, clip, decoder, networks, prior, regression
from generation.training.autoencoder import use_fast_group_norm
from generation.training.bundle import Bundle
from generation.training.decoder import DecoderLoss
from generation.training.latents import EncodedPictures, PictureEncoder
from generation.training.loop import Loop
from generation.training.regression import Moments
from generation.training.run import SEEDED, Run
from generation.training.samples import filled, painted, reconstructed


def train_tokenizers(run: Run) -> None:
    """Learns both vocabularies, unless they are there."""
    if not run.tokenizers.is_dir():
        run.initial.tokenizers(run.data, run.tokenizers)


def train_clip(run: Run) -> None:
    """Trains the three towers."""
    vocabularies = run.vocabularies()
    with run.seeded("clip"):
        towers = run.initial.towers(vocabularies)
    if run.plan.clip.locked:
        towers.image.requires_grad_(requires_grad=False)
    loss = clip.ContrastiveLoss(
        towers=towers,
        vocabularies=vocabularies,
        data=run.data,
        side=run.plan.seen,
        batch=run.plan.clip.batch,
    )
    _loop(run, "clip", towers, loss)


def train_autoencoder(run: Run) -> None:
    """Trains the autoencoder."""
    with run.seeded("autoencoder"):
        model = autoencoder.AdversarialAutoencoder(run.initial.movq())
    loss = _reconstruction(run, model, "autoencoder")
    _loop(run, "autoencoder", model, loss, lambda: _reconstructed(run, run.movq()))


def encode_latents(run: Run) -> None:
    """Encodes pictures of every format, unless they are there."""
    encoder = PictureEncoder(
        movq=run.movq(),
        image=run.towers().image,
        data=run.data,
        side=run.plan.side,
        batch=run.plan.latents.batch,
        monitor=run.monitor,
    )
    for index, frames in enumerate(run.plan.latents.frames):
        if not run.latents(index).is_file():
            encoder.encode(frames).write(run.latents(index))


def train_prior(run: Run) -> None:
    """Trains the prior."""
    encoded = EncodedPictures.read(run.latents(0))
    with run.seeded("prior"):
        network = run.initial.prior(encoded.embeddings)
    loss = prior.PriorLoss(
        prior=network,
        text=run.towers().text,
        vocabularies=run.vocabularies(),
        encoded=encoded,
        data=run.data,
        alphas=prior_alphas(),
        batch=run.plan.prior.batch,
        drops_text=run.plan.prior.drop_text,
    )
    _loop(run, "prior", network, loss)


def fit_linear(run: Run) -> None:
    """Fits the linear prior to captions of all squares, unless it is there."""
    if run.linear.is_dir():
        return
    moments = regression.gather_moments(
        run.pairs(),
        captions=run.plan.linear.captions,
        random=np.random.default_rng(run.seed("linear")),
        monitor=run.monitor,
    )
    partial = run.linear.with_suffix(".partial")
    regression.fit_linear_network(moments, ridge=run.plan.linear.ridge).save(partial)
    partial.replace(run.linear)


def train_residual(run: Run) -> None:
    """Trains the residual prior."""
    pairs = run.pairs()
    random = np.random.default_rng(run.seed("residual"))
    moments = Moments.of(pairs.batches(1, random))
    with run.seeded("residual"):
        network = regression.untrained_residual(run.plan.shapes, moments)
    loss = regression.RegressionLoss(
        prior=network, pairs=pairs, batch=run.plan.residual.batch
    )
    _loop(run, "residual", network, loss)


def train_decoder(run: Run) -> None:
    """Trains the decoder."""
    with run.seeded("decoder"):
        unet = run.initial.unet()
    loss = _denoising(run, unet, "decoder")
    _loop(run, "decoder", unet, loss, _painted(run))


def train_inpainting(run: Run) -> None:
    """Trains a copy of the decoder to inpaint."""
    unet = decoder.widen_input(_decoder(run)).train().requires_grad_(requires_grad=True)
    decoder.freeze_parts(unet, run.plan.inpaint.shares)
    loss = _denoising(run, unet, "inpaint")
    loss = replace(loss, masks=decoder.random_masks)
    _loop(run, "inpaint", unet, loss, lambda: filled(_engine(run), run.data))


def _decoder(run: Run) -> UNet2DConditionModel:
    return run.averaged("decoder", networks.unet(run.plan.shapes, run.plan.side))


def _denoising(run: Run, unet: UNet2DConditionModel, stage: str) -> DecoderLoss:
    towers = run.towers()
    grey = torch.zeros(1, 3, run.plan.seen, run.plan.seen, device=run.device)
    with torch.no_grad():
        nothing = towers.image(pixel_values=grey).image_embeds.cpu()
    formats = range(len(run.plan.latents.frames))
    return DecoderLoss(
        unet=unet,
        multilingual=towers.multilingual,
        vocabularies=run.vocabularies(),
        encoded=[EncodedPictures.read(run.latents(index)) for index in formats],
        data=run.data,
        nothing=nothing,
        alphas=decoder_alphas(),
        batch=run.plan.schedules[stage].batch,
        square_share=run.plan.decoder.square_share,
        drops_text=run.plan.decoder.drop_text,
        drops_image=run.plan.decoder.drop_image,
    )


def polish_autoencoder(run: Run) -> None:
    """Trains the autoencoder's decoder alone, so that latents stay valid."""
    with run.seeded("polish"):
        model = autoencoder.AdversarialAutoencoder(run.movq())
    model.train().requires_grad_(requires_grad=True)
    autoencoder.freeze_encoder(model.movq)
    loss = _reconstruction(run, model, "polish")
    _loop(run, "polish", model, loss, lambda: _reconstructed(run, run.polished()))


def write_bundle(run: Run) -> None:
    """Gathers the averaged networks as they are now into FOLDER/bundle."""
    _bundle(run).write(run.folder / "bundle")


def _bundle(run: Run) -> Bundle:
    towers = run.towers()
    encoded = EncodedPictures.read(run.latents(0))
    return Bundle(
        text=towers.text,
        image=towers.image,
        multilingual=towers.multilingual,
        prior=run.averaged(
            "prior", prior.untrained(run.plan.shapes, encoded.embeddings)
        ),
        unet=_decoder(run),
        inpainting=_inpainting(run),
        movq=run.polished(),
        regressions=_regressions(run),
        tokenizers=run.tokenizers,
        defaults=run.plan.defaults.set_values,
    )


def _engine(run: Run) -> Engine:
    """An engine over everything as it is now."""
    with TemporaryDirectory(dir=run.folder) as folder:
        _bundle(run).write(Path(folder) / "bundle")
        return Engine.load(Path(folder) / "bundle", device=str(run.device))


def _painted(run: Run) -> Callable[[], Image] | None:
    """Samples of the decoder, if there is a prior to embed prompts for it."""
    if not run.file("prior").is_file():
        return None
    return lambda: painted(_engine(run), run.data)


def _reconstructed(run: Run, movq: VQModel) -> Image:
    return reconstructed(movq, run.data, run.plan.side)


def _inpainting(run: Run) -> UNet2DConditionModel | None:
    """The inpainting decoder, if it is trained."""
    if not run.file("inpaint").is_file():
        return None
    untrained = decoder.widen_input(networks.unet(run.plan.shapes, run.plan.side))
    return run.averaged("inpaint", untrained)


def _regressions(run: Run) -> list[RegressionNetwork]:
    """The priors beside the diffusion prior, as far as they are trained."""
    found: list[RegressionNetwork] = []
    if run.linear.is_dir():
        linear_prior = LinearNetwork.load(
            run.linear, device=run.device, dtype=torch.float32
        )
        found.append(linear_prior)
    if run.file("residual").is_file():
        found.append(run.averaged("residual", networks.residual(run.plan.shapes)))
    return found


def _reconstruction(
    run: Run, model: autoencoder.AdversarialAutoencoder, stage: str
) -> autoencoder.ReconstructionLoss:
    use_fast_group_norm(model)
    return autoencoder.ReconstructionLoss(
        model=model,
        perceptual=run.plan.autoencoder.perceptual,
        adversarial=run.plan.autoencoder.adversarial,
        perceptual_encoder=run.towers().image
        if run.plan.autoencoder.perceptual
        else None,
        data=run.data,
        side=run.plan.side,
        batch=run.plan.schedules[stage].batch,
    )


def _loop(
    run: Run,
    stage: str,
    networks: nn.Module,
    loss: Callable[..., torch.Tensor],
    sample: Callable[[], Image] | None = None,
) -> None:
    Loop(
        stage=stage,
        networks=networks,
        loss=loss,
        schedule=run.plan.schedules[stage],
        seed=run.seed(stage),
        file=run.file(stage),
        monitor=run.monitor,
        device=run.device,
        sample=sample if run.plan.samples else None,
    ).run()


STAGES: Final[Mapping[str, Callable[[Run], None]]] = MappingProxyType(
    {
        "tokenizers": train_tokenizers,
        "clip": train_clip,
        "autoencoder": train_autoencoder,
        "latents": encode_latents,
        "prior": train_prior,
        "linear": fit_linear,
        "residual": train_residual,
        "decoder": train_decoder,
        "inpaint": train_inpainting,
        "polish": polish_autoencoder,
        "bundle": write_bundle,
    }
)

SHARED: Final = frozenset(SEEDED) - {"linear"}
"""The stages that several processes take together; one alone does the others."""
