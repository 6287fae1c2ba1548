"""CLIP image encoders: from a picture to its embedding.

Weights come from safetensors, all of them or none, and are known by the SHA-256 of
their file. torch and what stands on it are imported when an encoder is loaded.
"""

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from PIL.Image import Image

from moderation.errors import ClassifierUnavailable
from moderation.image.preprocessing import Preprocessing
from moderation.protocols import Embedding

Embeddings = NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ClipImageEncoder:
    """A vision tower with its projection, and the numbers it wants to see."""

    tower: Callable[[Any], Any]
    preprocessing: Preprocessing
    digest: str
    device: str

    @property
    def version(self) -> str:
        """The version of the weights, for the record."""
        return f"clip@{self.digest[:12]}"

    def embed(self, image: Image) -> Embedding:
        """The projected, un-normalised embedding [d] of the middle of *image*."""
        import torch  # noqa: PLC0415  # importing this module stays light

        pixels = torch.from_numpy(self.preprocessing(image)[np.newaxis])
        with torch.inference_mode():
            [embedding] = self.tower(pixels.to(self.device)).float().cpu().numpy()
        return np.asarray(embedding, np.float32)

    def embed_batch(self, square_views: NDArray[np.uint8]) -> Embeddings:
        """Projected, un-normalised embeddings [n, d] of *squares* [n, crop, crop, 3].

        They are ready but for the normalisation, as `batches.squares` cuts them.
        """
        import torch  # noqa: PLC0415  # importing this module stays light

        with torch.inference_mode():
            pixels = torch.from_numpy(square_views).to(self.device).permute(0, 3, 1, 2)
            mean, std = (
                torch.tensor(colour, device=self.device).view(3, 1, 1) * 255
                for colour in (self.preprocessing.mean, self.preprocessing.std)
            )
            embeddings = self.tower((pixels - mean) / std).float().cpu().numpy()
        return np.asarray(embeddings, np.float32)


class TransformersClip(ClipImageEncoder):
    """An encoder in the layout of transformers, as Kandinsky's prior ships it."""

    __slots__ = ()

    @classmethod
    def load(
        cls, folder: Path, processor_folder: Path | None = None, *, device: str = "cpu"
    ) -> Self:
        """The encoder in *folder*, or ClassifierUnavailable.

        Its preprocessor_config.json is read from *processor_folder* when given.
        """
        prepare_imports()
        from transformers import (  # noqa: PLC0415  # torch stands behind it
            CLIPVisionConfig,
            CLIPVisionModelWithProjection,
        )

        preprocessing = Preprocessing.read(processor_folder or folder)
        weights, digest = read_weights(folder / "model.safetensors")
        # older files carry a table of positions which the network now counts itself
        weights.pop("vision_model.embeddings.position_ids", None)
        try:
            config = json.loads((folder / "config.json").read_text("utf-8"))
            model = CLIPVisionModelWithProjection(CLIPVisionConfig(**config))
            model.float()  # type: ignore[no-untyped-call]  # files may hold halves
            model.load_state_dict(weights)
        except (OSError, ValueError, TypeError, RuntimeError) as error:
            raise ClassifierUnavailable(f"no CLIP in {folder}: {error}") from error
        model.train(mode=False).to(device)
        return cls(
            tower=lambda pixels: model(pixels).image_embeds,
            preprocessing=preprocessing,
            digest=digest,
            device=device,
        )


class OpenClip(ClipImageEncoder):
    """An encoder in the layout of open_clip: OpenAI's ViT-L/14 is published in it."""

    __slots__ = ()

    @classmethod
    def load(
        cls,
        file: Path,
        *,
        architecture: str = "ViT-L-14-quickgelu",
        device: str = "cpu",
    ) -> Self:
        """The vision tower of the safetensors *file*, or ClassifierUnavailable.

        OpenAI's weights need the quick GELU: without it the embeddings are wrong.
        """
        prepare_imports()
        import open_clip  # noqa: PLC0415  # heavy

        weights, digest = read_weights(file)
        try:
            tower = open_clip.create_model(architecture, pretrained_text=False).visual
            tower.load_state_dict(
                {
                    name.removeprefix("visual."): tensor
                    for name, tensor in weights.items()
                    if name.startswith("visual.")
                }
            )
        except (ValueError, RuntimeError) as error:
            raise ClassifierUnavailable(
                f"{file} is no {architecture}: {error}"
            ) from error
        side, _ = tower.image_size
        return cls(
            tower=tower.train(mode=False).to(device),
            preprocessing=Preprocessing(
                side=side,
                crop=side,
                mean=open_clip.OPENAI_DATASET_MEAN,
                std=open_clip.OPENAI_DATASET_STD,
            ),
            digest=digest,
            device=device,
        )


def prepare_imports() -> None:
    """Make transformers and open_clip importable where torchvision is broken."""
    from torch_runtime.torchvision_operators import (  # noqa: PLC0415  # it imports torch
        declare_missing_operators,
    )

    declare_missing_operators()


def read_weights(file: Path) -> tuple[dict[str, Any], str]:
    """The tensors of the safetensors *file* and the SHA-256 of its bytes.

    Raises ClassifierUnavailable.
    """
    from safetensors import SafetensorError  # noqa: PLC0415  # beside the next line
    from safetensors.torch import load_file  # noqa: PLC0415  # it imports torch

    try:
        with file.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
        return load_file(file), digest
    except (OSError, SafetensorError) as error:
        raise ClassifierUnavailable(f"cannot read {file}: {error}") from error


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ClipTextEncoder:
    """A text tower with its projection; *tokens* makes ids [n, length] of texts."""

    tower: Callable[[Any], Any]
    tokens: Callable[[Sequence[str]], Any]
    digest: str
    device: str

    @property
    def version(self) -> str:
        """The version of the weights, for the record."""
        return f"clip-text@{self.digest[:12]}"

    def embed(self, texts: Sequence[str]) -> Embeddings:
        """Projected, un-normalised embeddings [n, d]; what is too long is cut."""
        import torch  # noqa: PLC0415  # importing this module stays light

        with torch.inference_mode():
            ids = self.tokens(texts).to(self.device)
            embeddings = self.tower(ids).float().cpu().numpy()
        return np.asarray(embeddings, np.float32)

    @classmethod
    def load(cls, folder: Path, tokenizer: Path, *, device: str = "cpu") -> Self:
        """The tower in *folder* as Kandinsky's prior has it, or ClassifierUnavailable.

        *tokenizer* is the folder of tokenizer.json, or of vocab.json and merges.txt.
        """
        prepare_imports()
        from transformers import (  # noqa: PLC0415  # torch stands behind it
            CLIPTextConfig,
            CLIPTextModelWithProjection,
        )

        weights, digest = read_weights(folder / "model.safetensors")
        # older files carry a table of positions which the network now counts itself
        weights.pop("text_model.embeddings.position_ids", None)
        try:
            config = json.loads((folder / "config.json").read_text("utf-8"))
            model = CLIPTextModelWithProjection(CLIPTextConfig(**config))
            model.float()  # type: ignore[no-untyped-call]  # files may hold halves
            model.load_state_dict(weights)
            length = int(model.config.max_position_embeddings)
            tokens = _tokens(tokenizer, length)
        except (OSError, ValueError, TypeError, RuntimeError) as error:
            raise ClassifierUnavailable(
                f"no CLIP text encoder in {folder} with {tokenizer}: {error}"
            ) from error
        model.train(mode=False).to(device)
        return cls(
            tower=lambda ids: model(ids).text_embeds,
            tokens=tokens,
            digest=digest,
            device=device,
        )

    @classmethod
    def load_open_clip(
        cls,
        file: Path,
        *,
        architecture: str = "ViT-L-14-quickgelu",
        device: str = "cpu",
    ) -> Self:
        """The text tower of the open_clip *file*, or ClassifierUnavailable."""
        prepare_imports()
        import open_clip  # noqa: PLC0415  # heavy

        weights, digest = read_weights(file)
        try:
            model = open_clip.create_model(architecture, pretrained_text=False)
            del model.visual
            text = {n: t for n, t in weights.items() if not n.startswith("visual.")}
            model.load_state_dict(text)
        except (ValueError, RuntimeError) as error:
            raise ClassifierUnavailable(
                f"{file} is no {architecture}: {error}"
            ) from error
        return cls(
            tower=model.train(mode=False).to(device).encode_text,
            tokens=open_clip.get_tokenizer(architecture),
            digest=digest,
            device=device,
        )


def _tokens(folder: Path, length: int) -> Callable[[Sequence[str]], Any]:
    """The tokenizer in *folder*, cutting and filling up to *length* ids."""
    import torch  # noqa: PLC0415  # see above
    from tokenizers import Tokenizer  # noqa: PLC0415  # see above

    if (folder / "tokenizer.json").is_file():
        tokenizer = Tokenizer.from_str((folder / "tokenizer.json").read_text("utf-8"))
    else:
        from transformers import CLIPTokenizer  # noqa: PLC0415  # see above

        for name in ("vocab.json", "merges.txt"):
            if not (folder / name).is_file():
                raise ValueError(f"{folder / name} is missing")
        tokenizer = CLIPTokenizer.from_pretrained(folder).backend_tokenizer
    end = tokenizer.encode("").ids[-1]
    tokenizer.enable_truncation(length)
    tokenizer.enable_padding(
        length=length, pad_id=end, pad_token=tokenizer.id_to_token(end)
    )
    return lambda texts: torch.tensor(
        [e.ids for e in tokenizer.encode_batch(list(texts))]
    )
