"""Training of the diffusion prior: to denoise a picture's embedding, given its text."""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import mse_loss, pad, scaled_dot_product_attention

from generation.checkpoints.networks import (
    CLIPTextModelWithProjection,
    PriorTransformer,
)
from generation.schedules import TRAINING_STEPS
from generation.text_encoders import EncodedText
from generation.training import networks
from generation.training.dataset import Dataset, captions_of
from generation.training.latents import EncodedPictures
from generation.training.loop import StepRandom, autocast
from generation.training.plan import NetworkSizes
from generation.training.tokenizers import Tokenizers, tokenize, trim_padding


@dataclass(frozen=True, slots=True, kw_only=True)
class PriorLoss:
    """The mean squared error of the predicted clean embedding, standardised.

    Some texts are dropped, so that the prior also learns without one.
    """

    prior: PriorTransformer
    text: CLIPTextModelWithProjection
    vocabularies: Tokenizers
    encoded: EncodedPictures
    data: Dataset
    alphas: Tensor
    batch: int
    drops_text: float

    def __call__(self, rng: StepRandom) -> Tensor:
        """The loss of one batch of squares, each at its own timestep."""
        chosen = rng.numpy.integers(len(self.encoded.embeddings), size=self.batch)
        device = self.prior.device
        clean = self._standardised(self.encoded.embeddings[chosen].to(device))
        numbers = self.encoded.numbers[chosen].numpy()
        texts = captions_of(self.data, numbers, drop=self.drops_text, random=rng.numpy)
        timestep = torch.randint(TRAINING_STEPS, (self.batch,), generator=rng.torch)
        alpha = self.alphas[timestep].float()[:, None].to(device)
        noise = torch.randn(clean.shape, generator=rng.torch).to(device)
        noisy = alpha.sqrt() * clean + (1 - alpha).sqrt() * noise
        tokens = trim_padding(tokenize(self.vocabularies.clip, texts)).to(device)
        with autocast(device):
            with torch.no_grad():
                out = self.text(input_ids=tokens.ids)
            read = EncodedText(
                out.last_hidden_state, out.text_embeds, tokens.mask.bool()
            )
            predicted = predict(
                self.prior,
                noisy,
                timestep.to(device),
                read=read,
            )
        return mse_loss(predicted.float(), clean)

    def _standardised(self, embeddings: Tensor) -> Tensor:
        return (embeddings - self.prior.clip_mean) / self.prior.clip_std


def predict(
    prior: PriorTransformer, noisy: Tensor, timestep: Tensor, *, read: EncodedText
) -> Tensor:
    """The prediction of *prior*, computed without the columns that only pad.

    Its attention is causal and never looks at padding, so leaving columns out changes
    nothing as long as every token keeps its place among the learnt positions.
    """
    net: Any = prior
    time = net.time_embedding(net.time_proj(timestep).to(noisy.dtype))
    last = torch.stack(
        [
            net.embedding_proj(read.pooled),
            time,
            net.proj_in(noisy),
            net.prd_embedding[0].expand(len(noisy), -1),
        ],
        dim=1,
    )
    places = net.positional_embedding
    width = read.states.shape[1]
    x = torch.cat(
        [
            net.encoder_hidden_states_proj(read.states) + places[:, :width],
            last + places[:, -last.shape[1] :],
        ],
        dim=1,
    )
    seen = _seen(pad(read.mask, (0, last.shape[1]), value=True))
    for block in net.transformer_blocks:
        x = _block(block, x, seen)
    predicted: Tensor = net.proj_to_clip_embeddings(net.norm_out(x)[:, -1])
    return predicted


def _seen(mask: Tensor) -> Tensor:
    """The attention mask [n, 1, tokens, tokens]: causal, and without padding."""
    length = mask.shape[1]
    past = torch.ones(length, length, dtype=torch.bool).tril()
    return mask[:, None, None, :] & past


def _block(block: Any, x: Tensor, seen: Tensor) -> Tensor:
    attention, normed = block.attn1, block.norm1(x)
    query, key, value = (
        project(normed).unflatten(-1, (attention.heads, -1)).transpose(1, 2)
        for project in (attention.to_q, attention.to_k, attention.to_v)
    )
    mixed = scaled_dot_product_attention(query, key, value, attn_mask=seen)
    x = x + attention.to_out[0](mixed.transpose(1, 2).flatten(2))
    changed: Tensor = x + block.ff(block.norm3(x))
    return changed


def standardise(prior: PriorTransformer, embeddings: Tensor) -> None:
    """Gives *prior* the mean and deviation of every element of *embeddings* [n, d]."""
    prior.clip_mean.data.copy_(embeddings.mean(dim=0, keepdim=True))
    prior.clip_std.data.copy_(embeddings.std(dim=0, keepdim=True).clamp(min=1e-3))
    prior.clip_mean.requires_grad = False
    prior.clip_std.requires_grad = False


def untrained(sizes: NetworkSizes, embeddings: Tensor) -> PriorTransformer:
    """A prior that knows the scale of *embeddings* and small learnt positions."""
    prior = networks.prior(sizes)
    torch.nn.init.normal_(prior.positional_embedding, std=0.02)
    torch.nn.init.normal_(prior.prd_embedding, std=0.02)
    standardise(prior, embeddings)
    return prior
